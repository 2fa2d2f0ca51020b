"""One entry of a VQA file: its id, its picture, its question and its answers with their votes; under whatever names.

The names are those of the data sets that `vqa.py` lists. Answers are counted as texts, outer white space aside, and
keep the order in which they were first given.
"""

from typing import Any, Final, NamedTuple, cast

from .object_error import ObjectError
from .text_lines import shortened

ID_KEYS: Final = ("question_id", "questionId", "qid", "id")
QUESTION_KEYS: Final = ("question", "query", "text")
IMAGE_KEYS: Final = (
    "image",
    "image_path",
    "file_name",
    "filename",
    "image_name",
    "imgname",
    "img",
    "image_id",
    "imageId",
)
ANSWER_KEYS: Final = ("answers", "direct_answers", "answer", "label", "multiple_choice_answer")
_OF_ONE_PERSON: Final = ("answer", "text", "raw_answer")

Answers = tuple[tuple[str, int], ...]


class Asked(NamedTuple):
    """A question. `image` is a name or a number; `key` joins it with its answers, "" where the entry has no id."""

    key: str
    image: str | int
    question: str
    answers: Answers


def read_question(entry: object, at: str, key: str = "") -> Asked:
    """The question of an entry. Raises `ObjectError` where it is no object, or has no question or no picture.

    An entry that is a list is (question, answer, number of the picture), as easy-VQA writes it; `key` is the entry's
    own where it is the member of an object, as in GQA.
    """
    fields: object = entry
    if isinstance(entry, list):
        if len(entry) != 3:
            raise ObjectError("AN004", at, shortened(entry), "a question as a list has three entries")
        fields = dict(zip(("question", "answer", "image_id"), entry, strict=True))
    if not isinstance(fields, dict):
        raise ObjectError("AN004", at, shortened(entry), "the question is no object")
    return _asked(cast("dict[str, Any]", fields), at, key)


def _asked(entry: dict[str, Any], at: str, key: str) -> Asked:
    name, question = _first(entry, QUESTION_KEYS)
    if not isinstance(question, str) or not question.strip():
        raise ObjectError("AN023", f"{at}/{name}", _shown(question), "there is no question")
    return Asked(key or key_of(entry), _image(entry, at), question.strip(), answers_of(entry, at))


def key_of(entry: dict[str, Any]) -> str:
    """What joins a question with its answers, as text: 7 and "7" are one id. "" where there is none."""
    _, value = _first(entry, ID_KEYS)
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def answers_of(entry: dict[str, Any], at: str, *, alone: bool = False) -> Answers:
    """The answers of an entry, counted; none is no fault. `alone`: an entry without a question, whose text is one.

    `multiple_choice_answer` counts only where there are no others: VQAv2 makes it of them, and others fill it with
    the first. Raises `ObjectError` (AN004) for an answer that is no text and no number.
    """
    name, said = _first(entry, (*ANSWER_KEYS, "text") if alone else ANSWER_KEYS)
    votes: dict[str, int] = {}
    for number, one in enumerate(said if isinstance(said, list) else [said]):
        text = _first(one, _OF_ONE_PERSON)[1] if isinstance(one, dict) else one
        if not isinstance(text, str):
            text = _text(text, f"{at}/{name}/{number}" if isinstance(said, list) else f"{at}/{name}")
        if text := text.strip():
            votes[text] = votes.get(text, 0) + 1
    return tuple(votes.items())


def _text(value: object, at: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ObjectError("AN004", at, shortened(value), "the answer is no text and no number")
    return str(value)


def _image(entry: dict[str, Any], at: str) -> str | int:
    name, value = _first(entry, IMAGE_KEYS)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise ObjectError("AN023", f"{at}/{name}", _shown(value), "the question names no picture")


def _shown(value: object) -> str | None:
    return None if value is None else shortened(value)


def _first(entry: dict[str, Any], keys: tuple[str, ...]) -> tuple[str, Any]:
    """The first of the keys that has a value, and that; the first key and None where none has."""
    for key in keys:
        value = entry.get(key)
        if value or value == 0:  # as every answer passes here, no generator
            return key, value
    return keys[0], None
