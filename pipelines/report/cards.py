"""Cards: which pictures a report shows, with the boxes that their rows say; and how often every label was said.

One pass over all rows, in any order: labels are counted, and of the pictures those with the smallest hashes of their
names are kept with all that is said about them. That is a fair choice, the same at every run, in bounded memory.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from ...converters.targets.protocol import PLAIN, Decoded, RenderOptions, Target
from .out import Manifest, rows


@dataclass
class Card:
    """The rows about one picture, or about the same several: `names` as the rows name them."""

    split: str
    names: tuple[str, ...]
    rows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    options: RenderOptions = PLAIN

    def said(self, target: Target) -> Iterator[tuple[str, str]]:
        """Every turn of every row: who, and the text as it was emitted."""
        for row in self.rows:
            yield from target.turns(row)

    def embedded(self, target: Target) -> list[bytes] | None:
        """The bytes of the pictures where they lie inside the rows, in the order of `names`; None where they do not."""
        read = getattr(target, "embedded", None)
        return read(self.rows[0]) if read else None

    def boxes(self, target: Target, media: int, size: tuple[int, int]) -> list[Decoded]:
        """The boxes on one of the pictures, in pixels of its upright view of that `size`, each once.

        The others are given the same size: boxes on them are decoded and dropped.
        """
        sizes = [size] * len(self.names)
        read = (target.decode(row, sizes, self.options) for row in self.rows)
        decoded = [box for boxes in read for box in boxes if box.media == media]
        return list({(box.label, box.box): box for box in reversed(decoded)}.values())[::-1]


@dataclass
class Chosen:
    """What the pass over the rows found: the cards to show, and how many boxes stand under which words."""

    cards: list[Card] = field(default_factory=list[Card])
    labels: Counter[str] = field(default_factory=Counter[str])
    boxes: int = 0


def choose(out: Path, manifest: Manifest, target: Target, pictures: int) -> Chosen:
    """About `pictures` cards, shared among the splits by their size.

    At least one of each split that is not empty; none at all when `pictures` is 0.
    """
    chosen = Chosen()
    total = sum(split.samples for split in manifest.splits.values())
    for name, split in manifest.splits.items():
        if split.samples:
            share = min(pictures, max(1, round(pictures * split.samples / total)))
            cards = _smallest(name, _count(rows(out, manifest, name), target, chosen), target, share)
            chosen.cards += [replace(card, options=manifest.render_options()) for card in cards]
    return chosen


def _count(stream: Iterable[dict[str, Any]], target: Target, chosen: Chosen) -> Iterator[dict[str, Any]]:
    for row in stream:
        for box in target.decode(row, [(1, 1)] * len(target.pictures(row))):
            chosen.boxes += 1
            chosen.labels[box.label or "(no words)"] += 1
        yield row


def _smallest(split: str, stream: Iterable[dict[str, Any]], target: Target, wanted: int) -> list[Card]:
    """The cards with the `wanted` smallest ranks, in the order of the data.

    A rank that was pushed out never comes back, since the largest that is kept only falls: so every card is whole.
    """
    kept: dict[tuple[bytes, tuple[str, ...]], Card] = {}
    for row in stream:
        names = tuple(target.pictures(row))
        rank = (_hash(names), names)
        if rank not in kept:
            if len(kept) == wanted and (not kept or rank > max(kept)):
                continue
            if len(kept) == wanted:
                del kept[max(kept)]
            kept[rank] = Card(split, names)
        kept[rank].rows.append(row)
    return list(kept.values())


def _hash(names: tuple[str, ...]) -> bytes:
    """Of the last parts of the names alone: another folder, or another machine, chooses the same pictures."""
    return sha256("\n".join(PurePosixPath(name).name for name in names).encode("utf-8", "surrogatepass")).digest()
