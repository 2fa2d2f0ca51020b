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

import os
import re
import unicodedata
from dataclasses import replace
from json.encoder import encode_basestring_ascii
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...schemas import grid
from ...schemas.conversation import ASSISTANT, BOX, IMAGE, QUAD, REF, TEXT
from .parts import Ints, Parts
from .protocol import Refusal, RenderOptions
from .qwen_vl_tags import RESERVED, TOP, blunt, reserved_in
from .qwen_vl_text import PATH_BYTES, STEPS, decode
from .qwen_vl_tokens import count_tokens, token_basis

NAME = "qwen-vl"
SUMMARY = "Qwen-VL finetune.py (full, LoRA, Q-LoRA): one JSON list a split, user/assistant"
FRAME = "integers 0–999: nearest(v · 1000 / size) of the upright picture, clamped; --rounding floor"
LIMITS = "254 bytes of UTF-8 a picture path; 258 tokens a picture; the trainer cuts at its length, mmdata does not"
CARRIES_QUADS = True
SUFFIX = ".json"

_NEEDS_ESCAPE = re.compile(r'["\\\x00-\x09\x0b-\x1f\x7f]').search

_USER = b'{"from":"user","value":"'
_ASSISTANT = b'{"from":"assistant","value":"'


def emitted_path(path: str, root: str) -> str:
    """A picture's path as it stands in `<img>`: relative to `root` when there is one, always with `/`."""
    if not root:
        return path
    head = root.rstrip("/") + "/"
    return path[len(head) :] if path.startswith(head) else os.path.relpath(path, root)


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
    return refusals + _refused_words(batch)


def _plain(paths: pa.Array) -> bool:
    """Whether no path needs a look of its own: all short, ASCII, without a tag. One pass instead of a call each."""
    longest = pc.max(pc.binary_length(paths)).as_py() or 0
    return bool(
        longest <= PATH_BYTES
        and pc.all(pc.string_is_ascii(paths)).as_py()
        and not pc.any(pc.match_substring(paths, "<")).as_py()
    )


def _refused_words(batch: pa.RecordBatch) -> list[Refusal]:
    """A wording `<{label}>` and a label `ref` are harmless alone; whole texts are looked at, each once."""
    texts = batch.column("turns").flatten().field("parts").flatten().field("text").dictionary.to_pylist()
    tags = {code: tag for code, text in enumerate(texts) if (tag := reserved_in(text))}
    if not tags:
        return []
    parts = Parts.of(batch)
    sample = np.repeat(np.arange(len(batch)), np.diff(parts.part_starts[parts.turn_starts]))
    found = np.flatnonzero(np.isin(parts.text, list(tags))).tolist()
    return [
        Refusal(int(sample[at]), "TG008", texts[code], f"{texts[code]!r} holds the control token {tags[code]}")
        for at in found
        for code in [int(parts.text[at])]
    ]


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    if not len(batch):
        return []
    parts = Parts.of(batch)
    opens = _run_starts(parts)
    pieces = np.empty(int(opens.sum()), object)
    slot = np.cumsum(opens) - 1
    headings = _headings(parts)
    parts = _labelled_anew(parts, headings)
    _put_boxes(parts, options, opens, slot, headings, pieces)
    _put_words(parts, slot, pieces)
    _put_pictures(parts, options, slot, pieces)
    _put_quads(parts, options, slot, headings, pieces)
    return _rows(parts, opens, pieces)


def _run_starts(parts: Parts) -> NDArray[np.bool_]:
    """Where a piece of output begins: at every part, but once for boxes that follow each other in a turn."""
    is_box = parts.kind == BOX
    opens = np.ones(len(is_box), np.bool_)
    opens[1:] = ~(is_box[1:] & is_box[:-1])
    inner = parts.part_starts[1:-1]
    opens[inner[inner < len(opens)]] = True
    return opens


