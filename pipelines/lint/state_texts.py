"""What rows of training files ask and answer, as hashes: which say the same, and which contradict each other."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from ...converters import table
from ...converters.sources.chat_rows import MEDIA
from .chats import Chats
from .hits import Ints
from .labels import Labels
from .settings import Settings
from .state import Keyed, Spooled, key_of
from .state_seen import Seen

ROW, SPLIT, OTHER = 1, 2, 3

LONG = 100
"""Characters of an answer from which on two rows do not say the same by chance."""

SHORT_WORDS = 6
_BESIDE = (*MEDIA["video"], *MEDIA["audio"], "system", "tools")
_PLACE = re.compile(r"\d+\D{1,4}\d+\D{1,4}\d+\D{1,4}\d+")
_DENIED = re.compile(
    r"\b(?:no|not|none|nothing|neither|cannot|can't|isn't|aren't|don't|doesn't)\b|\[\s*\]|没有|不|无", re.IGNORECASE
)
_TAGGED = re.compile(r"<ref>.*?</ref>|<\|object_ref_start\|>.*?<\|object_ref_end\|>|'[^']*'|\"[^\"]*\"|\d+", re.DOTALL)


class TextsSeen(Seen):
    """The rows of training files by their pictures and texts. `said` has the first words of every answer by row."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.said = Spooled()
        self.same = Keyed(2)  # pictures, question, answer and split → row, split
        self.asked = Keyed(3)  # pictures and question → row, split, answer; of answers that could contradict
        self.long = Keyed(2)  # question and answer, pictures aside → row, split; of long ones
        self.answers = Keyed(1)  # answer → row
        self.placed = self.denied = self.templates = self.rows_asked = 0
        self.first_placed = self.first_asked = -1
        self.template = 0
        self.words_asked = ""

    def see_chats(self, chats: Chats) -> None:
        """The texts of a batch of rows."""
        rows, splits = self.number(chats), np.array(self.split_numbers(chats), np.int64)
        asked, answered = _texts(chats)
        shown: list[list[str]] = [list(names) for names in chats.elsewhere]
        for record, name, found in zip(chats.media.record.tolist(), chats.media.names, chats.media.found, strict=True):
            shown[record].append(name if found is None else str(found))
            asked[record] = asked[record].replace(name, "")
        self.said.add([text[:60] for text in answered])
        pictures = ["\n".join(names) for names in shown]
        told = np.array([bool(text) for text in answered])
        beside = [_beside(row.value, text) for row, text in zip(chats.rows, asked, strict=True)]
        answer = _keys([text + boxes for text, (_, boxes) in zip(answered, beside, strict=True)])
        question = _keys(
            [f"{names}\0{text}{more}" for names, text, (more, _) in zip(pictures, asked, beside, strict=True)]
        )
        pairs = zip(question.tolist(), answer.tolist(), splits.tolist(), strict=True)
        whole = _keys([f"{one}\0{other}\0{split}" for one, other, split in pairs])
        self.same.add(whole, rows, splits)
        settled = np.array([_settles(text) for text in answered]) & np.array([bool(names) for names in shown])
        self.asked.add(question[settled], rows[settled], splits[settled], answer[settled])
        long = np.array([len(text) >= LONG and not _PLACE.search(text) for text in answered])
        plain = _keys([f"{text}\0{other}" for text, other in zip(asked, answered, strict=True)])
        self.long.add(plain[long], rows[long], splits[long])
        kept = told & np.array([not self.is_against(split) for split in splits.tolist()])
        self.answers.add(answer[kept], rows[kept])
        self._count(chats, asked, answered, rows)

    def see_labels(self, labels: Labels) -> None:
        """Conversations that a source brings along: which are there twice."""
        batch = labels.batch
        record = table.rows(batch, "conversations")
        if not len(record):
            return
        numbers, splits = self.number(labels), np.array(self.split_numbers(labels), np.int64)
        shown: list[list[str]] = [[] for _ in range(len(batch))]
        for of, name in zip(labels.media.record.tolist(), labels.media.names, strict=True):
            shown[of].append(name)
        turns = table.entries(batch, "conversations", "turns").to_pylist()
        said = [msgspec.json.encode(each, enc_hook=str).decode() for each in turns]
        pairs = zip(record.tolist(), said, strict=True)
        keys = _keys(["\0".join([*shown[of], text, str(splits[of])]) for of, text in pairs])
        self.same.add(keys, numbers[record], splits[record])
        if len(self.said) < len(self.places):
            self.said.add([""] * (len(self.places) - len(self.said)))

    def _count(self, chats: Chats, asked: list[str], answered: list[str], rows: Ints) -> None:
        """Which rows show a place, which deny that there is one, and how many ways of asking there are."""
        if rows.size and self.is_against(self.split_numbers(chats)[0]):
            return
        placed = {row for row, text, _ in chats.boxes() if text >= 0 and chats.texts[text].role == "assistant"}
        if placed and self.first_placed < 0:
            self.first_placed = int(rows[min(placed)])
        self.placed += len(placed)
        self.denied += sum(bool(_DENIED.search(text)) for row, text in enumerate(answered) if row not in placed)
        self.rows_asked += len(asked)
        if asked and self.first_asked < 0:
            self.first_asked, self.words_asked = int(rows[0]), asked[0].strip()[:60]
        for text in asked if self.templates < 2 else ():
            key = key_of(_TAGGED.sub("", text))
            if not self.templates or key != self.template:
                self.template, self.templates = key, self.templates + 1

    def in_order(self, groups: Iterator[Ints]) -> list[Ints]:
        """Groups by their first rows; in each, rows of the splits that rank first."""
        ranks = np.array([self.rank(split) for split in range(len(self.splits))])
        ordered = [group[np.argsort(ranks[group[:, SPLIT]], kind="stable")] for group in groups]
        return sorted(ordered, key=lambda group: int(group[0, ROW]))


def _beside(row: dict[str, Any], asked: str) -> tuple[str, str]:
    """What beside the turns of a row belongs to its question, and what to its answer, as ms-swift's boxes do."""
    objects = row.get("objects")
    names = objects.get("ref") if isinstance(objects, dict) and "<ref-object>" in asked else None
    others = {key: row[key] for key in _BESIDE if row.get(key)}
    return _written({"ref": names, **others} if names else others), _written(objects)


def _written(said: Any) -> str:
    return "\0" + msgspec.json.encode(said, enc_hook=str, order="deterministic").decode() if said else ""


def _settles(answer: str) -> bool:
    """Whether another answer to the same question would contradict this one: a few words, or a place."""
    return (0 < answer.count(" ") + 1 <= SHORT_WORDS and bool(answer.strip())) or bool(_PLACE.search(answer))


def _texts(chats: Chats) -> tuple[list[str], list[str]]:
    """What is asked and what is answered in every row, turns joined."""
    asked: list[list[str]] = [[] for _ in chats.rows]
    answered: list[list[str]] = [[] for _ in chats.rows]
    for text in chats.texts:
        (answered if text.role == "assistant" else asked)[text.row].append(text.words)
    return ["\n".join(each) for each in asked], ["\n".join(each) for each in answered]


def _keys(texts: list[str]) -> Ints:
    return np.array([key_of(text) for text in texts], np.int64)
