"""Pieces: the output text of every part of a batch, as bytes that stand inside a JSON string, and rows made of them.

Boxes that follow each other in a turn are one piece, a run, so that all runs of a batch can be written at once.
Every text is escaped for ASCII JSON, so a piece holds no line break, no zero byte and none of the bytes below 32.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...schemas.conversation import BOX, IMAGE, POINT, QUAD
from .parts import Ints, Parts

Bytes = NDArray[np.bytes_]

END = b"\x01"
"""Ends a run of boxes while all runs are one string of bytes; escaped text never holds it."""

PLACES = (BOX, QUAD, POINT)
"""The kinds of parts that lie somewhere in a picture."""

_NEEDS_ESCAPE = re.compile(r'["\\\x00-\x09\x0b-\x1f\x7f]').search


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of a batch: `opens` says of every part whether a piece begins there, `slot` which piece it is in."""

    opens: NDArray[np.bool_]
    slot: Ints
    texts: NDArray[Any]

    @classmethod
    def of(cls, opens: NDArray[np.bool_]) -> "Pieces":
        """Empty pieces."""
        return cls(opens, np.cumsum(opens) - 1, np.empty(int(opens.sum()), object))


def run_starts(parts: Parts) -> NDArray[np.bool_]:
    """Where a piece of output begins: at every part, but once for boxes that follow each other in a turn, or points."""
    runs = (parts.kind == BOX) | (parts.kind == POINT)
    opens = np.ones(len(runs), np.bool_)
    opens[1:] = ~(runs[1:] & (parts.kind[1:] == parts.kind[:-1]))
    inner = parts.part_starts[1:-1]
    opens[inner[inner < len(opens)]] = True
    return opens


def sample_of_parts(parts: Parts) -> Ints:
    """Of which sample every part is."""
    return np.repeat(np.arange(len(parts.ids)), np.diff(parts.part_starts[parts.turn_starts]))


def role_of_parts(parts: Parts) -> NDArray[np.int8]:
    """Who says every part."""
    return np.repeat(parts.role, np.diff(parts.part_starts))


def pictures_of_samples(parts: Parts) -> Ints:
    """How many different pictures every sample shows; films and sounds are none."""
    shown = np.zeros(len(parts.paths) + 1, np.int64)
    shown[parts.medium[parts.kind == IMAGE] + 1] = 1
    return np.asarray(np.diff(np.cumsum(shown)[np.append(parts.first_medium, len(parts.paths))]))


def numbers_of_pictures(parts: Parts) -> Ints:
    """For every medium of the batch, the number, from 1 in its sample, of the picture as which it is first shown; 0 for
    one that is not shown as a picture.
    """
    at = np.flatnonzero(parts.kind == IMAGE)
    number = np.zeros(len(parts.paths), np.int64)
    number[parts.medium[at][::-1]] = image_numbers(parts, at)[::-1]
    return number


def headings(parts: Parts) -> Ints:
    """The picture that must be named before each box of a conversation about several; 0 = none.

    Negative where the heading is not the first words of its turn and begins a line of its own. A box lies on the
    picture shown last, so in conversations about one picture nothing is said.
    """
    pages = pictures_of_samples(parts)
    heading = np.zeros(len(parts.kind), np.int64)
    if pages.max(initial=0) < 2:
        return heading
    turn = np.repeat(np.arange(len(parts.role)), np.diff(parts.part_starts))
    sample = sample_of_parts(parts)
    at = np.flatnonzero(np.isin(parts.kind, PLACES) & (pages[sample] > 1))
    number = numbers_of_pictures(parts)[parts.medium[at]]
    first = np.ones(len(at), np.bool_)
    first[1:] = turn[at[1:]] != turn[at[:-1]]
    change = first.copy()
    change[1:] |= number[1:] != number[:-1]
    heading[at[change]] = np.where(first, number, -number)[change]
    return heading


def heading_text(number: int) -> bytes:
    """A heading as it stands in the text: `Picture 2: `, on a line of its own where the number is negative."""
    return b"" if not number else b"%sPicture %d: " % (b"\\n" if number < 0 else b"", abs(number))


def labelled_anew(parts: Parts, heading: Ints) -> Parts:
    """Boxes after a heading within an answer bear their label again: it does not reach over words."""
    bare = np.flatnonzero((heading < 0) & (parts.text < 0))
    if not len(bare):
        return parts
    text = parts.text.copy()
    for at in bare.tolist():
        before = at - 1
        while parts.kind[before] in PLACES and text[before] < 0 and before > 0:
            before -= 1
        if parts.kind[before] in PLACES:
            text[at] = text[before]
    return replace(parts, text=text)


def flat(parts: Parts) -> Parts:
    """Quads as the upright boxes around them, for targets whose tags have no four corners."""
    if not (parts.kind == QUAD).any():
        return parts
    return replace(parts, kind=np.where(parts.kind == QUAD, BOX, parts.kind).astype(np.int8))


def run_labels(parts: Parts, at: Ints, opens: NDArray[np.bool_]) -> Ints:
    """The label of every box `at`, as a code of the texts: its own, else that of the box before it in its run."""
    own = (parts.text[at] >= 0) | opens[at]
    return np.asarray(parts.text[at][np.maximum.accumulate(np.where(own, np.arange(len(at)), 0))])


def image_numbers(parts: Parts, at: Ints) -> Ints:
    """The number of every picture part `at`, counted from 1 in its sample."""
    of_sample = np.searchsorted(parts.part_starts[parts.turn_starts[1:]], at, side="right")
    return np.asarray(np.arange(len(at)) - np.searchsorted(of_sample, of_sample) + 1)