def _headings(parts: Parts) -> Ints:
    """The picture that must be named before each box of a conversation about several; 0 = none.

    Negative where the heading is not the first words of its turn and begins a line of its own. A box lies on the
    picture shown last, so in conversations about one picture nothing is said.
    """
    pages = np.diff(np.append(parts.first_medium, len(parts.paths)))
    heading = np.zeros(len(parts.kind), np.int64)
    if pages.max(initial=0) < 2:
        return heading
    turn = np.repeat(np.arange(len(parts.role)), np.diff(parts.part_starts))
    sample = np.repeat(np.arange(len(parts.ids)), np.diff(parts.part_starts[parts.turn_starts]))
    at = np.flatnonzero(((parts.kind == BOX) | (parts.kind == QUAD)) & (pages[sample] > 1))
    number = parts.medium[at] - parts.first_medium[sample[at]] + 1
    first = np.ones(len(at), np.bool_)
    first[1:] = turn[at[1:]] != turn[at[:-1]]
    change = first.copy()
    change[1:] |= number[1:] != number[:-1]
    heading[at[change]] = np.where(first, number, -number)[change]
    return heading


def _labelled_anew(parts: Parts, headings: Ints) -> Parts:
    """Boxes after a heading within an answer bear their label again: a ref does not reach over words."""
    bare = np.flatnonzero((headings < 0) & (parts.text < 0))
    if not len(bare):
        return parts
    text = parts.text.copy()
    for at in bare.tolist():
        text[at] = text[at - 1]
    return replace(parts, text=text)


def _heading(number: int) -> bytes:
    return b"" if not number else b"%sPicture %d: " % (b"\\n" if number < 0 else b"", abs(number))


