"""Keep: which annotations and pictures of a source a recipe takes; everything else is left out by rule, one by one.

    labels, drop_labels               AN033  objects by what they are
    min_side … max_pixels             AN034  records by the size of their pictures
    min_area … max_area_share         AN035  objects by the area of their boxes
    scripts                           AN036  what has words, by the script of most of them
    min_text, max_text                AN037  what has words, by how many characters
    lint                              AN038  what lint finds fault with (`lint_findings.py`)

The words of an annotation are a caption's or a phrase's text, a question with its answers, what is written in an
object, all that is said in a conversation. What says nothing (a number, no text) has no script, and no length where
there is no text. Sizes and areas are in pixels of the upright pictures as they were read, not as a target wants them
(`originals.py`). Faults are never left out as a choice: a box without an area, outside its picture or of no numbers
stays, and the check rejects it by its own rule.
"""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...converters.table import counts, entries, picture_of_object, rows
from ...converters.table import keep_records as keep_rows
from ...schemas.accounting import Accounting
from ...schemas.annotation import ITEMS
from ...schemas.suggest import closest
from ..check_times import without_place
from ..rejecting import NOTHING_LEFT, Fault, reject_entries, reject_records
from ..words import script_shares, words_of
from .criteria import EVERYTHING, Keep
from .originals import AS_THEY_ARE, Originals

if TYPE_CHECKING:
    from .lint_findings import Places

Mask = NDArray[np.bool_]

WORDED = ("captions", "questions", "phrases", "conversations", "objects")
"""The list columns whose entries may have words."""


def keep_records(
    batch: pa.RecordBatch,
    wanted: Keep,
    accounting: Accounting,
    places: "Places | None" = None,
    originals: Originals = AS_THEY_ARE,
) -> pa.RecordBatch:
    """The first half: records that go whole, for their pictures' sizes or for a finding about them.

    Who must know what was left out of a record (questions about what is not in a picture) compares its annotations
    after this with those after `keep_annotations`, which leaves the records as they are.
    """
    if wanted == EVERYTHING:
        return batch
    faults = _sized(batch, wanted, originals)
    if places:
        faults = places.records(batch) | faults
    return reject_records(batch, dict(sorted(faults.items())), accounting)


def keep_annotations(
    batch: pa.RecordBatch,
    wanted: Keep,
    accounting: Accounting,
    places: "Places | None" = None,
    originals: Originals = AS_THEY_ARE,
) -> pa.RecordBatch:
    """The second half: the same records, their annotations less those that are not wanted."""
    if wanted == EVERYTHING:
        return batch
    batch = _labelled(batch, wanted, accounting)
    batch = _large(batch, wanted, accounting, originals)
    batch = _worded(batch, wanted, accounting)
    return _faultless(batch, places, accounting) if places else batch


def without_emptied(
    settled: pa.RecordBatch, checked: pa.RecordBatch, accounting: Accounting
) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """Both without the records of which nothing is left in `checked`: they take no place in a split, and stand for no
    other record that shows the same.
    """
    bare = np.sum([counts(checked, column) for column in ITEMS], axis=0) == 0
    faults = dict.fromkeys(np.flatnonzero(bare).tolist(), NOTHING_LEFT)
    return keep_rows(settled, ~bare) if faults else settled, reject_records(checked, faults, accounting)


def labels_of(batch: pa.RecordBatch) -> frozenset[str]:
    """The labels that objects of a batch bear."""
    labels = entries(batch, "objects", "label")
    used = np.flatnonzero(np.bincount(labels.indices.to_numpy(zero_copy_only=False))).tolist()
    return frozenset(labels.dictionary[code].as_py() for code in used)


def remark_absent(wanted: Keep, seen: Collection[str], file: str, accounting: Accounting) -> None:
    """Say which of the labels that a recipe names nothing of its source bears: a slip would keep or drop nothing."""
    for name in dict.fromkeys((*wanted.labels, *wanted.drop_labels)):
        if name not in seen:
            likely = closest(name, seen)
            meant = f"; did you mean {likely!r}?" if likely else ""
            said = f"the recipe names the label {name!r}, and nothing here bears it{meant}"
            accounting.remark("AN014", file=file, at="", value=name, message=said)


def _sized(batch: pa.RecordBatch, wanted: Keep, originals: Originals) -> dict[int, Fault]:
    """The records with a picture of a size that is not wanted, or of none that is known."""
    bounds = (wanted.min_side, wanted.max_side, wanted.min_pixels, wanted.max_pixels)
    if all(each is None for each in bounds):
        return {}
    width, height = originals.sizes(batch).T
    pictures = pc.equal(entries(batch, "media", "kind").cast(pa.string()), "image")
    unknown = np.minimum(width, height) <= 0
    wrong = unknown | _outside(np.minimum(width, height), wanted.min_side, None)
    wrong |= _outside(np.maximum(width, height), None, wanted.max_side)
    wrong |= _outside(width * height, wanted.min_pixels, wanted.max_pixels)
    wrong &= np.asarray(pictures.to_numpy(zero_copy_only=False), np.bool_)
    record = rows(batch, "media")
    first = np.flatnonzero(wrong)[::-1].tolist()  # of several pictures the first is said
    return {int(record[at]): _size_fault(int(width[at]), int(height[at]), wanted) for at in first}


def _size_fault(width: int, height: int, wanted: Keep) -> Fault:
    if min(width, height) <= 0:
        return Fault("AN034", None, "the size of its picture is not known, and the recipe keeps pictures by their size")
    sides = _between(wanted.min_side, wanted.max_side, "px a side")
    pixels = _between(wanted.min_pixels, wanted.max_pixels, "pixels")
    said = f"its picture is {width}x{height}; the recipe keeps {' and '.join(filter(None, (sides, pixels)))}"
    return Fault("AN034", [width, height], said)


