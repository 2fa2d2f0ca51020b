"""Qwen-VL: what QwenLM/Qwen-VL's finetune.py reads (repository head aa00ed0; `preprocess`, lines 124–175).

File: one JSON list. A row has `id` (ignored by the trainer) and `conversations`, turns `{"from": "user"|"assistant",
"value": text}`, the user first; other roles are a KeyError there. A picture is `Picture N: <img>PATH</img>` and a
newline, N counted from 1 through the conversation (README, fine-tuning example). The tokenizer keeps the path's UTF-8
bytes in 256 slots of which the model can read 254, and normalizes text to NFC, the path with it.
Boxes: `<ref>words</ref><box>(x1,y1),(x2,y2)</box>`, integers in [0, 1000) of the picture's own width and height
(README, "normalized to [0, 1000)"); several boxes of one thing follow one `<ref>`; `<quad>` has four corners.
There is no escape: any special token's text anywhere in a value becomes that token (`allowed_special="all"`).
The file is opened without an encoding, so rows are ASCII.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...schemas.conversation import IMAGE
from .boxes_tagged import Tags, words_and_boxes
from .carried import POINTS_TOO, refused_answers, refused_kinds, refused_words
from .grammar_tags import QWEN_VL as GRAMMAR
from .jobs_qwen_vl import job_files
from .parts import Parts
from .paths import emitted_path
from .pieces import (
    Pieces,
    all_escaped,
    image_numbers,
    joined,
)
from .protocol import Refusal, RenderOptions
from .qwen_vl_tags import RESERVED, TOP, blunt, reserved_in
from .qwen_vl_text import PATH_BYTES, STEPS, decode
from .qwen_vl_tokens import count_tokens, token_basis

NAME = "qwen-vl"
SUMMARY = "Qwen-VL finetune.py (full, LoRA, Q-LoRA): one JSON list a split, user/assistant"
FRAME = "integers 0–999: nearest(v · 1000 / size) of the upright picture, clamped; --rounding floor"
LIMITS = "254 bytes of UTF-8 a picture path; 258 tokens a picture; the trainer cuts at its length, mmdata does not"
CARRIES_QUADS = True
FORM = "json"

PIXELS = None

TAGS = Tags((b"<ref>", b"</ref>"), (b"<box>", b"</box>"), (b"<quad>", b"</quad>"), STEPS, TOP)

_ROLES = (b'{"from":"user","value":"', b'{"from":"assistant","value":"')
_PICTURE = re.compile("<img>(.*?)</img>", re.DOTALL)


def path_fault(path: str) -> tuple[str, str] | None:
    """Why this trainer cannot open an emitted path: (rule, what is wrong); None when it can."""
    if path.isascii():
        length = len(path)
    else:
        length = len(path.encode("utf-8", "surrogatepass"))
        if unicodedata.normalize("NFC", path) != path:
            return "IM011", "the name is not in NFC, and the tokenizer normalizes it: the file would not be found"
        if any(0xD800 <= ord(letter) < 0xE000 for letter in path):
            return "IM011", "the name is not UTF-8"
    if length > PATH_BYTES:
        return "TG012", f"the path has {length} bytes of UTF-8; {PATH_BYTES} can be read back"
    if tag := reserved_in(path):
        return "IM011", f"the path holds the control token {tag}"
    return None


def refuse(batch: pa.RecordBatch, options: RenderOptions) -> list[Refusal]:
    """Samples with a picture whose path this trainer cannot open, or words in which a control token has come about."""
    media = batch.column("media")
    held = pc.struct_field(media.flatten(), "path")
    faults: dict[int, tuple[str, str]] = {}
    paths: list[str] = []
    if options.image_root or not _plain(held):
        paths = [emitted_path(path, options.image_root) for path in held.to_pylist()]
        faults = {at: fault for at, path in enumerate(paths) if (fault := path_fault(path))}
    sample = np.repeat(np.arange(len(batch)), np.diff(media.offsets.to_numpy())) if faults else np.empty(0, np.int64)
    refusals = [Refusal(int(sample[at]), code, paths[at], said) for at, (code, said) in faults.items()]
    return refused_kinds(batch, POINTS_TOO) + refusals + refused_words(batch, reserved_in) + refused_answers(batch)


def _plain(paths: pa.Array) -> bool:
    """Whether no path needs a look of its own: all short, ASCII, without a tag. One pass instead of a call each."""
    longest = pc.max(pc.binary_length(paths)).as_py() or 0
    return bool(
        longest <= PATH_BYTES
        and pc.all(pc.string_is_ascii(paths)).as_py()
        and not pc.any(pc.match_substring(paths, "<")).as_py()
    )


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    if not len(batch):
        return []
    parts = Parts.of(batch)
    parts, pieces = words_and_boxes(parts, TAGS, options)
    _put_pictures(parts, pieces, options)
    heads = [b'{"id":"%s","conversations":[' % name for name in all_escaped(parts.ids)]
    return joined(parts, pieces, _ROLES, heads, b"]}")


def _put_pictures(parts: Parts, pieces: Pieces, options: RenderOptions) -> None:
    """`Picture N: <img>path</img>` and a newline, N counting from 1 in every sample."""
    at = np.flatnonzero(parts.kind == IMAGE)
    root = options.image_root
    paths = all_escaped([emitted_path(path, root) for path in parts.paths] if root else parts.paths)
    numbers, media = image_numbers(parts, at).tolist(), parts.medium[at].tolist()
    for place, which, medium in zip(pieces.slot[at].tolist(), numbers, media, strict=True):
        pieces.texts[place] = b"Picture %d: <img>%s</img>\\n" % (which, paths[medium])


def pictures(row: dict[str, Any]) -> list[str]:
    """The pictures that a row shows, in order, as it names them."""
    return [path for _, text in turns(row) for path in _PICTURE.findall(text)]


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Who says what in a row, in order."""
    return [(str(turn.get("from", "")), str(turn.get("value", ""))) for turn in row.get("conversations", [])]


def beside(manifest: Mapping[str, Any]) -> Mapping[str, bytes]:
    """Scripts of jobs."""
    return job_files(manifest)


__all__ = [
    "GRAMMAR",
    "RESERVED",
    "blunt",
    "count_tokens",
    "decode",
    "pictures",
    "refuse",
    "render",
    "reserved_in",
    "token_basis",
    "turns",
]
