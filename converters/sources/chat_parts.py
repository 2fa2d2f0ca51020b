"""What is said as parts: words, pictures, references and boxes in pixels, out of a trainer's own tags.

<image> <video> <audio>                 the next of the media that the row lists
<ref-object> <bbox>                     ms-swift: the next of the words and boxes in `objects`
<img>PATH</img> <ref> <box> <quad>      Qwen-VL: `converters/targets/qwen_vl_tags.py`

`Picture 1: ` before a picture and one line break after any of them belong to it, and so does a heading `Picture 2: `
right before a box in a conversation about several: a target writes its own.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from ...schemas.box import Box, hull
from ...schemas.grid import decode
from ..records import Part
from ..targets.qwen_vl_tags import parse
from ..targets.qwen_vl_text import STEPS, UNDECODABLE
from .chat_rows import Piece, Said
from .chat_swift import Objects
from .object_error import ObjectError

TAGS: Final = re.compile(r"<(image|video|audio|ref-object|bbox)>")
_ELEMENT: Final = re.compile(r"<(img|ref|box|quad)>[^<]*</\1>")
_BEFORE_PICTURE: Final = re.compile(r"Picture (?:0|[1-9][0-9]{0,8}): ?\Z")
_FIRST_BOX: Final = re.compile(r"Picture [1-9][0-9]{0,8}: \Z")
_NEXT_BOX: Final = re.compile(r"\n?Picture [1-9][0-9]{0,8}: \Z")
_HEADING: Final = re.compile(r"Picture ([1-9][0-9]{0,8}):")
_WRONG: Final = UNDECODABLE | {"TG007"}


class Shown(NamedTuple):
    """A film, sound or picture where it stands."""

    kind: str
    address: str


Place = Callable[[int, Sequence[float]], list[float]]
"""Corners x, y, x, y … of a picture as it is stored in those of its upright view; in pixels, by the picture's place
among the media."""
Size = Callable[[int], tuple[int, int]]
"""Width and height in pixels of a picture as it is stored, by its place among the media."""


@dataclass(slots=True)
class Speaker:
    """Makes parts of the turns of one conversation; `shown` are its media in order, `listed` those still to be shown.

    `several` is whether the whole conversation shows more than one picture, `tagged` whether it has Qwen-VL's tags.
    """

    listed: dict[str, list[str]]
    objects: Objects
    size: Size
    upright: Place
    several: bool
    tagged: bool
    shown: list[Shown] = field(default_factory=list[Shown])
    picture: int = -1  # among the media: that on which a box lies
    boxed: bool = False  # whether a box stood in this turn

    def parts(self, said: Said) -> list[Part]:
        """The parts of one turn. Raises `ObjectError` where a tag cannot be read, or there is nothing behind it."""
        self.boxed = False
        self.picture = next((at for at in range(len(self.shown) - 1, -1, -1) if self.shown[at].kind == "image"), -1)
        parts: list[Part] = []
        try:
            for piece in said.pieces:
                self._piece(parts, piece, said.at)
        except ObjectError as fault:
            fault.at = fault.at or said.at
            raise
        return [part for part in parts if part.kind != "text" or part.text]

    def _piece(self, parts: list[Part], piece: Piece, at: str) -> None:
        if piece.kind != "text":
            self._show(parts, piece.kind, piece.text, at)
        elif self.tagged:
            self._tagged(parts, piece.text, at)
        else:
            self._words(parts, piece.text, at)

    def _tagged(self, parts: list[Part], text: str, at: str) -> None:
        parsed = parse(text)
        for fault in parsed.faults:
            if fault.code in _WRONG:
                where = f"{fault.message}, character {fault.start}"
                raise ObjectError(fault.code, at, fault.value[:200], where)
        for part in parsed.parts:
            if part.kind == "text":
                self._words(parts, part.text, at)
            elif part.kind == "image":
                self._show(parts, "image", part.text.strip(), at)
            elif part.kind == "ref":
                parts.append(Part("ref", part.text))
            else:
                self._box(parts, part.kind, self._in_pixels(part.numbers, at))

    def _words(self, parts: list[Part], text: str, at: str) -> None:
        if "<" not in text:
            self._say(parts, text)
            return
        start = 0
        for found in TAGS.finditer(text):
            self._say(parts, text[start : found.start()])
            start = found.end()
            if found[1] == "ref-object":
                parts.append(Part("ref", self.objects.next_words(at)))
            elif found[1] == "bbox":
                self._pixel_box(parts, at)
            else:
                self._show(parts, found[1], "", at)
        self._say(parts, text[start:])

    def _say(self, parts: list[Part], text: str) -> None:
        if parts and parts[-1].kind in ("image", "video", "audio"):
            text = text.removeprefix("\n")
        if not text:
            return
        if self.several:
            self._look(text)
        parts.append(Part("text", text))

    def _look(self, text: str) -> None:
        """A heading moves the boxes that follow to the picture it names."""
        pictures = [at for at, each in enumerate(self.shown) if each.kind == "image"]
        named = [int(number) for number in _HEADING.findall(text) if int(number) <= len(pictures)]
        if named:
            self.picture = pictures[named[-1] - 1]

    def _show(self, parts: list[Part], kind: str, address: str, at: str) -> None:
        if not address:
            if not self.listed[kind]:
                raise ObjectError("CV006", at, f"<{kind}>", f"there is no {kind} left for this tag")
            address = self.listed[kind].pop(0)
        if kind == "image":
            _cut(parts, _BEFORE_PICTURE)
            self.picture = len(self.shown)
        parts.append(Part(kind, None, len(self.shown)))
        self.shown.append(Shown(kind, address))

    def _in_pixels(self, numbers: Sequence[int], at: str) -> list[float]:
        self._need_picture(at)
        corners = np.array(numbers, np.int64).reshape(-1, 2)
        size = np.array(self.size(self.picture), np.float64)
        return decode(corners, size, steps=STEPS).reshape(-1).tolist()

    def _need_picture(self, at: str) -> None:
        if self.picture < 0:
            raise ObjectError("CV006", at, None, "a box stands before any picture")

    def _pixel_box(self, parts: list[Part], at: str) -> None:
        pictures = [number for number, each in enumerate(self.shown) if each.kind == "image"]
        which = self.objects.picture_of_next(len(pictures))
        self.picture = pictures[which] if which is not None else self.picture
        self._need_picture(at)
        corners = self.objects.next_corners(at, self.size(self.picture))
        if len(corners) == 2:
            x, y = self.upright(self.picture, corners)
            label = _taken_ref(parts)
            parts.append(Part("point", label, self.picture, Box(x, y, x, y)))
        else:
            self._box(parts, "box", corners)

    def _box(self, parts: list[Part], kind: str, corners: list[float]) -> None:
        """A box behind a ref bears its words; one behind a box shares them."""
        label = _taken_ref(parts)
        if self.several:
            _cut(parts, _NEXT_BOX if self.boxed else _FIRST_BOX)
        self.boxed = True
        corners = self.upright(self.picture, corners)
        quad = corners if kind == "quad" else None
        parts.append(Part(kind, label, self.picture, hull(corners), quad))


def _taken_ref(parts: list[Part]) -> str | None:
    return parts.pop().text if parts and parts[-1].kind == "ref" else None


def _cut(parts: list[Part], pattern: re.Pattern[str]) -> None:
    """Take the end that matches off the words that stand last."""
    if parts and parts[-1].kind == "text":
        parts[-1].text = pattern.sub("", parts[-1].text or "")
        if not parts[-1].text:
            parts.pop()


class Outline:
    """What turns show, seen before they are taken apart: by their words as one text, and their blocks."""

    def __init__(self, said: Sequence[Said]) -> None:
        pieces = [piece for each in said for piece in each.pieces]
        self.words = "\0".join([piece.text for piece in pieces if piece.kind == "text"])
        self.blocks = [piece for piece in pieces if piece.kind != "text"]

    def tagged(self) -> bool:
        """Whether Qwen-VL's tags stand in the words; `<img>` alone may be talk about HTML."""
        return "</" in self.words and _ELEMENT.search(self.words) is not None

    def pictures(self) -> int:
        """How many pictures the turns show."""
        tags = self.words.count("<image>") + self.words.count("<img>")
        return tags + sum(block.kind == "image" for block in self.blocks)

    def waiting(self, kind: str) -> int:
        """How many tags, and blocks without an address, wait for listed media of that kind."""
        return self.words.count(f"<{kind}>") + sum(block.kind == kind and not block.text for block in self.blocks)
