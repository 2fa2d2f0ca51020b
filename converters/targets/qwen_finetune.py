"""Rows for QwenLM/Qwen3-VL's own trainer, qwen-vl-finetune (head 9658872), whatever the model's boxes.

File: JSON Lines; every line is parsed, so there is no empty one. A row has `image` (a path, a list where there are
several), and `conversations`, turns `{"from": "human"|"gpt", "value": text}`. Every name but `human` is trained as an
answer, silently; `image` must not be spelled `images`, or the sample is text alone. `<image>` in a question is where
the next picture stands, in an answer it is text; their number must agree, and white space around them is stripped
(data_processor.py, `_build_messages`). There is no system turn.
Silent there: a sample that cannot be loaded is replaced by the next one after three tries; ids beyond
`--model_max_length` (512 unless stated) are cut and the picture's rows are not. What would bring that about is
refused here: addresses instead of paths, shapes that the processor refuses, text that reads as a control token.
The trainer reads the file by its name in `qwenvl/data/__init__.py`; `registration` writes that entry.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from ...schemas.conversation import IMAGE, USER
from .carried import POINTS_TOO, refused_answers, refused_kinds, refused_shapes, refused_words, shown_pictures
from .job_files import max_length, pictures_in_out, told, training
from .jobs_trainers import qwen_finetune_job
from .parts import Ints, Parts
from .paths import emitted_path, local_path_faults
from .pieces import Pieces, all_escaped, joined, role_of_parts, sample_of_parts
from .protocol import Refusal, RenderOptions
from .qwen2_tags import answer_mark_in
from .read_back import decoded_row, said_in
from .smart_resize import pixel_limits

PIXELS = (28 * 28 * 16, 28 * 28 * 576)
"""The trainer's own least and most pixels of a picture (qwenvl/train/argument.py, lines 19–20); its shell scripts
state others, which hold for the boxes too."""

MODELS = {
    "qwen2-vl": "Qwen/Qwen2-VL-7B-Instruct",
    "qwen2.5-vl": "Qwen/Qwen2.5-VL-7B-Instruct",
    "qwen3-vl": "Qwen/Qwen3-VL-8B-Instruct",
}
"""The model that a job of each target trains unless another is named."""

ROLES = (b'{"from":"human","value":"', b'{"from":"gpt","value":"')


def refuse(batch: pa.RecordBatch, options: RenderOptions, reserved_in: Callable[[str], str | None]) -> list[Refusal]:
    """Samples that the loader would misread, replace or fail on, each with its rule."""
    media = batch.column("media")
    sample = np.repeat(np.arange(len(batch)), np.diff(media.offsets.to_numpy()))
    paths = media.flatten().field("path")
    refusals = refused_kinds(batch, POINTS_TOO) + refused_words(batch, reserved_in) + refused_answers(batch)
    refusals += refused_words(
        batch,
        answer_mark_in,
        of=lambda parts: role_of_parts(parts) == USER,
        said="{text!r}: the trainer takes the word {found!r} without a space before it for the head of an answer",
    )
    refusals += [
        Refusal(int(sample[at]), code, paths[at].as_py(), said) for at, (code, said) in local_path_faults(paths).items()
    ]
    return refusals + refused_shapes(batch)


def rows(parts: Parts, pieces: Pieces, options: RenderOptions) -> list[bytes]:
    """The finished pieces as rows of this trainer's file."""
    heads = [
        b'{"id":"%s",%s"conversations":[' % (name, images)
        for name, images in zip(all_escaped(parts.ids), _images(parts, options.image_root), strict=True)
    ]
    return joined(parts, pieces, ROLES, heads, b"]}")


def image_counts(parts: Parts, kind: int = IMAGE) -> Ints:
    """How many pictures (`kind`: films or sounds) every sample shows."""
    return np.bincount(sample_of_parts(parts)[parts.kind == kind], minlength=len(parts.ids))


def shown_paths(parts: Parts, root: str, kind: int = IMAGE) -> list[bytes]:
    """The path of every picture part (`kind`: film or sound) in order, escaped."""
    paths = [emitted_path(path, root) for path in parts.paths] if root else parts.paths
    texts = all_escaped(paths) if paths else []
    return [texts[at] for at in shown_pictures(parts, kind).tolist()]


def _images(parts: Parts, root: str) -> list[bytes]:
    """Every sample's `image` with the comma after it; nothing where it shows none."""
    counts, paths = image_counts(parts), shown_paths(parts, root)
    if len(paths) == len(counts) and (counts == 1).all():
        return [b'"image":"%s",' % path for path in paths]
    ends = np.cumsum(counts).tolist()
    fields = []
    for count, end in zip(counts.tolist(), ends, strict=True):
        mine = b'","'.join(paths[end - count : end])
        fields.append(b'"image":["%s"],' % mine if count > 1 else b'"image":"%s",' % mine if count else b"")
    return fields


def pictures(row: dict[str, Any]) -> list[str]:
    """The pictures that a row shows, in order, as it names them."""
    image = row.get("image") or []
    return [image] if isinstance(image, str) else list(image)


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Who says what in a row, in order; `InputError` where it has no turns."""
    return said_in(row, "conversations", "from", "value")


class Turn(msgspec.Struct):
    """One turn as the tokenizer gets it."""

    role: str = msgspec.field(name="from")
    value: str


class Row(msgspec.Struct):
    """What of a row takes tokens."""

    conversations: list[Turn]


_ROW = msgspec.json.Decoder(Row)


def read_row(row: bytes, number: int) -> Row:
    """A rendered row; `InputError` where it is none."""
    return decoded_row(_ROW, row, number)


def registration(target: str, default: tuple[int, int], manifest: Mapping[str, Any]) -> Mapping[str, bytes]:
    """The entry for `qwenvl/data/__init__.py`, with the arguments that the boxes and lengths were made for."""
    root = "OUT" if pictures_in_out(manifest) else repr(manifest["options"].get("image_root") or "")
    smallest, largest = pixel_limits(told(manifest), default)
    lines = [
        f"# mmdata wrote these data sets for {target}. Paste the lines into qwen-vl-finetune/qwenvl/data/__init__.py,",
        "# below data_dict, and put the path of the folder that holds this file for OUT.",
        'OUT = "."',
        f"DATA_PATH = {root}  # the folder that picture paths are relative to",
        "data_dict |= {",
    ]
    for name, split in manifest["splits"].items():
        lines += [
            f'    "mmdata_{name}_{number}": {{"annotation_path": f"{{OUT}}/{shard["path"]}", "data_path": DATA_PATH}},'
            for number, shard in enumerate(split["shards"])
        ]
    length = max_length(manifest)
    lines += [
        "}",
        "# Train with these, or the boxes and lengths are those of other pictures:",
        f"#   --dataset_use {_used(manifest)} --min_pixels {smallest} --max_pixels {largest}"
        + (f" --model_max_length {length.tokens}" if length else ""),
        "" if length else "# and with a --model_max_length that no sample exceeds: its default of 512 cuts silently.",
    ]
    entry = {"qwen_vl_finetune_data.py": ("\n".join(lines).rstrip() + "\n").encode()}
    return entry | qwen_finetune_job(manifest, _used(manifest), MODELS.get(target, ""), (smallest, largest))


def _used(manifest: Mapping[str, Any]) -> str:
    split = training(manifest)
    return ",".join(f"mmdata_{split.name}_{number}" for number in range(len(split.shards)))