def _labelled(batch: pa.RecordBatch, wanted: Keep, accounting: Accounting) -> pa.RecordBatch:
    """Labels are looked at once each, however many objects bear them."""
    if not wanted.labels and not wanted.drop_labels:
        return batch
    labels = entries(batch, "objects", "label")
    names: list[str] = labels.dictionary.to_pylist()
    kept = frozenset(wanted.labels or names) - frozenset(wanted.drop_labels)
    codes = np.asarray(labels.indices.to_numpy())
    unwanted = np.array([name not in kept for name in names], np.bool_)

    def why(place: int) -> Fault:
        name = names[int(codes[place])]
        dropped = name in wanted.drop_labels
        said = "is one of drop_labels" if dropped else "is none of the labels that the recipe keeps"
        return Fault("AN033", name, f"{name!r} {said}")

    wrong = unwanted[codes] if len(names) else np.zeros(len(codes), np.bool_)
    return reject_entries(batch, "objects", wrong, why, accounting)


def _large(batch: pa.RecordBatch, wanted: Keep, accounting: Accounting, originals: Originals) -> pa.RecordBatch:
    bounds = (wanted.min_area, wanted.max_area, wanted.min_area_share, wanted.max_area_share)
    if all(each is None for each in bounds) or not counts(batch, "objects").any():
        return batch
    size = originals.sizes(batch).astype(np.float64)[picture_of_object(batch)]
    with np.errstate(invalid="ignore", over="ignore"):  # coordinates may be whatever a file says
        corners = originals.boxes(batch)
        inside = np.clip(corners, 0.0, np.concatenate([size, size], axis=1))
        sound = (np.diff(inside[:, 0::2], axis=1)[:, 0] > 0) & (np.diff(inside[:, 1::2], axis=1)[:, 0] > 0)
        area = np.prod(inside[:, 2:] - inside[:, :2], axis=1)
    whole = np.prod(size, axis=1)
    share = np.divide(area, whole, out=np.zeros_like(area), where=whole > 0)
    wrong = _outside(area, wanted.min_area, wanted.max_area)
    wrong |= _outside(share, wanted.min_area_share, wanted.max_area_share)
    wrong &= sound & np.isfinite(corners).all(axis=1) & ~without_place(batch)
    kept = [
        _between(wanted.min_area, wanted.max_area, "square pixels"),
        _between(wanted.min_area_share, wanted.max_area_share, "of the picture"),
    ]

    def why(place: int) -> Fault:
        said = f"{area[place]:g} square pixels, {share[place]:.3g} of the picture"
        return Fault("AN035", float(area[place]), f"{said}; the recipe keeps {' and '.join(filter(None, kept))}")

    return reject_entries(batch, "objects", wrong, why, accounting)


def _worded(batch: pa.RecordBatch, wanted: Keep, accounting: Accounting) -> pa.RecordBatch:
    if not wanted.scripts and wanted.min_text is None and wanted.max_text is None:
        return batch
    for column in WORDED:
        if not counts(batch, column).any():
            continue
        words = words_of(batch, column)
        if words.null_count == len(words):
            continue
        for unwanted in (_foreign, _too_long):
            wrong, why = unwanted(words, wanted)
            if wrong.any():
                batch = reject_entries(batch, column, wrong, why, accounting)
                words = words.filter(pa.array(~wrong))
    return batch


def _foreign(words: pa.Array, wanted: Keep) -> tuple[Mask, Callable[[int], Fault]]:
    """What has most of its words in other scripts."""
    if not wanted.scripts:
        return np.zeros(len(words), np.bool_), _never
    shares = script_shares(words, wanted.scripts)

    def why(place: int) -> Fault:
        said = f"{shares[place]:.0%} of its words are {' or '.join(wanted.scripts)}; the recipe keeps half and more"
        return Fault("AN036", words[place].as_py(), said)

    return shares < 0.5, why


def _too_long(words: pa.Array, wanted: Keep) -> tuple[Mask, Callable[[int], Fault]]:
    """What has too few characters, or too many; the space around the words does not count."""
    lengths = pc.utf8_length(pc.utf8_trim_whitespace(words))
    said = np.asarray(pc.fill_null(lengths, 0).to_numpy(zero_copy_only=False))
    wrong = _outside(said, wanted.min_text, wanted.max_text) & np.asarray(lengths.is_valid().to_numpy(False))

    def why(place: int) -> Fault:
        kept = _between(wanted.min_text, wanted.max_text, "characters")
        return Fault("AN037", int(said[place]), f"{said[place]} characters; the recipe keeps {kept}")

    return wrong, why


def _never(place: int) -> Fault:
    raise IndexError(place)


def _faultless(batch: pa.RecordBatch, places: "Places", accounting: Accounting) -> pa.RecordBatch:
    for column, faults in places.annotations(batch).items():
        wrong = np.zeros(int(counts(batch, column).sum()), np.bool_)
        wrong[list(faults)] = True
        batch = reject_entries(batch, column, wrong, faults.__getitem__, accounting)
    return batch


def _outside(values: NDArray[np.int64] | NDArray[np.float64], least: float | None, most: float | None) -> Mask:
    wrong = np.zeros(len(values), np.bool_)
    if least is not None:
        wrong |= np.asarray(values < least)
    if most is not None:
        wrong |= np.asarray(values > most)
    return wrong


def _between(least: float | None, most: float | None, unit: str) -> str:
    """`from 10 to 20 px`; empty where neither is said."""
    ends = [f"{word} {bound:,g}" for word, bound in (("from", least), ("to", most)) if bound is not None]
    return f"{' '.join(ends)} {unit}" if ends else ""
