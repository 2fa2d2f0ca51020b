"""How far apart two texts are: the least number of characters to put in, take out or exchange (Levenshtein).

Bit-parallel (Myers 1999, as Hyyrö 2003 writes it): a column of the table is two whole numbers, so that a page of text
costs a thousand additions, not a million comparisons.
"""

from unicodedata import normalize


def edit_distance(one: str, other: str) -> int:
    """Characters (code points) to change; symmetric, 0 only for equal texts."""
    if one == other or not one or not other:
        return 0 if one == other else max(len(one), len(other))
    masks: dict[str, int] = {}
    for index, character in enumerate(one):
        masks[character] = masks.get(character, 0) | 1 << index
    every, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    plus, minus, distance = every, 0, len(one)
    for character in other:
        mask = masks.get(character, 0)
        diagonal = (((mask & plus) + plus) ^ plus) | mask | minus
        up, down = minus | (every & ~(diagonal | plus)), plus & diagonal
        distance += bool(up & last) - bool(down & last)
        up, down = (up << 1 | 1) & every, down << 1 & every
        plus, minus = down | (every & ~(diagonal | up)), up & diagonal
    return distance


def likeness(one: str, other: str) -> float:
    """1 - distance / length of the longer, from 0 to 1; 1 for two empty texts.

    Accented letters count once, however they are composed (NFC); white space at the ends and its kind do not count.
    """
    first, second = (" ".join(normalize("NFC", text).split()) for text in (one, other))
    longest = max(len(first), len(second))
    return 1 - edit_distance(first, second) / longest if longest else 1.0
