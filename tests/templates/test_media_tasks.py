"""The tasks about films and sounds: what is asked and answered, what each part is, and what cannot be asked."""

from typing import Any

import pytest
from mmdata.converters.records import Caption, Media, Object, Record, batches
from mmdata.converters.templates.exchanges import Exchanges, to_conversations
from mmdata.converters.templates.scene import Asking, Scene
from mmdata.converters.templates.tasks import MAKERS
from mmdata.converters.templates.tasks_media import seconds
from mmdata.converters.templates.wordings import load_wordings
from mmdata.schemas.box import Box
from mmdata.schemas.conversation import KINDS

NOWHERE = Box(0.0, 0.0, 0.0, 0.0)


def span(label: str, start: float, end: float, text: str | None = None) -> Object:
    return Object("/o", label, NOWHERE, start=start, end=end, text=text)


SOUND = Record(
    "s", "f", "/0", [Media("a.wav", kind="audio", duration=9.0)],
    [span("b", 3, 4.25, "later"), span("a", 0, 1, "first"), span("a", 1.01, 2), span("a", 5, 6)],
)  # fmt: skip
FILM = Record("v", "f", "/1", [Media("a.mp4", kind="video")], [span("a", 1 / 3, 2)], [Caption("/c", "A street.")])
PICTURE = Record("p", "f", "/2", [Media("a.png", 9, 9)], [Object("/o", "a", Box(0, 0, 5, 5), text="sign")])
TWO = Record("t", "f", "/3", [Media("a.mp4", kind="video"), Media("b.mp4", kind="video")], [span("a", 0, 1, "x")])


def asked(task: str, *records: Record, lang: Any = "en") -> tuple[dict[str, list[list[str]]], Any]:
    """Question and answer of each turn by sample, media in angle brackets; and what was unfit."""
    batch = next(batches(records))
    made = MAKERS[task](Scene(batch, Asking(load_wordings(lang))))
    assert isinstance(made, Exchanges)
    rows = to_conversations(made, batch).to_pylist()
    return {
        row["id"]: ["".join(part["text"] or f"<{part['kind']}>" for part in turn["parts"]) for turn in row["turns"]]
        for row in rows
    }, made.unfit


def test_what_is_said_is_written_down_in_the_order_of_time() -> None:
    said, unfit = asked("transcribe", SOUND, FILM, PICTURE, TWO)
    assert list(said) == ["s-transcribe"]
    question, answer = said["s-transcribe"]
    assert question.startswith("<audio>") and answer == "first\nlater"
    assert sorted(unfit) == [2, 3, 4, 5, 6]
    assert unfit[5][1].startswith("it is in a picture") and unfit[6][1].startswith("the record has several")


def test_each_span_is_heard_by_itself() -> None:
    said, _ = asked("hear", SOUND)
    turns = said["s-hear"]
    assert turns[1::2] == ["first", "later"]
    assert "0" in turns[0] and "1" in turns[0] and "4.25" in turns[2] and "<audio>" not in turns[2]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_when_a_label_is_there(lang: str) -> None:
    said, _ = asked("when", SOUND, FILM, lang=lang)
    answers = dict(zip(["b", "a"], said["s-when"][1::2], strict=True))
    apart = {"en": ("3 to 4.25", "0 to 2, 5 to 6"), "zh": ("3到4.25", "0到2、5到6")}[lang]
    assert sorted(answers.values()) == sorted(apart)  # spans that touch are one
    assert said["v-when"][1] == {"en": "0.33 to 2", "zh": "0.33到2"}[lang]


def test_films_and_sounds_stand_as_what_they_are_and_are_called_so() -> None:
    batch = next(batches([FILM, PICTURE]))
    made = MAKERS["caption"](Scene(batch, Asking(load_wordings("en"))))
    assert isinstance(made, Exchanges)
    parts = to_conversations(made, batch).to_pylist()[0]["turns"][0]["parts"]
    assert parts[0]["kind"] == "video" in KINDS
    assert "film" in parts[1]["text"] or "video" in parts[1]["text"]


@pytest.mark.parametrize(("time", "shown"), [(0.0, "0"), (10.0, "10"), (1.5, "1.5"), (0.333, "0.33"), (100.0, "100")])
def test_seconds_are_short(time: float, shown: str) -> None:
    assert seconds(time) == shown