def escaped(text: str) -> bytes:
    """A text as it stands between the quotes of ASCII JSON."""
    return encode_basestring_ascii(text)[1:-1].encode()


def all_escaped(texts: list[str]) -> list[bytes]:
    """Many texts escaped; at once where there is nothing to escape, which for paths and ids is nearly always so."""
    joined = "\n".join(texts)
    if joined.isascii() and not _NEEDS_ESCAPE(joined) and joined.count("\n") == len(texts) - 1:
        return joined.encode().split(b"\n")
    return [escaped(text) for text in texts]


def put_texts(parts: Parts, pieces: Pieces, kind: int, form: bytes = b"%s") -> None:
    """The words of all parts of a kind, each text written once however often it is said."""
    at = np.flatnonzero(parts.kind == kind)
    if len(at):
        used = np.zeros(len(parts.texts), np.bool_)
        used[parts.text[at]] = True
        texts = np.empty(len(parts.texts), object)
        for code in np.flatnonzero(used).tolist():
            texts[code] = form % escaped(parts.texts[code])
        pieces.texts[pieces.slot[at]] = texts[parts.text[at]]


def put_images(parts: Parts, pieces: Pieces, tag: bytes, *, numbered: bool = True) -> None:
    """The tag where every picture stands; `numbered`: after `Picture N: ` where there are several."""
    at = np.flatnonzero(parts.kind == IMAGE)
    if not len(at):
        return
    number = image_numbers(parts, at)
    if numbered and number.max() > 1:
        several = pictures_of_samples(parts)[sample_of_parts(parts)[at]] > 1
        number = np.where(several, number, 0)
    else:
        number = np.zeros(len(at), np.int64)
    forms = np.array([heading_text(value) + tag for value in range(int(number.max()) + 1)], object)
    pieces.texts[pieces.slot[at]] = forms[number]


def told_apart(key: Ints, text: Callable[[int], bytes]) -> tuple[Bytes, Ints]:
    """The text of every different key, and which of them each place has; keys of 0 and above.

    Where keys are small they are counted, since sorting them takes longer.
    """
    if int(key.max(initial=0)) < 1 << 16:
        used = np.bincount(key) > 0
        keys, place = np.flatnonzero(used), (np.cumsum(used) - 1)[key]
    else:
        keys, place = np.unique(key, return_inverse=True)
    return np.array([text(each) for each in keys.tolist()]), place


@lru_cache(maxsize=16)
def _numbers(limit: int, after: bytes) -> Bytes:
    return np.array([b"%d%s" % (value, after) for value in range(limit)])


def number_texts(values: Ints, after: bytes) -> tuple[Bytes, Ints]:
    """Whole numbers of 0 and above with what follows them, from a table that is made once."""
    limit = 1 << int(values.max(initial=0)).bit_length()
    return _numbers(limit, after), values


def glued(columns: Sequence[tuple[Bytes, Ints]]) -> list[bytes]:
    """The texts of all columns side by side, line after line, cut into runs at `END`.

    Tables of padded bytes: the padding is dropped and the runs cut at the end, all in C.
    """
    table = np.empty(len(columns[0][1]), [(str(number), texts.dtype) for number, (texts, _) in enumerate(columns)])
    for number, (texts, which) in enumerate(columns):
        table[str(number)] = texts[which]
    return table.tobytes().translate(None, b"\0").split(END)[:-1]


def joined(
    parts: Parts,
    pieces: Pieces,
    roles: Sequence[bytes],
    heads: Sequence[bytes],
    tails: Sequence[bytes] | bytes,
    closes: Sequence[bytes] = (b'"}', b'"}', b'"}'),
) -> list[bytes]:
    """The pieces with the JSON around them, one row a sample.

    A row is its head, its turns with a comma between them, its tail; a turn is what `roles` has for its role, the
    pieces, and what `closes` has for its role.
    """
    piece_starts = np.concatenate([[0], np.cumsum(pieces.opens)])[parts.part_starts]
    turns, samples = len(parts.role), len(parts.ids)
    sample_of_turn = np.repeat(np.arange(samples), np.diff(parts.turn_starts))
    before_turn = piece_starts[:-1] + np.arange(turns) + sample_of_turn
    flat_texts = np.empty(len(pieces.texts) + turns + samples, object)
    turn_of_piece = np.repeat(np.arange(turns), np.diff(piece_starts))
    flat_texts[np.arange(len(pieces.texts)) + turn_of_piece + 1 + sample_of_turn[turn_of_piece]] = pieces.texts
    after = np.array([[close + b"," + role for role in roles] for close in closes], object)
    flat_texts[before_turn] = after[np.roll(parts.role, 1), parts.role]
    first, last = parts.turn_starts[:-1], parts.turn_starts[1:] - 1
    opening = np.array(list(roles), object)[parts.role[first]].tolist()
    flat_texts[before_turn[first]] = [head + role for head, role in zip(heads, opening, strict=True)]
    ends = piece_starts[parts.turn_starts[1:]] + parts.turn_starts[1:] + np.arange(samples)
    closing = np.array(list(closes), object)[parts.role[last]].tolist()
    each_tail = [tails] * samples if isinstance(tails, bytes) else tails
    flat_texts[ends] = [close + tail + b"\n" for close, tail in zip(closing, each_tail, strict=True)]
    return b"".join(flat_texts.tolist()).split(b"\n")[:-1]
