"""Questions gathered by picture, their answers joined by id, without an object a question.

Files name pictures in any order and answers after or before their questions, so all is held until the files end: each
text once, and some 60 bytes a question and 8 an answer beside them. VQAv2's training set takes about 250 MB.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..records import Question
from .gathered import Interned
from .vqa_entries import Answers, Asked


class Placed(NamedTuple):
    """The questions of one picture, and the place of the first of them."""

    image: str | int
    at: str
    questions: list[Question]


@dataclass(slots=True)
class Gathered:
    """All questions in order, each with the number of its picture, and all answers by the question's id."""

    heads: Interned = field(default_factory=Interned)  # what stands before the number in a place
    images: dict[str | int, int] = field(default_factory=dict[str | int, int])
    texts: Interned = field(default_factory=Interned)
    rows: "array[int]" = field(default_factory=lambda: array("q"))  # picture, head, place, text, answers a question
    given: "array[int]" = field(default_factory=lambda: array("i"))  # text, votes an answer
    edges: "array[int]" = field(default_factory=lambda: array("q", [0]))
    questions: dict[str, int] = field(default_factory=dict[str, int])
    answered: dict[str, int] = field(default_factory=dict[str, int])
    keys: list[str] = field(default_factory=list[str])

    def add(self, asked: Asked, at: str) -> bool:
        """Take a question; False where its id was there before."""
        number = len(self.keys)
        if asked.key and self.questions.setdefault(asked.key, number) != number:
            return False
        head, place = _split(at)
        image = self.images.setdefault(asked.image, len(self.images))
        answers = self._answers(asked.answers) if asked.answers else -1
        self.rows.extend((image, self.heads.number(head), place, self.texts.number(asked.question), answers))
        self.keys.append(asked.key)
        return True

    def answer(self, key: str, answers: Answers) -> bool:
        """Take the answers to the question of that id; False where there were some before."""
        if key in self.answered:
            return False
        self.answered[key] = self._answers(answers)
        return True

    def _answers(self, answers: Answers) -> int:
        for text, votes in answers:
            self.given.extend((self.texts.number(text), votes))
        self.edges.append(len(self.given) // 2)
        return len(self.edges) - 2

    def by_picture(self) -> Iterator[Placed]:
        """The questions of each picture in their order, the pictures in that of their first questions."""
        rows = np.frombuffer(self.rows, np.int64).reshape(-1, 5) if self.rows else np.zeros((0, 5), np.int64)
        order = np.argsort(rows[:, 0], kind="stable")
        edges = np.searchsorted(rows[order, 0], np.arange(len(self.images) + 1))
        texts, heads = self.texts.texts(), self.heads.texts()
        for number, image in enumerate(self.images):
            chosen = order[edges[number] : edges[number + 1]].tolist()
            questions = [self._question(row, texts, heads) for row in chosen]
            yield Placed(image, questions[0].at, questions)

    def _question(self, row: int, texts: list[str], heads: list[str]) -> Question:
        _, head, place, text, own = self.rows[5 * row : 5 * row + 5]
        answers = own if own >= 0 else self.answered.get(self.keys[row], -1)
        return Question(_joined(heads[head], place), texts[text], self._said(answers, texts))

    def _said(self, answers: int, texts: list[str]) -> list[tuple[str, int]]:
        if answers < 0:
            return []
        first, last = self.edges[answers], self.edges[answers + 1]
        return [(texts[self.given[2 * at]], self.given[2 * at + 1]) for at in range(first, last)]


def _split(at: str) -> tuple[str, int]:
    """`/questions/12` as (`/questions/`, 12), `12:1` as (`:1`, 12); anything else whole, with -1."""
    line, colon, column = at.partition(":")
    if colon and line.isascii() and line.isdigit():
        return f":{column}", int(line)
    head, slash, number = at.rpartition("/")
    plain = number.isascii() and number.isdigit() and (number == "0" or number[0] != "0") and len(number) < 18
    return (head + slash, int(number)) if plain else (at, -1)


def _joined(head: str, place: int) -> str:
    if place < 0:
        return head
    return f"{place}{head}" if head.startswith(":") else f"{head}{place}"
