"""ms-swift (modelscope/ms-swift, head 3602360, 4.6): one row for Qwen-VL to Qwen3-VL, Yi-VL and all it trains.

File: JSON Lines. A row has `messages`, `images`, `videos`, `audios`, and `objects` = {`ref`: words, `bbox`: boxes or
points of two numbers, `image_id`: in which of the `images`, from 0, where several pictures are shown}. `<image>`,
`<video>`, `<audio>`, `<ref-object>` and `<bbox>` in the text are filled from queues in the order in which they appear,
over the whole conversation (swift/template/base.py, `_pre_tokenize`); a box without words before it shares those of
the box before.
Boxes: pixels of the upright picture as they are, left, top, right, bottom (`bbox_type` "real", the default). The
trainer's template turns them into the model's own grid and tags when it trains (`normalize_bbox`: round(v / size ·
1000), for Qwen2.5-VL pixels of the picture as it was resized), so nothing is rounded here and one file serves all.
Silent there: a row with an unknown role, no text, or a box of three numbers is deleted; more `<bbox>` than boxes
leaves the tag in the text; pictures without tags get them in front of the first message; flipped corners are swapped;
a control token in a text or a `ref` becomes real. Text with such tags is refused here. Qwen-VL's own `Picture N: ` is
added by its template, so it stands only where an answer must name a picture. EXIF is not looked at: keep `--upright`.
A turned box becomes its upright hull. `<video>` and `<audio>` stand where films and sounds do; a template without
them (Qwen-VL, Yi-VL) fails on such a row. Hugging Face's reader takes the types of a file's first 10 MB, and its
`map` those of the first 1000 rows, for all: a film that comes later would stop the job, so the first row with one
stands first in its file (`jsonl-led`). Leave `--dataset_num_proc` at 1 where few rows have films or sounds.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...schemas.box import Box
from ...schemas.conversation import BOX, KINDS, POINT, REF, TEXT
from ...schemas.errors import InputError
from . import qwen2_tags, qwen_vl_tags
from .carried import MESSAGES, refused_answers, refused_kinds, refused_shapes, refused_words
from .grammar_tags import SWIFT as GRAMMAR
from .job_files import told
from .jobs_trainers import swift_jobs
from .media_tokens import SWIFT_FILMS, media_tokens, most_tokens
from .messages import names_not_utf8, pictures, put_films_and_sounds, read_row, rows, turns
from .parts import Ints, Parts
from .pieces import (
    END,
    Pieces,
    escaped,
    flat,
    glued,
    heading_text,
    headings,
    labelled_anew,
    numbers_of_pictures,
    pictures_of_samples,
    put_images,
    put_texts,
    run_starts,
    sample_of_parts,
    told_apart,
)
from .protocol import PLAIN, Decoded, Refusal, RenderOptions
from .qwen2_tokens import text_tokens
from .qwen_vl_tokens import piece_counter
from .smart_resize import AROUND, pixel_limits

NAME = "swift"
SUMMARY = "ms-swift 4 (Qwen-VL to Qwen3-VL, Yi-VL and others): JSON Lines, messages and objects"
FRAME = "pixels of the upright picture, unrounded; the trainer's template puts them in the model's grid"
LIMITS = "rows over --max_length are dropped by the trainer; paths absolute or from its working folder; no quads"
CARRIES_QUADS = False
FORM = "jsonl-led"
PIXELS = (4 * 28 * 28, 16384 * 28 * 28)

_OWN = ("<image>", "<video>", "<audio>", "<bbox>", "<ref-object>", "<cot-process>")
RESERVED = tuple(dict.fromkeys((*_OWN, *qwen_vl_tags.RESERVED, *qwen2_tags.CONTROL)))
"""The places that ms-swift fills, and the control tokens of the Qwen vocabularies; other models' are not known here."""

_RESERVED = re.compile("|".join(map(re.escape, RESERVED)))
_MARKS = re.compile("<ref-object>|<bbox>")

BOX_TOKENS = 27
"""Tokens of a box at most: four numbers of five digits, four marks between and around them, two tags, a bracket."""


def reserved_in(text: str) -> str | None:
    """The first place or control token that stands in a text, or None."""
    found = _RESERVED.search(text)
    return found[0] if found else qwen_vl_tags.reserved_in(text)


def blunt(text: str) -> str:
    """`text` with a space after the bracket of every reserved string."""
    return qwen_vl_tags.blunt(_RESERVED.sub(lambda found: f"< {found[0][1:]}", text))


def refuse(batch: pa.RecordBatch, _options: RenderOptions) -> list[Refusal]:
    """Samples that the trainer would misread or delete."""
    refusals = refused_kinds(batch, KINDS, roles=MESSAGES) + refused_words(batch, reserved_in)
    return refusals + names_not_utf8(batch) + refused_shapes(batch) + refused_answers(batch)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    if not len(batch):
        return []
    parts = flat(Parts.of(batch))
    is_point = parts.kind == POINT
    parts = replace(parts, kind=np.where(is_point, BOX, parts.kind).astype(np.int8)) if is_point.any() else parts
    heading = headings(parts)
    parts = labelled_anew(parts, heading)
    pieces = Pieces.of(run_starts(parts))
    _put_places(parts, pieces, heading)
    put_texts(parts, pieces, TEXT)
    pieces.texts[pieces.slot[parts.kind == REF]] = b"<ref-object>"
    put_images(parts, pieces, b"<image>", numbered=False)
    put_films_and_sounds(parts, pieces)
    return rows(parts, pieces, options.image_root, _objects(parts, is_point))


