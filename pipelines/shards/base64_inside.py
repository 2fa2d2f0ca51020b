"""JSON with files inside as base64: `{"$base64": path}` in a row stands for the text of those bytes.

The size is known before a byte is read, and the bytes are read when they are written, so no row is held whole.
"""

from base64 import b64encode
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import uuid4

from ..commit.staging import StagingFolder
from .inside import Inside, json_bytes, measured
from .protocol import BASE64

_MULTIPLE = 3  # bytes that are four letters


class JsonInside(NamedTuple):
    """A JSON text whose `parts` are bytes as they are, and files that stand there as base64."""

    parts: list[bytes | Inside]

    @property
    def size(self) -> int:
        """Bytes of the whole text."""
        return sum(len(each) if isinstance(each, bytes) else 4 * -(-each.size // _MULTIPLE) for each in self.parts)

    def copy(self, write: Callable[[bytes], None]) -> None:
        """Give the text to `write`, block by block; `InputError` when a file is not the one that was measured."""
        for each in self.parts:
            if isinstance(each, bytes):
                write(each)
            else:
                _copy(each, write)


def _copy(file: Inside, write: Callable[[bytes], None]) -> None:
    kept = bytearray()

    def encode(block: bytes) -> None:
        kept.extend(block)
        whole = len(kept) - len(kept) % _MULTIPLE
        write(b64encode(bytes(kept[:whole])))
        del kept[:whole]

    file.copy(encode)
    write(b64encode(bytes(kept)))


def json_inside(place: StagingFolder, value: Any) -> bytes | JsonInside:
    """A value as JSON: bytes, or where files belong into it what copies them."""
    files: list[Inside] = []
    mark = f"base64 {uuid4().hex}"  # in no text of the user's, and never written
    marked = _marked(place, value, files, mark)
    text = json_bytes(marked)
    if not files:
        return text
    texts = text.split(mark.encode())
    parts: list[bytes | Inside] = [texts[0]]
    for file, after in zip(files, texts[1:], strict=True):
        parts += [file, after]
    return JsonInside(parts)


def _marked(place: StagingFolder, value: Any, files: list[Inside], mark: str) -> Any:
    if isinstance(value, list):
        return [_marked(place, each, files, mark) for each in value]
    if not isinstance(value, dict):
        return value
    if list(value) == [BASE64]:
        files.append(measured(place, str(value[BASE64])))
        return mark
    return {key: _marked(place, each, files, mark) for key, each in value.items()}
