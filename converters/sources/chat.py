"""Conversations that are there already: training files of chat models, one conversation a row.

Read: lists, JSON Lines (under .json too) of ShareGPT and LLaVA `{image, conversations: [{from, value}]}`, Qwen-VL and
its heirs, OpenAI's and LLaMA-Factory's `{messages: [{role, content}], images}`, ms-swift with its `objects`,
VisualGLM, Alpaca; `chat_rows.py` lists the shapes and `chat_parts.py` the tags. Source: each trainer's own loader.

Known lies, and what is done about them:

- Tags and media in different numbers shift the pictures of other samples in one trainer and stop another: such a row is
  rejected (CV006). Where media are listed and no tag stands anywhere, they are shown first, as ms-swift does.
- Boxes in Qwen-VL's tags are thousandths, in ms-swift's `objects` pixels, of the picture as it is *stored*: neither
  trainer looks at EXIF. They are turned with the picture. Without the picture they cannot be read (AN023).
- Other trainers' boxes (`[0.1, 0.2, 0.3, 0.4]`, JSON) are words, and stay words.
- Turns that do not alternate, an empty one, an unknown role, a question at the end: rejected by name (CV001 to CV005),
  because trainers drop or merge them in silence.
- Paths are relative to anything: to the file, to the folder above it, to a repository. `--images` says what is meant.

Not carried: weights and loss switches of turns, tools, reasoning and scores. A record is a conversation; its media
count as its pictures, each as often as it is shown.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.box import turn_points
from ...schemas.errors import InputError
from ..file_names import text
from ..options import option
from ..pictures.fault import PictureFault
from ..pictures.find import Pictures
from ..records import Conversation, Media, Part, Record, Turn, batches
from .beside import PicturesBeside, label_files
from .chat_parts import Outline, Shown, Speaker
from .chat_rows import LISTS, MEDIA, Piece, Said, media_of, shape_of, turns_of
from .chat_swift import read_objects
from .json_rows import JsonRow, first_row, json_rows
from .object_error import ObjectError
from .own_names import group_of_turns, own_id
from .text_lines import shortened
from .turn_order import out_of_order
from .whole_rows import reject_whole

NAME = "chat"
SUMMARY = "Conversations: ShareGPT, LLaVA, OpenAI, Qwen-VL, ms-swift, LLaMA-Factory, VisualGLM, Alpaca"
FRAME = "boxes in Qwen-VL's tags: thousandths of the stored picture; ms-swift's objects: its pixels, or shares of it"

_LABEL_STUDIO = {"annotator", "lead_time"}
_UP = re.compile(r'(?:"|<img>)\.\./')
_HEAD = 1 << 16


@dataclass(frozen=True)
class Options:
    """What a user may choose about reading conversations."""

    system: Literal["keep", "fold"] = option(
        "keep", "A system turn: keep it, or put its words before the first question.", choices=("keep", "fold")
    )


def sniff(path: Path) -> str | None:
    """Why this file looks like conversations: turns with roles, or a question and an answer, in its first row."""
    row = first_row(path) if path.is_file() else None
    if isinstance(row, dict) and row.keys() >= _LABEL_STUDIO:
        return None
    return shape_of(row)


def default_images(path: Path) -> Path:
    """The folder of the file, or the one above it where paths in its head begin with `../`; never a higher one."""
    if path.is_dir():
        return path
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD).decode("utf-8", "replace")
    except OSError:
        return path.parent
    return Path(os.path.normpath(path.parent / "..")) if _UP.search(head) else path.parent


def read(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table, a record a conversation, in the order of the file; boxes in upright pixels.

    Holds a row at a time. Raises `InputError` for a folder, for a list that is not whole, and where no row is a
    conversation.
    """
    return batches(_records(path, options, pictures, accounting))


