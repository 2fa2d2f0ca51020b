"""A project file made from a data set's own labels, or for a task alone.

What a set holds says what its project asks for: key points, else polygons, else texts in regions, boxes, questions,
captions, conversations; the kind with most annotations, where there are several. Labels come in the set's own order
(COCO's categories, YOLO's names), those that never occur included.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..schemas.errors import ConfigError, InputError
from .labelling_make import Labels, Task, make_labelling

if TYPE_CHECKING:
    import pyarrow as pa

_NO_XML = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_MOST_LABELS = 1000
"""More buttons than that nobody finds one among, and a browser takes seconds to draw."""


@dataclass
class Held:
    """What a data set holds: labels in their order, names of key points, how many annotations of each kind."""

    labels: dict[str, None] = field(default_factory=dict[str, None])
    points: list[str] = field(default_factory=list[str])
    kinds: Counter[str] = field(default_factory=Counter[str])

    @property
    def task(self) -> Task:
        """What most of it is for; `InputError` where it holds nothing."""
        order: tuple[Task, ...] = ("keypoints", "polygons", "ocr", "detect", "vqa", "caption", "chat")
        most = max(order, key=lambda kind: self.kinds[kind])
        if not self.kinds[most]:
            raise InputError("the data set", "holds no annotation", "Say what the project is for: --task detect.")
        return most


def look(source: str, path: Path, images: Path | None = None) -> Held:
    """What the labels at that path hold, read by one of mmdata's sources. Raises as the source does."""
    from ..converters.pictures.find import Pictures
    from ..converters.sources import load_source
    from ..converters.sources.protocol import default_images
    from ..schemas.accounting import Accounting

    module = load_source(source)
    pictures = Pictures(images or default_images(module, path))
    held = Held()
    for batch in module.read(path, module.Options(), pictures, Accounting()):
        _take(batch, held)
    return held


def _take(batch: "pa.RecordBatch", held: Held) -> None:
    import pyarrow.compute as pc

    objects: Any = batch.column("objects").flatten()
    label = objects.field("label")
    held.labels.update(dict.fromkeys(name for name in label.dictionary.to_pylist() if name))  # without labels: [""]
    drawn = {name: len(objects) - objects.field(name).null_count for name in ("polygons", "keypoints", "text")}
    held.kinds["keypoints"] += drawn["keypoints"]
    held.kinds["polygons"] += drawn["polygons"]
    held.kinds["ocr"] += drawn["text"]
    held.kinds["detect"] += len(objects) - max(drawn.values(), default=0)
    for kind, column in (("caption", "captions"), ("vqa", "questions"), ("chat", "conversations")):
        held.kinds[kind] += pc.sum(pc.list_value_length(batch.column(column))).as_py() or 0
    for names in pc.unique(objects.field("keypoint_names").flatten()).to_pylist():
        if names is not None and names not in held.points:
            held.points.append(names)


def project_text(key: str, title: str, task: Task, labels: Labels) -> str:
    """The whole project file. `ConfigError` where the labels cannot be buttons."""
    check_labels(task, labels)
    return _FILE.format(key=key, title=_quoted(title), config=block(make_labelling(task, labels)))


def block(config: str) -> str:
    """The config as the lines of a YAML block, indented."""
    return "\n".join(f"  {line}" for line in config.rstrip("\n").split("\n"))


def check_labels(task: Task, labels: Labels) -> None:
    """Refuse labels that cannot be buttons, and a task whose labels are missing."""
    need = {"detect": labels.names, "polygons": labels.names, "keypoints": labels.points}.get(task, ("",))
    what = "key points" if task == "keypoints" else "labels"
    if not need:
        remedy = f"Name them: --{'points' if task == 'keypoints' else 'labels'} NAME,NAME."
        raise ConfigError(f"--task {task}", f"needs {what}, and there are none", remedy)
    if len(labels.names) > _MOST_LABELS:
        remedy = "Take another task, or a Taxonomy, whose list is searched, in a config of your own."
        raise ConfigError("the labels", f"are {len(labels.names):,}; a page shows {_MOST_LABELS:,} at most", remedy)
    for name in (*labels.names, *labels.points):
        if not name.strip() or _NO_XML.search(name):
            raise ConfigError("the labels", f"{name!r} cannot be a button's text", "Rename it in the data set.")


def _quoted(text: str) -> str:
    """The text as YAML writes it between double quotes, which JSON's form is."""
    import json

    return json.dumps(text, ensure_ascii=False)


_FILE = """\
# A Label Studio project as code: mmdata annotate plan FILE says what apply would change on the server.
# What is not named here (a setting, a list) stays as the server has it.
version: 1
key: {key}
title: {title}
label_config: |
{config}
settings:
  maximum_annotations: 1
  show_collab_predictions: true
# local_files:            # folders of the server's disk from which tasks show pictures
#   - path: /data/pictures
# webhooks:
#   - url: http://127.0.0.1:8377/
#     actions: [ANNOTATION_CREATED, ANNOTATION_UPDATED, ANNOTATIONS_DELETED]
# members: [someone@example.com]
"""