def _grid(boxes: NDArray[np.float64], sizes: NDArray[np.float64], options: RenderOptions) -> Ints:
    """(n, 2k) pixels to the grid; `sizes` (n, 2)."""
    wide = np.tile(sizes, boxes.shape[1] // 2)
    return grid.encode(boxes, wide, steps=STEPS, top=TOP, rounding=options.rounding)


def _escaped(text: str) -> bytes:
    return encode_basestring_ascii(text)[1:-1].encode()


_FIRST = np.array([b"%d," % value for value in range(STEPS)])
_SECOND = np.array([b"%d),(" % value for value in range(STEPS)])
_LAST = np.array([b"%d)</box>%s" % (value, end) for end in (b"", b"\x01") for value in range(STEPS)])


def _put_boxes(
    parts: Parts, options: RenderOptions, opens: NDArray[np.bool_], slot: Ints, headings: Ints, pieces: NDArray[Any]
) -> None:
    """All runs of boxes at once, by tables of padded bytes: the padding is dropped and the runs cut at the end."""
    at = np.flatnonzero(parts.kind == BOX)
    if not len(at):
        return
    cells = _grid(parts.boxes[at], parts.sizes[at], options)
    ends = np.ones(len(at), np.bool_)
    ends[:-1] = opens[at[1:]]
    cells[:, 3] += STEPS * ends
    heads, head_of = _box_heads(parts, at, headings[at])
    kind = [("h", heads.dtype), ("a", _FIRST.dtype), ("b", _SECOND.dtype), ("c", _FIRST.dtype), ("d", _LAST.dtype)]
    table = np.empty(len(at), kind)
    table["h"] = heads[head_of]
    for name, lookup, column in (("a", _FIRST, 0), ("b", _SECOND, 1), ("c", _FIRST, 2), ("d", _LAST, 3)):
        table[name] = lookup[cells[:, column]]
    runs = table.tobytes().translate(None, b"\0").split(b"\x01")
    pieces[slot[at[opens[at]]]] = runs[:-1]


def _box_heads(parts: Parts, at: Ints, headings: Ints) -> tuple[NDArray[np.bytes_], Ints]:
    """What stands before the numbers of a box, `<ref>label</ref><box>(` or `<box>(`, and which of them each box has."""
    key = (headings << 32) + parts.text[at] + 1
    if headings.any():
        keys, place = np.unique(key, return_inverse=True)
    else:  # np.unique sorts; counting is faster where the keys are small
        used = np.bincount(key, minlength=len(parts.texts) + 1) > 0
        keys, place = np.flatnonzero(used), (np.cumsum(used) - 1)[key]
    heads = [_heading(each >> 32) + _ref(parts, (each & 0xFFFFFFFF) - 1) + b"<box>(" for each in keys.tolist()]
    return np.array(heads), place


def _ref(parts: Parts, code: int) -> bytes:
    return b"" if code < 0 else b"<ref>%s</ref>" % _escaped(parts.texts[code])


def _put_words(parts: Parts, slot: Ints, pieces: NDArray[Any]) -> None:
    for kind, form in ((TEXT, b"%s"), (REF, b"<ref>%s</ref>")):
        at = np.flatnonzero(parts.kind == kind)
        if len(at):
            used = np.zeros(len(parts.texts), np.bool_)
            used[parts.text[at]] = True
            texts = np.empty(len(parts.texts), object)
            for code in np.flatnonzero(used).tolist():
                texts[code] = form % _escaped(parts.texts[code])
            pieces[slot[at]] = texts[parts.text[at]]


def _put_pictures(parts: Parts, options: RenderOptions, slot: Ints, pieces: NDArray[Any]) -> None:
    """`Picture N: <img>path</img>` and a newline, N counting from 1 in every sample."""
    at = np.flatnonzero(parts.kind == IMAGE)
    part_sample = np.searchsorted(parts.part_starts[parts.turn_starts[1:]], at, side="right")
    number = np.arange(len(at)) - np.searchsorted(part_sample, part_sample) + 1
    paths = _emitted(parts, options.image_root)
    media = parts.medium[at].tolist()
    for place, which, medium in zip(slot[at].tolist(), number.tolist(), media, strict=True):
        pieces[place] = b"Picture %d: <img>%s</img>\\n" % (which, paths[medium])


def _emitted(parts: Parts, root: str) -> list[bytes]:
    """All paths as they stand in the JSON text."""
    return _all_escaped([emitted_path(path, root) for path in parts.paths] if root else parts.paths)


def _all_escaped(texts: list[str]) -> list[bytes]:
    """Many texts escaped; at once where there is nothing to escape, which for paths and ids is nearly always so."""
    joined = "\n".join(texts)
    if joined.isascii() and not _NEEDS_ESCAPE(joined) and joined.count("\n") == len(texts) - 1:
        return joined.encode().split(b"\n")
    return [_escaped(text) for text in texts]


def _put_quads(parts: Parts, options: RenderOptions, slot: Ints, headings: Ints, pieces: NDArray[Any]) -> None:
    for at in np.flatnonzero(parts.kind == QUAD).tolist():
        corners = np.array([parts.quads[at].as_py()])
        cells = _grid(corners, parts.sizes[[at]], options)[0].tolist()
        points = ",".join(f"({x},{y})" for x, y in zip(cells[0::2], cells[1::2], strict=True))
        head = _heading(int(headings[at])) + _ref(parts, int(parts.text[at]))
        pieces[slot[at]] = head + f"<quad>{points}</quad>".encode()


def _rows(parts: Parts, opens: NDArray[np.bool_], pieces: NDArray[Any]) -> list[bytes]:
    """The pieces with the JSON around them: something before every turn, something after every sample."""
    piece_starts = np.concatenate([[0], np.cumsum(opens)])[parts.part_starts]
    turns, samples = len(parts.role), len(parts.ids)
    sample_of_turn = np.repeat(np.arange(samples), np.diff(parts.turn_starts))
    before_turn = piece_starts[:-1] + np.arange(turns) + sample_of_turn
    flat = np.empty(len(pieces) + turns + samples, object)
    turn_of_piece = np.repeat(np.arange(turns), np.diff(piece_starts))
    flat[np.arange(len(pieces)) + turn_of_piece + 1 + sample_of_turn[turn_of_piece]] = pieces
    heads = np.array([b'"},' + _USER, b'"},' + _ASSISTANT], object)
    flat[before_turn] = heads[(parts.role == ASSISTANT).astype(np.int64)]
    first = parts.turn_starts[:-1]
    flat[before_turn[first]] = [b'{"id":"%s","conversations":[%s' % (name, _USER) for name in _all_escaped(parts.ids)]
    flat[piece_starts[parts.turn_starts[1:]] + parts.turn_starts[1:] + np.arange(samples)] = b'"}]}\n'
    return b"".join(flat.tolist()).split(b"\n")[:-1]


__all__ = ["RESERVED", "blunt", "count_tokens", "decode", "refuse", "render", "reserved_in", "token_basis"]
