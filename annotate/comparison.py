"""Two opinions on one task, compared: which things are the same, which answers, how alike the texts.

Things are the same when they are on one page, have one label and overlap enough. At each bound the pairs are chosen so
that there are as many as can be, and of those choices the one that overlaps most: no order of drawing, and nobody's
being first, changes a figure. What was taken for what is found across labels, at the lowest bound: again as many pairs
as can be, and of those choices the one with most pairs of one label, so that who agrees wholly is confused in nothing.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .assignment import Weights, best_pairs
from .edit_distance import likeness
from .opinions import Opinion, Thing
from .overlap import overlap

BOUNDS = (0.5, 0.75, 0.9)
"""The overlaps (IoU) from which two things are the same: COCO's two, and one for labels that must fit."""

_NOTHING = ""


@dataclass(slots=True)
class OfLabel:
    """The things of one label: how many each drew, the pairs at each bound, the overlaps of those at the first."""

    one: int = 0
    other: int = 0
    pairs: list[int] = field(default_factory=lambda: [0] * len(BOUNDS))
    overlaps: list[float] = field(default_factory=list[float])


@dataclass(slots=True)
class Comparison:
    """What two opinions on a task have in common.

    `taken_for` counts (label of the one, label of the other) of things at one place, "" for nothing there. `answers`
    and `texts` hold, by control, both answers to each thing asked, and how alike two texts are.
    """

    labels: dict[str, OfLabel] = field(default_factory=dict[str, OfLabel])
    taken_for: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    answers: dict[str, list[tuple[str, str]]] = field(default_factory=dict[str, list[tuple[str, str]]])
    texts: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    @property
    def score(self) -> float | None:
        """The worst of its measures, from 0 to 1: F1 at the first bound, share of equal answers, likeness of texts.

        None where neither said anything that is compared.
        """
        measures = [f1(self.things)] if self.labels else []
        if self.answers:
            pairs = [pair for each in self.answers.values() for pair in each]
            measures.append(sum(one == other for one, other in pairs) / len(pairs))
        if self.texts:
            told = [each for likenesses in self.texts.values() for each in likenesses]
            measures.append(sum(told) / len(told))
        return min((each for each in measures if each is not None), default=None)

    @property
    def things(self) -> OfLabel:
        """All labels together."""
        return together(self.labels.values())


def together(labels: Iterable[OfLabel]) -> OfLabel:
    """The sum of several labels' figures."""
    whole = OfLabel()
    for each in labels:
        add(whole, each)
    return whole


def add(whole: OfLabel, part: OfLabel) -> None:
    """Put the figures of `part` to those of `whole`."""
    whole.one += part.one
    whole.other += part.other
    whole.pairs = [one + other for one, other in zip(whole.pairs, part.pairs, strict=True)]
    whole.overlaps += part.overlaps


def f1(things: OfLabel, bound: int = 0) -> float | None:
    """2 · pairs / (things of the one + things of the other) at a bound by its number; None where nobody drew any."""
    drawn = things.one + things.other
    return 2 * things.pairs[bound] / drawn if drawn else None


def compare(one: Opinion, other: Opinion) -> Comparison:
    """Compare two opinions on the same task; with the two exchanged, the same figures the other way round."""
    found = Comparison()
    for page in {thing.page for each in (one, other) for thing in each.things}:
        ours, theirs = ([thing for thing in each.things if thing.page == page] for each in (one, other))
        turned = [_key(each) for each in ours] > [_key(each) for each in theirs]
        _compare_things(found, *((theirs, ours) if turned else (ours, theirs)), turned=turned)
    _compare_said(found, one.answers, other.answers, one.texts, other.texts)
    return found


def _key(thing: Thing) -> tuple[object, ...]:
    return (thing.label, *thing.shape.key(), sorted(thing.answers.items()), sorted(thing.texts.items()))


def _compare_things(found: Comparison, ours: list[Thing], theirs: list[Thing], *, turned: bool) -> None:
    ours, theirs = sorted(ours, key=_key), sorted(theirs, key=_key)
    overlaps = np.array([[overlap(a.shape, b.shape) for b in theirs] for a in ours]).reshape(len(ours), len(theirs))
    same = np.array([[a.label == b.label for b in theirs] for a in ours], dtype=bool).reshape(overlaps.shape)
    for things, side in ((ours, "other" if turned else "one"), (theirs, "one" if turned else "other")):
        for thing in things:
            of_label = found.labels.setdefault(thing.label, OfLabel())
            setattr(of_label, side, getattr(of_label, side) + 1)
    for number, bound in enumerate(BOUNDS):
        for i, j in most_pairs(np.where(same, overlaps, 0.0), bound):
            of_label = found.labels[ours[i].label]
            of_label.pairs[number] += 1
            if not number:
                of_label.overlaps.append(float(overlaps[i, j]))
    _take_for(found, ours, theirs, most_pairs(overlaps, BOUNDS[0], same), turned)


def most_pairs(overlaps: Weights, bound: float, same: NDArray[np.bool_] | None = None) -> list[tuple[int, int]]:
    """As many pairs as there can be with an overlap of at least `bound`; of those the ones that overlap most.

    With `same`, of those first the ones with most pairs that are marked in it.
    """
    above = min(overlaps.shape, default=0) + 1.0  # more than all overlaps together
    preferred = overlaps if same is None else overlaps + above * same
    return best_pairs(np.where(overlaps >= bound, preferred + above * (above + 1), 0.0))


def _take_for(
    found: Comparison, ours: list[Thing], theirs: list[Thing], pairs: list[tuple[int, int]], turned: bool
) -> None:
    """Note what was taken for what, and compare what was said of each thing that both drew."""
    alone = [
        [index for index, _ in enumerate(things) if index not in {pair[side] for pair in pairs}]
        for side, things in enumerate((ours, theirs))
    ]
    both = [(ours[i].label, theirs[j].label) for i, j in pairs]
    both += [(ours[i].label, _NOTHING) for i in alone[0]] + [(_NOTHING, theirs[j].label) for j in alone[1]]
    found.taken_for.update((other, one) if turned else (one, other) for one, other in both)
    for i, j in pairs:
        a, b = (theirs[j], ours[i]) if turned else (ours[i], theirs[j])
        _compare_said(found, a.answers, b.answers, a.texts, b.texts)


def _compare_said(
    found: Comparison, ours: dict[str, str], theirs: dict[str, str], texts: dict[str, str], others: dict[str, str]
) -> None:
    """What only one of the two answered is compared with no answer."""
    for control in sorted({*ours, *theirs}):
        found.answers.setdefault(control, []).append((ours.get(control, _NOTHING), theirs.get(control, _NOTHING)))
    for control in sorted({*texts, *others}):
        found.texts.setdefault(control, []).append(likeness(texts.get(control, ""), others.get(control, "")))
