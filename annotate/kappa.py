"""Agreement on categories beyond chance: Cohen's kappa for two people, Fleiss' for any number.

Both are (observed - expected) / (1 - expected). Cohen (1960) expects what each of two people's own habits would give;
Fleiss (1971) what the habits of all together would, and is written here for items with different numbers of answers
(each item weighs the same), which for equal numbers is his formula. Kappa has no value where chance alone gives full
agreement, as when everybody always says the same one thing: None then, never 1.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from fractions import Fraction


def cohen(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Cohen's kappa of the two answers to each item; None without items or where chance explains all."""
    if not pairs:
        return None
    total = len(pairs)
    observed = Fraction(sum(one == other for one, other in pairs), total)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    expected = Fraction(sum(count * second[answer] for answer, count in first.items()), total * total)
    return _beyond(observed, expected)


def fleiss(items: Sequence[Sequence[Hashable]]) -> float | None:
    """Fleiss' kappa of the answers to each item; items with fewer than two answers say nothing and are passed over."""
    several = [answers for answers in items if len(answers) > 1]
    if not several:
        return None
    observed = Fraction(0)
    shares: dict[Hashable, Fraction] = {}
    for answers in several:
        number = len(answers)
        for answer, count in Counter(answers).items():
            observed += Fraction(count * (count - 1), number * (number - 1))
            shares[answer] = shares.get(answer, Fraction(0)) + Fraction(count, number)
    total = len(several)
    expected = sum(((share / total) ** 2 for share in shares.values()), Fraction(0))
    return _beyond(observed / total, expected)


def _beyond(observed: Fraction, expected: Fraction) -> float | None:
    return None if expected == 1 else float((observed - expected) / (1 - expected))
