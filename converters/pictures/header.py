"""Header facts: size, orientation and wholeness of a picture file, read from its first and last bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import NamedTuple

from . import bmp, gif, jpeg, png, webp
from .decode import MAX_PIXELS, check_pixels, read_other
from .fault import PictureFault
from .looks import looks_like
from .window import Head, Window

MAX_RATIO = 200
"""Longer side over shorter: beyond it Qwen2-VL's `smart_resize` raises. Small pictures are no fault: Qwen-VL scales
every picture to 448 x 448, and what a target cannot take it refuses itself."""

_SUFFIXES = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    "PNG": (".png", ".apng"),
    "WEBP": (".webp",),
    "GIF": (".gif",),
    "BMP": (".bmp", ".dib"),
    "TIFF": (".tif", ".tiff"),
    "JPEG2000": (".jp2", ".j2k", ".jpf", ".jpx", ".j2c", ".jpc"),
    "AVIF": (".avif", ".avifs"),
    "ICO": (".ico",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm", ".pfm"),
}
PICTURE_SUFFIXES = tuple(suffix for suffixes in _SUFFIXES.values() for suffix in suffixes)
"""The endings of picture files, in lower case."""

_DEEP = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
_REMARKS = {
    "CMYK": "its colours are for print; trainers' convert('RGB') ignores the profile and shifts them",
    "RGBA": "it is partly transparent; trainers' convert('RGB') shows what lies behind",
    "LA": "it is partly transparent; trainers' convert('RGB') shows what lies behind",
    "PA": "it is partly transparent; trainers' convert('RGB') shows what lies behind",
}

_MAGIC: tuple[tuple[bytes, Callable[[Window], Head]], ...] = (
    (b"\xff\xd8\xff", jpeg.read),
    (png.SIGNATURE, png.read),
    (b"GIF87a", gif.read),
    (b"GIF89a", gif.read),
    (b"BM", bmp.read),
)
_PILLOW = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51", b"\0\0\1\0")
_AVIF = (b"avif", b"avis")


class Remark(NamedTuple):
    """Something worth knowing about a picture that is kept: the rule, the value, and the fact in words."""

    code: str
    value: str
    message: str


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What a picture file says of itself. `width`, `height` are stored pixels; `orientation` is EXIF's 1..8.

    `format` is Pillow's word ("JPEG" also for MPO, its kin), whatever the name ends in; `bytes` the file's size;
    `mode` Pillow's word for the colours; `animated` whether more than one frame follows, of which trainers see the
    first; `located` whether EXIF tells where it was taken.
    """

    format: str
    width: int
    height: int
    orientation: int
    bytes: int
    mode: str = "RGB"
    animated: bool = False
    located: bool = False

    @property
    def right_suffixes(self) -> tuple[str, ...]:
        """The endings, in lower case, that names of this format have; the first is the usual one."""
        return _SUFFIXES[self.format]

    def remarks(self, name: str | PurePath) -> tuple[Remark, ...]:
        """What is odd but no fault: IM003 where `name` ends in another format's suffix, IM006 where colours shift."""
        found: list[Remark] = []
        suffix = PurePath(name).suffix.lower()
        if suffix not in self.right_suffixes:
            found.append(Remark("IM003", suffix, f"named {suffix or 'without a suffix'}, but it is {self.format}"))
        if self.mode in _REMARKS:
            found.append(Remark("IM006", self.mode, _REMARKS[self.mode]))
        return tuple(found)


def read_facts(path: str | Path) -> PictureFacts:
    """What the file at `path` says of itself, without a decode where its bytes prove it whole.

    Raises `PictureFault`: IM002 empty, cut or damaged; IM005 more than 178 956 970 pixels, from the header alone;
    IM006 colours that `convert("RGB")` destroys (16 bits of grey, 32-bit and float, LAB); IM008 no area or
    sides over 200 to 1; IM014 no picture that Pillow and the trainers open; IM001 no such file. Nothing else,
    whatever is in the file.
    """
    with Window(path) as window:
        size = window.size
        if not size:
            raise PictureFault("IM002", 0, "the file is empty")
        head = _head(path, window)
    _check_shape(head.width, head.height)
    _check_mode(head.mode)
    if head.doubt:
        check_pixels(path, head, size)
    shape = (head.width, head.height, head.orientation, size)
    return PictureFacts(head.format, *shape, head.mode, head.animated, head.located)


def _head(path: str | Path, window: Window) -> Head:
    start = window.start
    for magic, read in _MAGIC:
        if start.startswith(magic):
            return read(window)
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return webp.read(window)
    if start.startswith(_PILLOW) or _is_avif(start) or _is_ppm(start):
        return read_other(path)
    if any(magic.startswith(start) for magic, _ in _MAGIC):
        raise PictureFault(
            "IM002", window.size, f"it ends after {window.size} bytes, within the format's own signature"
        )
    looks = looks_like(start)
    raise PictureFault("IM014", looks, f"it is no picture that can be used: it looks like {looks}")


def _is_avif(start: bytes) -> bool:
    return start[4:8] == b"ftyp" and start[8:12] in _AVIF


def _is_ppm(start: bytes) -> bool:
    return start[:1] == b"P" and start[1:2] in b"123456" and start[2:3].isspace()


def _check_shape(width: int, height: int) -> None:
    shape = f"{width}x{height}"
    if width * height > MAX_PIXELS:
        raise PictureFault(
            "IM005", shape, f"it is {width} x {height} pixels: Pillow and the trainers open at most {MAX_PIXELS}"
        )
    short, long = sorted((width, height))
    if short < 1:
        raise PictureFault("IM008", shape, f"it is {width} x {height} pixels: no area")
    if long > MAX_RATIO * short:
        raise PictureFault("IM008", shape, f"it is {width} x {height} pixels: its sides are over {MAX_RATIO} to 1")


def _check_mode(mode: str) -> None:
    if mode in _DEEP:
        raise PictureFault("IM006", mode, f"its pixels are {mode}, which trainers' convert('RGB') clips to white")
    if mode == "LAB":
        raise PictureFault("IM006", mode, "its colours are LAB, which trainers' convert('RGB') takes for red and green")
