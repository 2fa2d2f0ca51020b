"""DOTA's labelTxt: a text file a picture, a line a thing: four corners in pixels, its class, its difficulty.

    imagesource:GoogleEarth
    gsd:0.146
    2753.0 2408.0 2861.0 2385.0 2888.0 2468.0 2805.0 2502.0 plane 0

P0001.txt is about P0001.png, mostly in `images/` beside `labelTxt/`. The heads (newer sets have `acquisition dates:`
too) may be missing. Source: captain-whu.github.io/DOTA, "Annotation format"; DOTA_devkit, dota_utils.py and
ImgSplit_multi_process.py, which writes the same without heads; Roboflow's "YOLO OBB" is this too.
Known lies, and what is done about them:

- "Oriented boxes" are any four corners, in the order drawn, often no rectangle: they are quads as they stand, and
  upright boxes where they are that. Those of pictures cut into tiles reach over the edge (GE004).
- The difficulty is missing in some, and 2 in sets that were cut: a thing that lies mostly in another tile. All but 0
  are difficult; `--difficult drop` leaves them out.
- YOLO's turned boxes look alike: there the class comes first and numbers are shares.
- No file says how large its picture is; the picture's own size is taken. A file of heads alone is a picture with
  nothing in it; a file that is something else is told (AN026).

Not carried: the heads. Not read: the devkit's results by task (`Task1_plane.txt`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from ..file_names import text
from ..options import option
from ..pictures.find import Pictures
from ..records import Media, Object, Record, batches
from .beside import first_files, label_files
from .object_error import ObjectError
from .ocr_objects import region
from .ocr_pictures import PicturePlaces, default_images
from .text_lines import Line, head_lines, known_encoding, shortened, text_lines

__all__ = ["FRAME", "NAME", "SUMMARY", "Options", "default_images", "read", "sniff"]

NAME = "dota"
SUMMARY = "DOTA's labelTxt: four corners, a class and a difficulty a line, one file a picture"
FRAME = "pixels as they stand: four corners in drawing order"

LARGEST_FILE = 64 << 20
"""Bytes; a picture of DOTA has some ten thousand things in 1 MB, so a larger file is not read."""

_ENDINGS = (".txt",)
_HEAD: Final = re.compile(r"[A-Za-z][A-Za-z _]*:.*")
_OWN_HEADS: Final = ("imagesource:", "gsd:", "acquisition")
_NUMBER: Final = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?|[-+]?(?:nan|inf)", re.IGNORECASE)
_DIFFICULTIES: Final = ("0", "1", "2")


@dataclass(frozen=True)
class Options:
    """What a user may choose about reading DOTA."""

    encoding: str = option("utf-8", "The encoding of the text files, such as gb18030.", metavar="NAME")


def sniff(path: Path) -> str | None:
    """Why this looks like DOTA: eight numbers, a word and a difficulty a line, spaces between, under its heads."""
    for file in first_files(path, _ENDINGS):
        lines = _without_heads(head_lines(file, 5))
        if lines and all(map(_is_thing, lines)):
            return f"{text(file.name)} has lines of four corners in pixels and a class"
    return None


def read(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table, a record a file, sorted by path; coordinates in pixels as they stand.

    A line that is no thing is an annotation rejected (AN001, AN004, AN012, AN023), a file that cannot be read an image
    (AN001). Raises `InputError` where nothing there is DOTA, `ConfigError` for an encoding that there is not.
    """
    return batches(_records(path, known_encoding(options.encoding), pictures, accounting))


def _records(path: Path, encoding: str, pictures: Pictures, accounting: Accounting) -> Iterator[Record]:
    places = PicturePlaces(path, pictures)
    found = False
    for file in label_files(path, _ENDINGS, accounting):
        if not _may_be_dota(file, encoding):
            fact = "no line of four corners and a class stands among its first"
            accounting.remark("AN026", file=text(str(file)), at="", value=None, message=fact)
            continue
        found = True
        if record := _record(file, path, encoding, places, accounting):
            yield record
    if not found:
        fact = "no file with lines of eight numbers, a class and a difficulty"
        raise InputError(str(path), fact, "Name the folder labelTxt, or another format.")


