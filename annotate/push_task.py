"""Tasks: a record as Label Studio imports it, with what of it became regions and what could not.

The task's data holds the picture's address and `mm_id`, by which it is found again; its meta holds what was pushed as
a hash, so that the same push again changes nothing. Annotations say `ground_truth: false`, since the server's default
is true, which hides them from exports with the usual filter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

import msgspec

from ..schemas.accounting import Accounting
from .push_records import Found, Item
from .push_regions import NO_CONTROL, Interface, UnfitError, region, region_id
from .push_validate import Validator

Kind = Literal["annotations", "predictions"]
ID, META = "mm_id", "mm"
"""The key of a task's data that says which record it is, and the key of its meta that says what was pushed."""


class Task(msgspec.Struct):
    """One task before its pictures have addresses. `pictures` are files here; `body` is what is imported, without the
    picture; `annotations` counts those of the accounting; `hash` is of everything but the addresses.
    """

    id: str
    key: str
    pages: bool
    pictures: list[str]
    body: dict[str, Any]
    hash: str
    annotations: int

    def with_addresses(self, addresses: list[str]) -> dict[str, Any]:
        """What is imported."""
        data = {self.key: addresses if self.pages else addresses[0], **self.body["data"]}
        return self.body | {"data": data}


@dataclass(frozen=True)
class Made:
    """What tasks are made by: the project's interface, and whether regions are people's work or a model's."""

    interface: Interface
    kind: Kind
    validator: Validator
    root: Path
    model_version: str = ""


def tasks_of(found: Found, made: Made, accounting: Accounting) -> Iterator[Task]:
    """The tasks of one record: one, or one for each question that it asks. What is left out is rejected.

    A record of several pictures whose project shows one is rejected whole.
    """
    pictures = [str(each["path"]) for each in found.media]
    kinds = {each["kind"] for each in found.media}
    if kinds != {"image"} or (len(pictures) > 1 and not made.interface.pages):
        what = "a film or sound" if kinds - {"image"} else f"{len(pictures)} pictures"
        said = f"the project's label config shows one picture a task, and this is {what}" if kinds else "has no picture"
        _reject_record(found, (NO_CONTROL, what, said), accounting)
        return
    asked = _askable(found, made, accounting)
    questions: list[Item | None] = [*asked] or [None]
    for number, question in enumerate(questions):
        identity = str(found.said["id"]) + (f"?{number}" if number else "")
        accounting.read("samples")
        accounting.write("samples")
        entries = _Entries(identity, found, made, accounting)
        if number == 0:
            entries.add_objects()
            entries.add_captions()
        if question is not None:
            entries.add_question(question)
        yield entries.task(pictures, question)
    accounting.write("images", len(pictures))


