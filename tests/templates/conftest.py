"""Asking about records without a model: turns in a plain notation that can be compared by eye."""

from collections.abc import Callable
from typing import Any

import pytest
from mmdata.converters.records import Record, batches
from mmdata.converters.templates.exchanges import to_conversations
from mmdata.converters.templates.ready import Ready
from mmdata.converters.templates.scene import Asking, Scene
from mmdata.converters.templates.tasks import MAKERS
from mmdata.converters.templates.wordings import Wordings, load_wordings

PLAIN = Wordings(
    ", ",
    {
        "detect": {"ask": ("all?",), "ask_labels": ("all {labels}?",), "none": ("none of them",)},
        "ground": {"ask": ("where {label}?",), "none": ("no {label}",)},
        "refer": {"ask": ("what {box}?",), "answer": ("{label}",)},
        "count": {"ask": ("how many {label}?",), "answer": ("{count}",)},
        "caption": {"ask": ("say",)},
        "grounded": {"ask": ("say with boxes",), "ask_some": ("say some",), "answer": ("I see {things}.",)},
        "compare": {
            "ask_more": ("more {label}, {first} or {second}?",),
            "more": ("{page}",),
            "same": ("as many: {count}",),
            "ask_only": ("only in {first}, not {second}?",),
            "only": ("{labels}",),
            "none": ("nothing",),
        },
        "read": {"ask": ("all text?",), "ask_legible": ("legible text?",), "ask_some": ("some text?",)},
        "read-region": {"ask": ("what stands in {box}?",), "answer": ("{text}",)},
        "locate": {"ask": ('where "{text}"?',), "none": ("no {text}",), "none_legible": ("no legible {text}",)},
        "keypoints": {
            "ask": ("points of {label} {box}?",),
            "ask_label": ("point to {label}",),
            "hidden": ("{name} hidden",),
            "unnamed": ("#{number}",),
        },
    },
)
"""One wording each, so that an expected answer can be written down."""


def _part(part: dict[str, Any]) -> str:
    if part["kind"] == "text":
        return str(part["text"])
    if part["kind"] == "image":
        return f"<{part['media']}>"
    label = "" if part["text"] is None else part["text"]
    corners = ",".join(f"{part[side]:g}" for side in ("x1", "y1", "x2", "y2"))
    page = f"@{part['media']}" if part["media"] else ""
    if part["kind"] == "point":
        return f"({label}{page} {part['x1']:g},{part['y1']:g})"
    return f"[{label}{page} {corners}]"


@pytest.fixture(scope="session")
def ask() -> Callable[..., dict[str, list[str]]]:
    """`ask(task, *records, **asking)`: by sample id its turns; boxes as `[label@page x1,y1,x2,y2]`."""

    def asked(
        task: str, *records: Record, rows: int = 2048, lang: str | None = None, **asking: Any
    ) -> dict[str, list[str]]:
        words = load_wordings(lang) if lang else PLAIN
        vocabulary = sorted({thing.label for record in records for thing in record.objects})
        found: dict[str, list[str]] = {}
        for batch in batches(records, rows):
            scene = Scene(batch, Asking(words, **{"vocabulary": vocabulary, **asking}))
            made = MAKERS[task](scene)
            samples = made.batch if isinstance(made, Ready) else to_conversations(made, batch)
            for sample in samples.to_pylist():
                assert sample["id"] not in found
                found[sample["id"]] = ["".join(map(_part, turn["parts"])) for turn in sample["turns"]]
        return found

    return asked
