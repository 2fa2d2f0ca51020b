"""Lines of text files, one after another in flat memory, each with its number; and the JSON that a line may be.

UTF-8 with or without its mark, or an encoding that the user names. A line ends at a line feed, and at nothing else that
Unicode counts as one: a transcription may hold U+2028 or U+0085. Bytes that are no text cost their own line.
"""

import codecs
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from ...schemas.accounting import Accounting
from ...schemas.errors import ConfigError, InputError
from ..sendable import sendable
from .object_error import ObjectError

LARGEST_LINE = 64 << 20
"""Bytes; a longer line is refused, not read into memory."""

HEAD = 1 << 16
"""Bytes that are read of a file to see what it is."""

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Line(NamedTuple):
    """One line without its end. Where its bytes are no text, `fault` says so and `text` holds U+FFFD for them."""

    number: int
    text: str
    fault: ObjectError | None = None


def text_lines(path: Path, accounting: Accounting, encoding: str = "utf-8") -> Iterator[Line]:
    """The lines that are not blank, in order; the file's size and sha256 go to `accounting` once it was read.

    Raises `InputError` where the file cannot be read, is UTF-16 or has a line over 64 MiB; `ConfigError` for an
    encoding that there is not.
    """
    codec = known_encoding(encoding)
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(_raw_lines(file), 1):
                digest.update(raw)
                size += len(raw)
                _refuse(path, number, raw)
                line = _decoded(number, raw, codec)
                if line.fault or line.text.strip():
                    yield line
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}", "Check the file's permissions.") from None
    accounting.input(str(path), size, digest.hexdigest())


def head_lines(path: Path, count: int, encoding: str = "utf-8") -> list[str]:
    """The first lines that are not blank, as far as the first 64 KiB go; [] for what is no text. Never raises."""
    try:
        with path.open("rb") as file:
            data = file.read(HEAD)
        text = data.removeprefix(codecs.BOM_UTF8).decode(encoding, "replace")
    except (OSError, LookupError):
        return []
    if "\0" in text:
        return []
    whole = text.split("\n") if len(data) < HEAD else text.split("\n")[:-1]
    return [line.removesuffix("\r") for line in whole if line.strip()][:count]


def known_encoding(encoding: str) -> str:
    """The name of the encoding as Python has it; `ConfigError` where there is none."""
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        raise ConfigError("--encoding", f"there is no encoding {encoding!r}", "Say utf-8, gb18030, cp1252 …") from None


def json_in(line: Line) -> Any:
    """The JSON value that a line is, fit for UTF-8 and 64-bit integers; `ObjectError` AN001 where it is none.

    NaN and Infinity are numbers, as Python writes them. The fault of a line's bytes is raised as it is.
    """
    if line.fault:
        raise line.fault
    try:
        return sendable(msgspec.json.decode(line.text))[0]
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    try:
        return sendable(json.loads(line.text))[0]
    except json.JSONDecodeError as error:
        raise ObjectError(
            "AN001", f"{line.number}:{error.colno}", shortened(line.text.strip()), f"no whole JSON: {error.msg}"
        ) from None
    except (ValueError, RecursionError) as error:
        said = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise ObjectError("AN001", f"{line.number}:1", shortened(line.text.strip()), f"no JSON: {said}") from None


def shortened(value: object) -> str:
    """The value as text of 200 characters at most, for a rejection."""
    return str(value)[:200]


def _raw_lines(file: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: file.readline(LARGEST_LINE + 1), b"")


def _refuse(path: Path, number: int, raw: bytes) -> None:
    if len(raw) > LARGEST_LINE:
        fact = f"the line is longer than {LARGEST_LINE >> 20} MiB"
        raise InputError(f"{path}:{number}", fact, "Check that this is a file of text lines.")
    if number == 1 and raw.startswith(_UTF16):
        raise InputError(f"{path}:1", "the file is UTF-16", "Save it as UTF-8.")


def _decoded(number: int, raw: bytes, codec: str) -> Line:
    if number == 1 and codec == "utf-8":
        raw = raw.removeprefix(codecs.BOM_UTF8)
    raw = raw.removesuffix(b"\n").removesuffix(b"\r")
    try:
        return Line(number, raw.decode(codec))
    except UnicodeDecodeError as error:
        shown = raw.decode(codec, "replace")
        fact = (
            f"byte {raw[error.start]:#04x} is not {codec}; name the file's encoding with --encoding if it has another"
        )
        column = len(raw[: error.start].decode(codec, "replace")) + 1
        return Line(number, shown, ObjectError("AN001", f"{number}:{column}", shortened(shown), fact))
