"""Which files a VQA set is: the questions, and the answers where they stand apart."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from ..json_stream import stream
from ..json_top import top_level
from ..sendable import sendable
from .beside import is_pipe
from .json_rows import JsonRow, first_row, json_members, json_rows
from .vqa_entries import ANSWER_KEYS, IMAGE_KEYS, QUESTION_KEYS

Kind = Literal["questions", "answers", "both"]

_LISTS = ("questions", "data", "annotations")
_ENDINGS = (".json", ".jsonl", ".ndjson")
_LOOKED_AT = 50
_LABEL_STUDIO = {"annotator", "lead_time"}
_RENAMED = (("", ""), ("_OpenEnded_", "_"), ("_", "_OpenEnded_"))


class Files(NamedTuple):
    """The file of the questions, which may hold their answers, and that of the answers."""

    questions: Path
    answers: Path | None


def kind_of(path: Path) -> tuple[Kind, str] | None:
    """What a file holds, and by what that is seen; None when it is no VQA. Reads its head only, never raises."""
    if path.is_dir():
        return None
    keys = top_level(path) or {}
    if "questions" in keys and '"question"' in keys["questions"]:
        return ("both" if "annotations" in keys else "questions"), "'questions' with a 'question' each"
    if "annotations" in keys and '"question_id"' in keys["annotations"] and "images" not in keys:
        return "answers", "'annotations' with a 'question_id' each"
    if "data" in keys and '"question"' in keys["data"] and '"image' in keys["data"]:
        return "both", "'data' with a 'question' and an image each"
    row = first_row(path)
    if isinstance(row, dict) and row and all(isinstance(each, dict) for each in row.values()):
        row = next(iter(row.values()))  # GQA, all on one line
    return _kind_of_row(row)


def _kind_of_row(row: Any) -> tuple[Kind, str] | None:
    if isinstance(row, list):
        known = len(row) == 3 and isinstance(row[0], str) and isinstance(row[1], str) and isinstance(row[2], int)
        return ("both", "lists of question, answer and number of the picture") if known else None
    if not isinstance(row, dict) or "response" in row or row.keys() >= _LABEL_STUDIO:
        return None
    asked, shown = _has(row, ("question", "query")), _has(row, IMAGE_KEYS)
    if asked and shown and _has(row, ANSWER_KEYS):
        return "both", f"{asked!r}, {shown!r} and answers in every entry"
    if "question_id" not in row and not (asked and "questionId" in row):
        return None
    if shown and _has(row, QUESTION_KEYS):
        return "questions", "a question with an id and a picture in every entry"
    return ("answers", "a 'question_id' with an answer in every entry") if _has(row, (*ANSWER_KEYS, "text")) else None


def _has(row: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((key for key in keys if key in row), None)


def find_files(path: Path, questions: Path | None, answers: Path | None) -> Files:
    """The files to read. Raises `InputError` where there is no file of questions, or none of their answers.

    A folder gives those in it; a file of questions alone is answered by the file beside it whose name is its own with
    "annotations" for "questions" (VQAv2: without "OpenEnded_"), or by `answers`.
    """
    for file in (path, questions, answers):
        if file is not None and not file.exists():
            raise InputError(str(file), "there is no such file or folder", "Check the path.")
    if path.is_dir():
        return _in_folder(path, questions, answers)
    kind = (kind_of(path) or ("both", ""))[0]
    if kind == "answers" and answers is None and questions is None:
        questions = _partner(path, "annotations", ("questions",))
        if questions is None:
            raise InputError(str(path), "these are answers, without their questions", "Name the file with --questions.")
        return Files(questions, path)
    if kind == "answers" and questions is not None:
        return Files(questions, answers or path)
    if kind == "questions" and answers is None:
        answers = _partner(path, "questions", ("annotations", "answers"))
        if answers is None:
            fact = "these are questions, without their answers"
            raise InputError(str(path), fact, "Name the file of the answers with --annotations.")
    return Files(questions or path, answers)


def asking_in(folder: Path) -> list[Path]:
    """The files of questions that stand in a folder itself."""
    return [file for file, kind in _known(folder).items() if kind != "answers"]


def _known(folder: Path) -> dict[Path, Kind]:
    files = [file for file in sorted(folder.iterdir()) if file.suffix.lower() in _ENDINGS and not is_pipe(file)]
    return {file: kind[0] for file in files[:_LOOKED_AT] if (kind := kind_of(file))}


def _in_folder(folder: Path, questions: Path | None, answers: Path | None) -> Files:
    asking = [questions] if questions else asking_in(folder)
    if len(asking) == 1:
        return find_files(asking[0], None, answers)
    names = ", ".join(file.name for file in _known(folder)) or "no VQA file"
    fact = f"is a folder; in it: {names}"
    raise InputError(str(folder), fact, "Name the file of the questions, and with --annotations that of their answers.")


def _partner(path: Path, own: str, others: tuple[str, ...]) -> Path | None:
    """The file beside it that is named as VQAv2 and its heirs name theirs."""
    for other in others:
        for old, new in _RENAMED:
            beside = path.with_name(path.name.replace(old, new, 1).replace(own, other))
            if beside != path and beside.is_file() and kind_of(beside):
                return beside
    return None


def rows_of(path: Path, accounting: Accounting) -> Iterator[JsonRow]:
    """The entries of a file with their places; the lists `questions`, `data` and `annotations` of an object are these.

    Raises as `json_rows` does, and where an object has none of the lists and is no GQA.
    """
    keys = top_level(path) or {}
    lists = [key for key in _LISTS if keys.get(key, "").startswith("[")]
    if not lists:
        by_id = next(iter(keys.values()), "").startswith("{")
        yield from json_members(path, accounting) if by_id else json_rows(path, accounting)
        return
    for chunk in stream(path, dict.fromkeys(lists, Any), accounting):
        for index, value in chunk.items:
            yield JsonRow(f"/{chunk.key}/{index}", sendable(value)[0], None)


def subset_of(path: Path) -> str:
    """VQAv2's `data_subtype`, such as val2014; "" where the head of the file does not say."""
    keys = top_level(path) or {}
    return keys.get("data_subtype", "").lstrip('"').split('"')[0]
