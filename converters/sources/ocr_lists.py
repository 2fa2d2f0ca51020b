"""Lists of many pictures and what is written in them: a record a line, or an entry of `data_list`.

    {"file_name": …, "width": …, "height": …, "annotations": [{"box": […], "text": …, "label": 1}]}      KIE, mmocr 0.x
    {"metainfo": …, "data_list": [{"img_path": …, "instances": [{"polygon": […], "ignore": …}]}]}        mmocr 1.x
    img/1.jpg<TAB>[{"transcription": …, "points": [[x, y], …], "difficult": false}]                      PaddleOCR
    word_1.png, "text"    word_1.png,Latin,text    word_1.png text    {"filename": …, "text": …}         recognition

In the last four a picture is one word, and its region is the whole picture: its size is read from its header.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ...schemas.accounting import Accounting
from ...schemas.box import upright_size
from ..file_names import absolute, text
from ..json_stream import Chunk, reject_broken, stream
from ..json_top import top_level
from ..pictures.fault import PictureFault
from ..pictures.tree import is_picture
from ..records import Media, Object, Record
from ..sendable import sendable
from .drawn import side_of
from .object_error import ObjectError
from .ocr_kinds import NAMED
from .ocr_objects import entry_object, text_of, whole_picture
from .ocr_pictures import PicturePlaces
from .ocr_words import SCRIPTS
from .text_lines import Line, json_in, shortened, text_lines

_NAMES: Final = ("file_name", "img_path", "filename")
_WORDS: Final = ("annotations", "instances")


def category_names(file: Path) -> dict[str, str]:
    """The names that `metainfo` of an mmocr 1.x file gives to numbers; none where it has no list of them."""
    said = (top_level(file) or {}).get("metainfo", "")
    try:
        metainfo = json.JSONDecoder().raw_decode(said)[0]
    except (ValueError, RecursionError):
        return {}
    listed = metainfo.get("category") if isinstance(metainfo, dict) else None
    known = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return {str(each["id"]): str(each["name"]) for each in known if {"id", "name"} <= each.keys()}


class ListReader:
    """Reads one list. `classes` are names by number, None where there is no list of them."""

    def __init__(
        self,
        path: Path,
        places: PicturePlaces,
        accounting: Accounting,
        classes: Mapping[str, str] | None,
        encoding: str,
    ) -> None:
        self.path = path
        self.file = text(str(path))
        self.places = places
        self.pictures = places.pictures
        self.accounting = accounting
        self.classes = classes
        self.encoding = encoding
        self.numbered = 0

    def json_records(self) -> Iterator[Record]:
        """The entries of `data_list`."""
        for chunk in stream(self.path, {"data_list": dict[str, Any]}, self.accounting):
            yield from self._chunk_records(chunk)
        self._remark_numbers()

    def line_records(self) -> Iterator[Record]:
        """The lines of any of the other lists."""
        for line in text_lines(self.path, self.accounting, self.encoding):
            at = f"{line.number}:1"
            try:
                if line.fault:
                    raise line.fault
                name, words, size = self._entry(line)
            except ObjectError as fault:
                self._reject_picture(fault.code, fault.at, fault.value, fault.message, 0)
                continue
            yield from self._record(name, words, size, at, f"{at}/annotations")
        self._remark_numbers()

    def _chunk_records(self, chunk: Chunk) -> Iterator[Record]:
        self.accounting.read("images", len(chunk.broken))
        reject_broken("images", self.path, chunk, self.accounting)
        for index, value in chunk.items:
            at = f"/{chunk.key}/{index}"
            try:
                name, words, size = _members(sendable(value)[0], at)
            except ObjectError as fault:
                self._reject_picture(fault.code, fault.at, fault.value, fault.message, 0)
                continue
            yield from self._record(name, words, size, at, f"{at}/instances")

    def _entry(self, line: Line) -> tuple[str, Sequence[object], tuple[int, int]]:
        """The picture's name, its words and its size. A word alone, of the whole picture, has no region."""
        at = f"{line.number}:1"
        if line.text.lstrip()[:1] == "{":
            return _members(json_in(line), at)
        name, tab, rest = line.text.partition("\t")
        if tab and rest.lstrip()[:1] == "[":
            words = json_in(Line(line.number, " " * (len(name) + 1) + rest))  # so that columns stay those of the file
            return name, words if isinstance(words, list) else [words], (0, 0)
        found = NAMED.fullmatch(line.text)
        if found is None:
            raise ObjectError("AN004", at, shortened(line.text), "the line has no picture with its text")
        return found[1].strip(), [_named_word(found[2], found[3], found[4])], (0, 0)

    def _record(
        self, name: str, words: Sequence[object], size: tuple[int, int], at: str, below: str
    ) -> Iterator[Record]:
        name = self.places.called(self.path, name.strip())
        media = Media(name, *size)
        if any(_is_whole(word) for word in words):
            try:
                media = self._measured(name)
            except PictureFault as fault:
                self._reject_picture(fault.code, at, fault.value, fault.message, len(words))
                return
        self.accounting.read("images")
        objects = list(self._objects(words, media, below))
        yield Record(_id(name), self.file, at, [media], objects)

    def _objects(self, words: Sequence[object], media: Media, below: str) -> Iterator[Object]:
        for index, word in enumerate(words):
            self.accounting.read("annotations")
            at = f"{below}/{index}"
            try:
                yield self._object(word, media, at)
            except ObjectError as fault:
                fault.reject(self.accounting, self.file)

    def _object(self, word: object, media: Media, at: str) -> Object:
        if isinstance(word, dict) and _is_whole(word):
            return whole_picture(at, text_of(word, at), media.width, media.height, word.get("script"))
        thing = entry_object(word, self.classes, at)
        self.numbered += thing.label == "text" and self.classes is None and "label" in (thing.attributes or {})
        return thing

    def _measured(self, name: str) -> Media:
        if not self.pictures.check:
            message = "the region is the whole picture, whose size is not known where pictures are not opened"
            raise PictureFault("AN023", name, message)
        path, root = self.pictures.find(name), absolute(self.pictures.root)
        facts = self.pictures.facts(path)
        shown = path.relative_to(root).as_posix() if root in path.parents else str(path)
        return Media(shown, *upright_size(facts.orientation, facts.width, facts.height))

    def _reject_picture(self, code: str, at: str, value: object, message: str, words: int) -> None:
        self.accounting.read("images")
        self.accounting.reject("images", code, file=self.file, at=at, value=value, message=message)
        for _ in range(words):
            self.accounting.read("annotations")
            self.accounting.reject("annotations", code, file=self.file, at=at, value=value, message=message)

    def _remark_numbers(self) -> None:
        if self.numbered:
            said = "classes are numbers, and no class_list.txt names them: their label is 'text'; see --class-list"
            self.accounting.remark("AN010", file=self.file, at="", value=None, message=said, count=self.numbered)


