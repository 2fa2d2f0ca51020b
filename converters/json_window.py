"""A window over a large file: filled block by block, grown for a large element, places told as line and column."""

import hashlib
import os
from pathlib import Path

from ..schemas.errors import InputError

BLOCK = 2 << 20
"""Bytes a read; a block and its decoded elements are all that is held."""

LARGEST_ELEMENT = 64 << 20
"""Bytes; one element or one value beside the arrays larger than this is refused, not read into memory."""

_SPACE = b" \t\r\n"
_REMEDY = "Export or copy the file again: what stands here is not whole JSON."


class Reader:
    """A window over the file: bytes `lo:hi` of `buffer` are read and not yet consumed; index 0 stays free."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.descriptor = descriptor
        self.size = os.fstat(descriptor).st_size
        self.buffer = bytearray(min(BLOCK, self.size + 4096) + 1)
        self.lo = self.hi = 1
        self.consumed = 0  # bytes of the file before buffer[lo]
        self.done = False
        self.digest = hashlib.sha256()
        self.last = "no element was whole"  # what was read before, for errors

    @property
    def offset_of_end(self) -> int:
        """How many bytes of the file were read."""
        return self.consumed + self.hi - self.lo

    def fill(self) -> None:
        """Read until the buffer is full or the file ends; a buffer that grew for a large element is small again."""
        rest = self.hi - self.lo
        if len(self.buffer) > BLOCK + 1 and rest < BLOCK:
            self.buffer = bytearray(b"\0" + self.buffer[self.lo : self.hi] + bytes(BLOCK - rest))
        elif self.lo > 1:
            self.buffer[1 : 1 + rest] = self.buffer[self.lo : self.hi]
        self.lo, self.hi = 1, 1 + rest
        self.read_on()

    def read_on(self) -> None:
        """Read behind what is there, until the buffer is full or the file ends."""
        while not self.done and self.hi < len(self.buffer):
            with memoryview(self.buffer) as view:
                got = os.readv(self.descriptor, [view[self.hi :]])
                self.digest.update(view[self.hi : self.hi + got])
            self.hi += got
            self.done = got == 0

    def grow(self) -> None:
        """Twice the window, up to the largest element that is allowed."""
        if len(self.buffer) > LARGEST_ELEMENT:
            raise self.error(
                self.lo,
                f"one element or value is larger than {LARGEST_ELEMENT >> 20} MiB",
                "Split the file: mmdata reads no single element of that size into memory.",
            )
        self.buffer.extend(bytes(len(self.buffer)))
        self.read_on()

    def skip_to(self, position: int) -> None:
        """Consume everything before that position of the buffer."""
        self.consumed += position - self.lo
        self.lo = position

    def skip_space(self) -> int:
        """Past white space; the next byte, or -1 at the end of the file."""
        while True:
            while self.lo < self.hi:
                byte = self.buffer[self.lo]
                if byte not in _SPACE:
                    return byte
                self.skip_to(self.lo + 1)
            if self.done:
                return -1
            self.fill()

    def error(self, position: int, fact: str, remedy: str) -> InputError:
        """`fact` at a position of the buffer, said as line, column and byte of the file."""
        offset = self.consumed + position - self.lo
        line, column = _line_and_column(self.path, offset)
        return InputError(f"{self.path}:{line}:{column}", f"{fact} (byte {offset} of {self.size})", remedy)

    def torn(self, position: int, fact: str) -> InputError:
        """As `error`, for text that is no JSON there."""
        return self.error(position, f"{fact}; {self.last}", _REMEDY)


def _line_and_column(path: Path, offset: int) -> tuple[int, int]:
    """1-based line and column of a byte; read again in blocks, because errors are rare and files are large."""
    line, last_break, seen = 1, -1, 0
    with path.open("rb") as file:
        while seen < offset and (block := file.read(min(BLOCK, offset - seen))):
            line += block.count(b"\n")
            found = block.rfind(b"\n")
            last_break = seen + found if found >= 0 else last_break
            seen += len(block)
    return line, offset - last_break
