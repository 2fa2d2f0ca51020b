"""Words: what records say in sentences, so that records that say the same can be found whatever they show.

`asked` is what stands to the model's credit nowhere (users' turns, questions), `answered` what it is trained to say
(captions, answers, its own turns). A system's turn is left out: it is the same in all. A box in a turn stands as its
numbers. `beside` is all else that a record says, objects and phrases, as a hash: words are compared among records that
agree in it, else a caption in common would cost another picture its boxes.
"""

import re
import unicodedata
from hashlib import blake2b
from typing import Any, NamedTuple

import pyarrow as pa

from ...converters.table import boxes, entries, rows

_SPACE = re.compile(r"\s+")
_SIDES = ("x1", "y1", "x2", "y2")


class Words(NamedTuple):
    """What one record says, plain; `shown` are the paths of its media, `beside` is a hash of 16 bytes."""

    asked: str
    answered: str
    shown: str
    beside: bytes


def plain(text: str) -> str:
    """A text without what people do not read as a difference: case, kinds of white space, forms of one character."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def words(batch: pa.RecordBatch) -> list[Words]:
    """The words of every record of a batch of the annotation table."""
    asked: list[list[str]] = [[] for _ in range(len(batch))]
    answered: list[list[str]] = [[] for _ in range(len(batch))]
    shown: list[list[str]] = [[] for _ in range(len(batch))]
    beside = _beside(batch)
    for row, text in zip(rows(batch, "captions").tolist(), entries(batch, "captions", "text").to_pylist(), strict=True):
        answered[row].append(text)
    for row, entry in _listed(batch, "questions"):
        asked[row].append(entry["question"])
        answered[row] += [each["text"] for each in entry["answers"] or ()]
    for row, entry in _listed(batch, "conversations"):
        for turn in entry["turns"]:
            if turn["role"] != "system":
                (asked if turn["role"] == "user" else answered)[row].append(_said(turn["parts"]))
    for row, path in zip(rows(batch, "media").tolist(), entries(batch, "media", "path").to_pylist(), strict=True):
        shown[row].append(path)
    return [
        Words(plain("\n".join(asked[row])), plain("\n".join(answered[row])), "\n".join(shown[row]), beside[row])
        for row in range(len(batch))
    ]


def _listed(batch: pa.RecordBatch, column: str) -> list[tuple[int, dict[str, Any]]]:
    return list(zip(rows(batch, column).tolist(), batch.column(column).flatten().to_pylist(), strict=True))


def _said(parts: list[dict[str, Any]]) -> str:
    """A turn as text, a picture as nothing, a place as its numbers."""
    told = (
        (each["text"] or "") + (" ".join(f" {each[side]:.0f}" for side in _SIDES) if _placed(each) else "")
        for each in parts
    )
    return " ".join(told)


def _placed(part: dict[str, Any]) -> bool:
    return part["kind"] in ("box", "quad", "point")


def _beside(batch: pa.RecordBatch) -> list[bytes]:
    said: list[list[str]] = [[] for _ in range(len(batch))]
    labels, texts = (entries(batch, "objects", name).to_pylist() for name in ("label", "text"))
    corners = boxes(batch).round(2).tolist()
    for row, thing in zip(rows(batch, "objects").tolist(), zip(labels, texts, corners, strict=True), strict=True):
        said[row].append(repr(thing))
    for row, entry in _listed(batch, "phrases"):
        said[row].append(repr((entry["text"], entry["objects"])))
    return [blake2b("\n".join(sorted(each)).encode("utf-8", "surrogatepass"), digest_size=16).digest() for each in said]
