"""A label that is nearly another.

What
    Over the whole file: a box's words stand there once or twice, and differ by one letter from words that stand
    there often.

Why it hurts training
    A slip of the keyboard is a class of its own to a language model, with one example.

Example
    `bycicle` once, `bicycle` 400 times

Instead
    Correct it, if it is a slip.

Fix safety
    None is offered: a rare word may be right.

Sources
    TensorFlow Data Validation (ENUM_TYPE_UNEXPECTED_STRING_VALUES: values outside the known words); the threshold
    is mmdata's own.

"""

from collections import Counter
from collections.abc import Iterator

from ..chats import Chats
from ..hits import Located
from ..settings import Settings

RARE, COMMON, SHORTEST, LONGEST = 2, 20, 5, 40
"""Counts of a rare word at most and of a common one at least; letters of the shortest and longest of them."""
HELD = 100_000
"""Different words that are counted; what comes later is not."""


class _Words:
    """How often each label stands in the file, and where it stood first."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.first: dict[str, tuple[str, str]] = {}

    def see_chats(self, chats: Chats) -> None:
        """A batch of rows goes by."""
        for _, text, spot in chats.boxes():
            label = spot.label
            if label is None or len(label) > LONGEST or (label not in self.counts and len(self.counts) >= HELD):
                continue
            if label not in self.counts and text >= 0:
                self.first[label] = (chats.file, chats.texts[text].at)
            self.counts[label] += 1

    def finish(self) -> Iterator[Located]:
        """Rare words that are one letter from a common one."""
        common = [word for word, count in self.counts.items() if count >= COMMON and len(word) >= SHORTEST]
        shorter: dict[str, str] = {}
        for word in common:
            for key in _without_a_letter(word):
                shorter.setdefault(key, word)
        for word, count in self.counts.items():
            if count > RARE or len(word) < SHORTEST or word not in self.first:
                continue
            near = next((shorter[key] for key in _without_a_letter(word) if key in shorter), None)
            if near is not None and near != word and not _declined(word, near):
                file, at = self.first[word]
                said = f"{word!r} stands here {count} times, {near!r} {self.counts[near]} times"
                yield Located(file, at, word, said)


def _without_a_letter(word: str) -> list[str]:
    """The word, and the word without each of its letters: two that differ by one letter share one."""
    return [word, *(word[:at] + word[at + 1 :] for at in range(len(word)))]


def _declined(word: str, near: str) -> bool:
    """Whether one is the other's plural, or they are numbered, or differ by case: then both are meant."""
    if word.rstrip("s") == near.rstrip("s") or word.casefold() == near.casefold():
        return True
    return any(letter.isdigit() for letter in word + near)


def start(_settings: Settings) -> _Words:
    """Nothing seen yet."""
    return _Words()
