r"""MiniGPT-v2 (Vision-CAIR/MiniGPT-4, head d94738a): what `MultiTaskConversationDataset` reads.

Of its sixteen dataset classes it is the one that takes any question and several rounds (minigpt4/datasets/datasets/
multitask_conversation.py); the others draw the question from a list of their own, or read pickles.
File: one JSON list. A row has `id` and `conversations`, turns {"from", "value"}; who says what is not read, only the
order. The picture is `COCO_train2014_{id}.jpg` under `image_path` whatever the data are, so pictures are put there
under that name: `train/images/`. minigpt_v2_train.yaml beside the data has both paths.
Every question begins with the model's mark of the task (README, "MiniGPT-v2"): [detection] where boxes of named things
are the answer, [identify] what a box holds, [grounding], [caption], [vqa]; chats have their own words alone.
Boxes: `<p>mug</p> {<22><32><96><97>}`, hundredths of the picture's own width and height, 0 to 100 (coco_dataset.py l.
66–74, which rounds down: --rounding floor is that); several of one thing with `<delim>` between (demo_v2.py l. 211).
Silent there: `<image>` and line breaks of the first question are removed, which would glue words together, so line
breaks are spaces in it; `!@#` tears turns, `<ImageHere>` moves the picture; answers beyond max_txt_len (1024 in
minigptv2_finetune.yaml, 300 unless stated) and questions beyond max_context_len (3800) are cut. A missing picture
stops the job. The picture is squashed to 448 · 448; a turned box becomes its hull.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from ...schemas.conversation import USER
from . import one_picture, qwen_finetune
from .boxes_text import TextBoxes, Words, read_boxes, words_and_boxes
from .file_names import file_name_of
from .grammar import Grammar, words
from .grammar_text import ANGLED, text_reader
from .parts import Parts
from .pieces import Pieces, all_escaped, flat, joined, put_images
from .protocol import PLAIN, Decoded, Refusal, RenderOptions
from .qwen_finetune import turns

NAME = "minigpt-v2"
SUMMARY = "MiniGPT-v2 multitask_conversation: one JSON list, pictures under the names that it looks for"
FRAME = "integers 0–100: nearest(v · 100 / size) of the upright picture; --rounding floor is the trainer's own"
LIMITS = "one picture, needed; boxes to a hundredth of a side; the trainer cuts answers at 1024; no quads, system turn"
CARRIES_QUADS = False
CUTS_AT = 1024
FORM = "folder"
PIXELS = None

BOXES = TextBoxes(
    "{cell}",
    r"[0-9]{1,3}",
    ("{<", "><", ">}"),
    steps=100,
    top=100,
    label=("<p>", "</p> "),
    things=("", "<delim>", ""),
    between=" ",
)
"""Numbers in angle brackets, words between their own tags, things of an answer in a row."""

PICTURE = 256
"""Tokens of a picture: 32 · 32 patches of 14 pixels at 448, four of them one."""

PREFIX = "COCO_train2014_"
"""What the loader puts before every id."""

MARKS = {
    "detect": "[detection] ",
    "ground": "[detection] ",
    "phrase": "[detection] ",
    "locate": "[detection] ",
    "refer": "[identify] ",
    "describe": "[identify] ",
    "read-region": "[identify] ",
    "grounded": "[grounding] ",
    "caption": "[caption] ",
    "vqa": "[vqa] ",
    "count": "[vqa] ",
    "read": "[vqa] ",
}
"""What a question of each task begins with."""

RESERVED = (
    "<image>",
    "<Img>",
    "</Img>",
    "<ImageHere>",
    "!@#",
    "<s>",
    "</s>",
    "<unk>",
    "[INST]",
    "[/INST]",
    "<p>",
    "</p>",
    "<delim>",
)
"""What the loader removes or tears at, Llama 2's tokens and the marks of its prompts, and those of boxes."""

_words = Words(RESERVED, BOXES)
reserved_in, blunt = _words.reserved_in, _words.blunt


GRAMMAR = Grammar(
    hint=re.compile(r"\{"),
    read=text_reader(BOXES, ANGLED, "hundredths"),
    frame="hundredths",
    top=BOXES.top,
    roles={"human": "user", "gpt": "assistant", "user": "user", "assistant": "assistant"},
    family="MiniGPT-v2's boxes",
    fewest=1,
    most=1,
    reserved=words("!@#", "<ImageHere>", "[INST]", "[/INST]", "</s>"),
)
"""How its rows speak."""


