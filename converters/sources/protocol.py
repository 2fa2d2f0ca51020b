"""What a source module must have: five names and two functions, no class, no base; and two functions it may have."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.box import Box
from ...schemas.finding import Edit
from ..pictures.find import Pictures


class Source(Protocol):
    """A module that reads one format.

    Its docstring states the format in five lines, with its source and its known lies.
    """

    NAME: str
    """The name on the command line."""
    SUMMARY: str
    """One line for `mmdata sources`: what is read."""
    FRAME: str
    """One line: the unit and frame of the coordinates in the file, and how they become pixels."""
    Options: type
    """A frozen dataclass whose fields are `converters.options.option`s; may be empty."""

    def sniff(self, path: Path) -> str | None:
        """Why this file or folder looks like this format ("'images' and 'annotations' at the top"), or None.

        Reads a bounded head only; never raises for bad content.
        """
        ...

    def read(self, path: Path, options: Any, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
        """Batches of the annotation table (`schemas.annotation.ANNOTATIONS`), in the file's own order.

        Coordinates are pixels of the picture as the source shows it, with the size that the source declares in
        `media.width/height` (0 when it declares none); `pipelines.pictures` later settles orientation. Paths are as
        the source names them. Non-finite numbers pass through; `pipelines.check` rejects them.

        Counts with `accounting.read` every image and annotation in the file, and rejects with
        `accounting.reject` those it cannot put into the table; calls `accounting.input` for every file read.
        Holds no whole large file as objects. Raises `InputError` when the file as a whole cannot be read.
        """
        ...


class WithDefaultImages(Protocol):
    """A source that knows where the pictures stand when the user names no folder; else it is that of the labels."""

    def default_images(self, path: Path) -> Path:
        """The folder that picture names are relative to, for this file or folder of labels."""
        ...


class WithAddresses(Protocol):
    """A source whose labels name pictures by addresses, which become names under `--images` by rules."""

    def describe_addresses(self, path: Path, options: Any, limit: int = 10) -> list[str]:
        """How the first addresses become names, at most `limit` lines for a person. Raises as `read`."""
        ...


class WithEdits(Protocol):
    """A source whose labels lint can mend.

    It may have LINT_OPTIONS, the choices by which `mmdata lint --deep` reads it, where those of a conversion leave
    something out.
    """

    def edits(self, file: str, at: str, box: Box | None) -> tuple[Edit, ...]:
        """What makes the object at a place have another box, in pixels; without a box, what takes it away.

        Empty where that cannot be written in the place of what is there.
        """
        ...


def default_images(source: Source, path: Path) -> Path:
    """Where the pictures stand when the user does not say: as the source knows, else the folder of the labels."""
    own: Callable[[Path], Path] | None = getattr(source, "default_images", None)
    if own is not None:
        return own(path)
    return path if path.is_dir() else path.parent