def _record(file: Path, top: Path, encoding: str, places: PicturePlaces, accounting: Accounting) -> Record | None:
    name = text(str(file))
    accounting.read("images")
    try:
        if (size := file.stat().st_size) > LARGEST_FILE:
            raise InputError(name, f"{size} bytes are too many for the things in one picture", "Split it.")
        lines = list(text_lines(file, accounting, encoding))
    except (InputError, OSError) as fault:
        said = fault.fact if isinstance(fault, InputError) else f"cannot be read: {fault.strerror}"
        accounting.reject("images", "AN001", file=name, at="", value=None, message=said)
        return None
    heads = len(lines) - len(_without_heads([line.text for line in lines]))
    below = file.name if file == top else str(file)[len(str(top)) + 1 :]
    record = Record(text(below.rpartition(".")[0] or below), name, "1:1", [Media(text(places.of(file)))])
    for line in lines[heads:]:
        accounting.read("annotations")
        try:
            record.objects.append(_thing(line))
        except ObjectError as fault:
            fault.reject(accounting, name)
    return record


def _thing(line: Line) -> Object:
    """The object of a line; raises `ObjectError`."""
    if line.fault:
        raise line.fault
    at, cells = f"{line.number}:1", line.text.split()
    wrong = next((cell for cell in cells[:8] if not _NUMBER.fullmatch(cell)), None)
    if wrong is not None:
        raise ObjectError("AN004", at, shortened(wrong), f"{wrong[:40]!r} is no number of a corner")
    if len(cells) < 8:
        raise ObjectError("AN023", at, shortened(line.text), f"{len(cells)} numbers are no four corners")
    label, difficulty = cells[8:], "0"
    if label and re.fullmatch("-?[0-9]+", label[-1]):
        *label, difficulty = label
    if not label:
        raise ObjectError("AN012", at, shortened(line.text), "four corners without a class")
    if difficulty not in _DIFFICULTIES:
        raise ObjectError("AN004", at, difficulty[:40], f"the difficulty is {difficulty[:40]}, not 0, 1 or 2")
    points = [float(cell) for cell in cells[:8]]
    drawn = region(points, at)
    quad = None if _is_upright(points) else drawn.quad
    return Object(at, " ".join(label), drawn.box, quad=quad, difficult=difficulty != "0")


def _is_upright(points: list[float]) -> bool:
    """Whether the corners are those of an upright box, whichever comes first and whichever way round."""
    corners = set(zip(points[::2], points[1::2], strict=True))
    sides = {x for x, _ in corners}, {y for _, y in corners}
    opposite = points[0] != points[4] and points[1] != points[5]
    return opposite and len(corners) == 4 and all(len(each) == 2 for each in sides)


def _without_heads(lines: list[str]) -> list[str]:
    heads = next((at for at, line in enumerate(lines) if not _HEAD.fullmatch(line.strip())), len(lines))
    return lines[heads:]


def _is_thing(line: str) -> bool:
    """Whether a line is eight numbers and a class that is a word, with a difficulty or without."""
    cells = line.split()
    if not 9 <= len(cells) <= 12 or not all(map(_NUMBER.fullmatch, cells[:8])):
        return False
    return not _NUMBER.fullmatch(cells[8])


def _may_be_dota(file: Path, encoding: str) -> bool:
    """Whether a file has a thing among its first lines, or nothing at all besides heads."""
    lines = _without_heads(head_lines(file, 20, encoding))
    return any(map(_is_thing, lines)) or (not lines and _says_nothing(file))


def _says_nothing(file: Path) -> bool:
    """Whether it is empty, or has DOTA's own heads alone: other texts have words with colons too."""
    try:
        if file.stat().st_size > 1 << 16:
            return False
        said = file.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError):
        return False
    return all(line.strip().lower().startswith(_OWN_HEADS) for line in said if line.strip())