def _put_places(parts: Parts, pieces: Pieces, heading: Ints) -> None:
    """`<ref-object><bbox>` for every box with words, `<bbox>` for one without."""
    at = np.flatnonzero(parts.kind == BOX)
    if not len(at):
        return
    ends = np.ones(len(at), np.int64)
    ends[:-1] = pieces.opens[at[1:]]
    line = 2 * np.abs(heading[at]) + (heading[at] < 0)

    def place(key: int) -> bytes:
        line, named, end = key >> 2, key >> 1 & 1, key & 1
        head = heading_text(-(line >> 1) if line & 1 else line >> 1)
        return head + (b"<ref-object><bbox>" if named else b"<bbox>") + (END if end else b"")

    runs = glued([told_apart((line << 2) + 2 * (parts.text[at] >= 0) + ends, place)])
    pieces.texts[pieces.slot[at[pieces.opens[at]]]] = runs


def _objects(parts: Parts, is_point: NDArray[np.bool_]) -> list[bytes]:
    """Every sample's `objects`, from its comma on; nothing where there is nothing to point at."""
    samples, sample = len(parts.ids), sample_of_parts(parts)
    is_box = parts.kind == BOX
    named = np.flatnonzero((parts.kind == REF) | (is_box & (parts.text >= 0)))
    at = np.flatnonzero(is_box)
    codes = parts.text[named].tolist()
    words = {code: b'"%s"' % escaped(parts.texts[code]) for code in set(codes)}
    refs = [words[code] for code in codes]
    corners = parts.boxes[at].tolist()
    for place in np.flatnonzero(is_point[at]).tolist():
        corners[place] = corners[place][:2]
    boxes = msgspec.json.encode(corners)[2:-2].split(b"],[") if len(at) else []
    ref_ends = np.cumsum(np.bincount(sample[named], minlength=samples)).tolist()
    box_ends = np.cumsum(np.bincount(sample[at], minlength=samples)).tolist()
    image_ids = (numbers_of_pictures(parts)[parts.medium[at]] - 1).tolist()
    several = (pictures_of_samples(parts) > 1).tolist()
    objects: list[bytes] = []
    ref = box = 0
    for next_ref, next_box, many in zip(ref_ends, box_ends, several, strict=True):
        if next_ref == ref and next_box == box:
            objects.append(b"")
            continue
        bbox = b"],[".join(boxes[box:next_box])
        shown = b',"image_id":%s' % msgspec.json.encode(image_ids[box:next_box]) if many else b""
        held = (b",".join(refs[ref:next_ref]), b"[%s]" % bbox if next_box > box else b"", shown)
        objects.append(b',"objects":{"ref":[%s],"bbox":[%s]%s}' % held)
        ref, box = next_ref, next_box
    return objects


def decode(row: dict[str, Any], _sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, exactly as they were; their words are those that the template would put there.

    A point is a box without width and height.

    Raises `InputError` where tags and queues do not agree.
    """
    objects = row.get("objects") or {}
    refs, boxes, images = (list(objects.get(name) or []) for name in ("ref", "bbox", "image_id"))
    images += [0] * (len(boxes) - len(images))
    marks = [mark for _, text in turns(row) for mark in _marks(text)]
    if (marks.count("<ref-object>"), sum(mark != "<ref-object>" for mark in marks)) != (len(refs), len(boxes)):
        fact = f"{len(refs)} refs and {len(boxes)} boxes, but other numbers of tags"
        raise InputError(f"row {row.get('id')!r}: /objects", fact, "Give one <bbox> a box and one <ref-object> a ref.")
    found: list[Decoded] = []
    label: str | None = None
    for mark in marks:
        if mark == "<ref-object>":
            label = refs.pop(0)
        else:
            at = len(found)
            found.append(Decoded(label if mark == "shared" else None, _box(boxes[at]), images[at]))
    return found


def _box(numbers: list[float]) -> Box:
    """Four corners; of a point both corners are the same."""
    return Box(*map(float, numbers if len(numbers) == 4 else numbers * 2))


def _marks(text: str) -> Iterator[str]:
    """The places of a text in order; a `<bbox>` right after a reference, or after a box that has one, is `shared`."""
    end, shared = -1, False
    for mark in _MARKS.finditer(text):
        shared = mark[0] == "<ref-object>" or (shared and mark.start() == end)
        end = mark.end()
        yield mark[0] if mark[0] == "<ref-object>" or not shared else "shared"


def count_tokens(
    rows: Sequence[bytes], batch: pa.RecordBatch | None = None, options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row for Qwen2-VL and Qwen2.5-VL, pictures included."""
    piece, limits = piece_counter(), pixel_limits(options, PIXELS)
    read = [read_row(row, number) for number, row in enumerate(rows)]
    largest = limits[1] // 28**2 + AROUND
    shown = (
        [most_tokens(row, largest, SWIFT_FILMS) for row in read]
        if batch is None
        else media_tokens(batch, 28, limits, SWIFT_FILMS)
    )
    return [
        taken
        + 11
        + sum(5 + text_tokens(message.content, piece) for message in row.messages)
        + BOX_TOKENS * len(row.objects.get("bbox", []))
        + sum(2 + text_tokens(words, piece) for words in row.objects.get("ref", []))
        for row, taken in zip(read, shown, strict=True)
    ]


def beside(manifest: Mapping[str, Any]) -> Mapping[str, bytes]:
    """Scripts of jobs."""
    return swift_jobs(manifest, pixel_limits(told(manifest), PIXELS))


def token_basis() -> str:
    """One line: the bound that is used."""
    return (
        "upper bound for Qwen2-VL and Qwen2.5-VL: text by their tokenizer (a token a byte without the extra tokens), "
        f"{BOX_TOKENS} a box, (w / 28) · (h / 28) + 2 a picture resized within --min-pixels and --max-pixels"
    )


__all__ = ["GRAMMAR", "pictures", "turns"]