class _Entries:
    """The result entries of one task, as they are gathered."""

    def __init__(self, identity: str, found: Found, made: Made, accounting: Accounting) -> None:
        self.identity, self.found, self.made, self.accounting = identity, found, made, accounting
        self.result: list[dict[str, Any]] = []
        self.written = 0

    def add_objects(self) -> None:
        """Every object that the project has a control for."""
        for number, item in enumerate(self.found.of("objects")):
            page = item.said["media"]
            media = self.found.media[page]
            size = (media["width"], media["height"])
            identity = f"{self.identity}/{number}"
            try:
                entries, lost = region(
                    item.said, size, self.made.interface, identity, page if self.made.interface.pages else None
                )
                self.made.validator.check(entries)
            except UnfitError as fault:
                _reject(item, (fault.code, fault.value, str(fault)), self.accounting)
                continue
            for what in lost:
                said = f"{what} is not carried: no region of this project says it"
                self.accounting.remark(NO_CONTROL, file=item.file, at=item.at, value=what, message=said)
            self._take(entries)

    def add_captions(self) -> None:
        """All sentences, into the one field for words about the picture."""
        captions = self.found.of("captions")
        field = self._field()
        if field is None or (self.made.interface.question_key() and self.found.of("questions")):
            for item in captions:
                fault = (NO_CONTROL, "caption", "the label config has no <TextArea> for words about the picture")
                _reject(item, fault, self.accounting)
        elif captions:
            self._take([self._words(field, "captions", [item.said["text"] for item in captions])], len(captions))

    def add_question(self, question: Item) -> None:
        """The answers of the question; where there are none, people are asked."""
        field = self._field()
        answers = [each["text"] for each in question.said["answers"]]
        if field is not None and answers:
            self._take([self._words(field, "answers", answers)])
        else:
            self.written += 1
            self.accounting.write("annotations")

    def task(self, pictures: list[str], question: Item | None) -> Task:
        """The task."""
        made = self.made
        data: dict[str, Any] = {ID: self.identity}
        key = made.interface.question_key()
        if key is not None:
            data[key] = question.said["question"] if question else ""
        body: dict[str, Any] = {"data": data}
        if self.result and made.kind == "predictions":
            scores = [each["score"] for each in self.result if "score" in each]
            score = {"score": fmean(scores)} if scores else {}
            body["predictions"] = [{"model_version": made.model_version, "result": self.result, **score}]
        elif self.result:
            work = {"result": self.result, "ground_truth": False, "was_cancelled": False}
            body["annotations"] = [work]
        names = [_name(each, made.root) for each in pictures]
        digest = sha256(msgspec.json.encode([body, names], order="sorted")).hexdigest()
        body["meta"] = {META: {"hash": digest, "results": results_hash(self.result), "as": made.kind}}
        return Task(self.identity, made.interface.key, made.interface.pages, pictures, body, digest, self.written)

    def _take(self, entries: list[dict[str, Any]], count: int = 1) -> None:
        self.result += entries
        self.written += count
        self.accounting.write("annotations", count)

    def _field(self) -> str | None:
        return next(iter(self.made.interface.texts()), None)

    def _words(self, field: str, what: str, texts: list[str]) -> dict[str, Any]:
        return {
            "id": region_id(f"{self.identity}/{what}"),
            "from_name": field,
            "to_name": self.made.interface.picture,
            "type": "textarea",
            "value": {"text": texts},
        }


def results_hash(result: list[dict[str, Any]]) -> str:
    """A hash of the entries of a result, whatever the order of their keys."""
    return sha256(msgspec.json.encode(result, order="sorted")).hexdigest()


def _askable(found: Found, made: Made, accounting: Accounting) -> list[Item]:
    """The questions that get tasks of their own; what the project cannot hold at all is rejected here."""
    asks = made.interface.question_key() is not None and bool(made.interface.texts())
    for item in found.items:
        if item.column in ("phrases", "conversations") or (item.column == "questions" and not asks):
            said = f"the label config has no control for {item.column}"
            _reject(item, (NO_CONTROL, item.column, said), accounting)
    return found.of("questions") if asks else []


def _reject(item: Item, fault: tuple[str, object, str], accounting: Accounting) -> None:
    code, value, said = fault
    accounting.reject("annotations", code, file=item.file, at=item.at, value=value, message=said)


def _reject_record(found: Found, fault: tuple[str, object, str], accounting: Accounting) -> None:
    code, value, said = fault
    for item in found.items:
        _reject(item, fault, accounting)
    for _ in found.media:
        accounting.reject("images", code, file=found.said["file"], at=found.said["at"], value=value, message=said)


def reject_twice(found: Found, accounting: Accounting) -> None:
    """A record whose id an earlier one has: tasks are found by it."""
    identity = str(found.said["id"])
    _reject_record(found, ("AN007", identity, f"another record before it has the id {identity!r}"), accounting)


def leave_out(found: Found, accounting: Accounting) -> None:
    """A record that is not in the review queue, since nothing was found about it."""
    said = "lint found nothing here, and this is a queue of what it found"
    _reject_record(found, (NO_CONTROL, None, said), accounting)


def _name(path: str, root: Path) -> str:
    whole = Path(path)
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else whole.name