def refuse(batch: pa.RecordBatch, _options: RenderOptions) -> list[Refusal]:
    """Samples that the trainer would misread, or not find a picture for."""
    return one_picture.refuse(batch, reserved_in)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break; the form puts its picture where `as` says."""
    if not len(batch):
        return []
    parts = _first_in_one_line(flat(Parts.of(batch)))
    pieces = words_and_boxes(parts, BOXES, options)
    put_images(parts, pieces, b"", numbered=False)
    tasks: list[str] = batch.column("task").to_pylist()
    _mark_tasks(parts, pieces, tasks)
    paths = one_picture.path_texts(parts, all_escaped(parts.paths))
    heads = [
        b'{"id":"%s","image":{"$file":"%s","as":"images/%s%s.jpg"},"conversations":['
        % (name, path, PREFIX.encode(), name)
        for name, path in zip((file_name_of(each).encode() for each in parts.ids), paths, strict=True)
    ]
    return joined(parts, pieces, qwen_finetune.ROLES, heads, b"]}")


def _first_in_one_line(parts: Parts) -> Parts:
    """Spaces for the line breaks of every first question: the loader removes those, and words would be glued."""
    broken = [code for code, text in enumerate(parts.texts) if "\n" in text]
    if not broken:
        return parts
    first = np.zeros(len(parts.role), np.bool_)
    first[parts.turn_starts[:-1]] = True
    at = np.repeat(first, np.diff(parts.part_starts)) & np.isin(parts.text, broken)
    anew = np.arange(len(parts.texts))
    anew[broken] = len(parts.texts) + np.arange(len(broken))
    texts = [*parts.texts, *(parts.texts[code].replace("\n", " ") for code in broken)]
    return replace(parts, text=np.where(at, anew[parts.text], parts.text), texts=texts)


def _mark_tasks(parts: Parts, pieces: Pieces, tasks: list[str]) -> None:
    """The mark of its task before every question."""
    turn_of = np.repeat(np.arange(len(parts.ids)), np.diff(parts.turn_starts))
    for turn in np.flatnonzero((parts.role == USER) & (np.diff(parts.part_starts) > 0)).tolist():
        slot = pieces.slot[parts.part_starts[turn]]
        pieces.texts[slot] = MARKS.get(tasks[turn_of[turn]], "").encode() + pieces.texts[slot]


def pictures(row: dict[str, Any]) -> list[str]:
    """The picture of a row, as it was before it was put under its name."""
    held = row.get("image")
    return [held["$file"]] if isinstance(held, dict) and isinstance(held.get("$file"), str) else []


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, each within half a hundredth of its picture's side (`floor`: a whole one).

    Raises `InputError` where the row has boxes and no picture.
    """
    return read_boxes(row, turns(row), sizes, BOXES)


def count_tokens(
    rows: Sequence[bytes], _batch: pa.RecordBatch | None = None, _options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row: a token a byte of UTF-8, its picture by its patches."""
    read = [qwen_finetune.read_row(row, number) for number, row in enumerate(rows)]
    texts = [[each.value for each in row.conversations] for row in read]
    return one_picture.most_tokens(texts, system=12, turn=16, picture=PICTURE, shown=[1] * len(texts))


def token_basis() -> str:
    """One line: the bound that is used."""
    return f"upper bound, a token a byte of UTF-8 (Llama 2's vocabulary has all bytes), {PICTURE} a picture"


def beside(manifest: Mapping[str, Any]) -> Mapping[str, bytes]:
    """The trainer's data set entry, one a file."""
    files: dict[str, bytes] = {}
    shards = [(name, each["path"]) for name, split in manifest["splits"].items() for each in split["shards"]]
    for name, path in shards:
        lines = [
            "# Put this over minigpt4/configs/datasets/multitask_conversation/default.yaml, OUT's path for OUT.",
            "# Set model.max_txt_len in the train config to the longest answer: beyond it the trainer cuts silently.",
            "datasets:",
            "  multitask_conversation:",
            "    data_type: images",
            "    build_info:",
            f"      image_path: OUT/{name}/images",
            f"      ann_path: OUT/{path}",
        ]
        stem = path.rpartition("/")[2].removesuffix(".json")
        files[f"minigpt_v2_{stem}.yaml"] = ("\n".join(lines) + "\n").encode()
    return files


__all__ = ["blunt", "reserved_in", "turns"]