def _records(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[Record]:
    if path.is_dir():
        names = ", ".join(text(file.name) for file in label_files(path, (".json", ".jsonl"))[:6])
        raise InputError(str(path), f"is a folder; in it: {names}", "Name the one file of conversations.")
    reader = Reader(path, options, pictures, accounting)
    known = False
    for row in json_rows(path, accounting):
        known = known or shape_of(row.value) is not None
        if record := reader.record(row):
            known = True
            yield record
    if not known:
        wanted = ", ".join(map(repr, LISTS))
        raise InputError(str(path), "holds no conversation", f"Give rows with one of {wanted}.")


class Reader:
    """Makes records of rows."""

    def __init__(self, path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> None:
        self.path = path
        self.name = text(str(path))
        self.options = options
        self.pictures = pictures
        self.beside = PicturesBeside(pictures)
        self.accounting = accounting

    def record(self, row: JsonRow) -> Record | None:
        """The row's conversation; None where it is rejected, with the media it lists."""
        self.accounting.read("annotations")
        listed = 0
        if row.fault:
            reject_whole(row.fault, self.name, listed, self.accounting)
            return None
        try:
            if not isinstance(row.value, dict):
                raise ObjectError("AN004", row.at, shortened(row.value), "the row is no object")
            media = media_of(row.value, row.at)
            listed = sum(map(len, media.values()))
            record = self._conversation(row.value, row.at, media)
        except ObjectError as fault:
            reject_whole(fault, self.name, listed, self.accounting)
            return None
        self.accounting.read("images", len(record.media))
        return record

    def _conversation(self, row: dict[str, Any], at: str, media: dict[str, list[str]]) -> Record:
        said = turns_of(row, at)
        if fault := out_of_order([each.role for each in said]):
            each = said[fault.turn]
            raise ObjectError(fault.code, each.at, each.role, fault.message)
        said = _with_untagged(said, media)
        media_shown: list[Shown] = []
        boxes, seen = _Boxes(self, media_shown), Outline(said)
        speaker = Speaker(
            media, read_objects(row, at), boxes.size, boxes.upright, seen.pictures() > 1, seen.tagged(), media_shown
        )
        turns = [Turn(each.role, speaker.parts(each)) for each in said]
        speaker.objects.check_taken(at)
        for each, turn in zip(said, turns, strict=True):
            if not any(part.kind != "text" or (part.text or "").strip() for part in turn.parts):
                raise ObjectError("CV005", each.at, None, "the turn says nothing")
        given = own_id(row)
        group = None if given or media_shown else group_of_turns(turns)  # before the options put words elsewhere
        if self.options.system == "fold" and turns[0].role == "system":
            turns = _folded(turns)
        shown = [Media(self.beside.name(self.path, [each.address]), kind=each.kind) for each in media_shown]
        name = given or at.strip("/").partition(":")[0]
        return Record(name, self.name, at, shown, conversations=[Conversation(at, turns)], group=group)


class _Boxes:
    """The frame of the boxes of one conversation: the sizes of its pictures as they are stored, and their turn."""

    def __init__(self, reader: Reader, shown: list[Shown]) -> None:
        self.reader = reader
        self.shown = shown  # and not its speaker: no cycles, because nobody collects them

    def _facts(self, medium: int) -> tuple[int, tuple[int, int]]:
        """EXIF's orientation and the stored size; (1, (1, 1)) for a picture that the next stage will reject."""
        pictures = self.reader.pictures
        address = self.shown[medium].address
        if not pictures.check:
            fact = "a box needs the size of its picture, and pictures are not opened"
            raise ObjectError("AN023", "", address[:200], fact)
        try:
            facts = pictures.facts(pictures.find(self.reader.beside.name(self.reader.path, [address])))
        except PictureFault:
            return 1, (1, 1)
        return facts.orientation, (facts.width, facts.height)

    def size(self, medium: int) -> tuple[int, int]:
        """Width and height of the stored picture."""
        return self._facts(medium)[1]

    def upright(self, medium: int, corners: Sequence[float]) -> list[float]:
        """The corners in the upright view of the picture."""
        orientation, (width, height) = self._facts(medium)
        if orientation == 1:
            return list(corners)
        points = np.array(corners, np.float64).reshape(-1, 2)
        turned: list[float] = turn_points(points, orientation, width, height).reshape(-1).tolist()
        return turned


def _with_untagged(said: list[Said], media: dict[str, list[str]]) -> list[Said]:
    """The turns, with listed media that have no tag at the head of the first question.

    Raises `ObjectError` (CV006) where there are tags of a kind, but in another number than media.
    """
    first = next(number for number, each in enumerate(said) if each.role == "user")
    seen = Outline(said)
    for kind in reversed(MEDIA):
        tags, listed = seen.waiting(kind), len(media[kind])
        if tags == listed:
            continue
        if tags:
            raise ObjectError("CV006", said[first].at, tags, f"{tags} <{kind}> in the turns, {listed} listed")
        head = [Piece(kind, "") for _ in range(listed)]
        said = [*said[:first], said[first]._replace(pieces=[*head, *said[first].pieces]), *said[first + 1 :]]
    return said


def _folded(turns: list[Turn]) -> list[Turn]:
    """The system's words before those of the first question, behind its pictures, with a blank line between."""
    system, user, *rest = turns
    words = "".join(part.text or "" for part in system.parts if part.kind == "text").rstrip()
    first = next((at for at, part in enumerate(user.parts) if part.kind == "text"), len(user.parts))
    parts = [*user.parts[:first], Part("text", f"{words}\n\n"), *user.parts[first:]]
    return [Turn("user", parts), *rest]