def _members(entry: object, at: str) -> tuple[str, Sequence[object], tuple[int, int]]:
    if not isinstance(entry, dict):
        raise ObjectError("AN004", at, shortened(entry), "the entry is no object")
    name = next((entry[key] for key in _NAMES if entry.get(key)), None)
    if not isinstance(name, str) or not name.strip():
        raise ObjectError("AN023" if not name else "AN004", at, name and shortened(name), "the entry names no picture")
    key = next((key for key in _WORDS if key in entry), None)
    words = entry[key] if key else [{"text": entry.get("text")}]
    if not isinstance(words, list):
        raise ObjectError("AN004", f"{at}/{key}", shortened(words), f"{key!r} is no list")
    return name, words, (side_of(entry.get("width")), side_of(entry.get("height")))


def _is_whole(word: object) -> bool:
    """Whether a word has a text and says nothing of a place: it is a picture of one word."""
    return isinstance(word, dict) and bool(word) and word.keys() <= {"text", "script"}


def _named_word(quoted: str | None, scripted: str | None, plain: str | None) -> dict[str, str]:
    if quoted is not None:
        return {"text": quoted[1:-1].replace("\\\\", "\0").replace('\\"', '"').replace("\0", "\\")}
    if scripted is not None:
        script, _, rest = scripted.partition(",")
        return {"text": rest, "script": script} if script in SCRIPTS else {"text": scripted}
    return {"text": plain or ""}


def _id(name: str) -> str:
    return name.rpartition(".")[0] if is_picture(name) else name
