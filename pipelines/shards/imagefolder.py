"""ImageFolder of `datasets`: `SPLIT/metadata.jsonl` and the pictures beside it, copied byte for byte.

`images`, a list of files, becomes `file_names`, of which the loader makes the column `images` again; names are relative
to the metadata file (datasets packaged_modules/folder_based_builder, head b7cb10b). A picture that is not listed would
be left out there without a word, and one that is listed and missing only found when it is looked at; neither can be.
A picture that several rows show is there once. The form is one file a split and is not cut.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...converters.pictures.upright import house_name
from ...schemas.errors import InternalError
from ..commit.staging import StagingFolder
from .inside import file_named, json_bytes, measured
from .json_lines import read_rows, write_lines
from .protocol import WHOLE, Cut, Shard

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_FILES = "images"
LENGTHS = ""


@dataclass(frozen=True)
class ImageFiles:
    """The folder of a split."""

    split: str

    @property
    def weighs(self) -> bool:
        """Never: nothing is cut."""
        return False

    def size(self, row: bytes, place: StagingFolder) -> int:
        """Nothing, since nothing is cut."""
        return 0

    def marks(self, rows: Sequence[bytes]) -> NDArray[np.uint8] | None:
        """None: rows stay in their order."""
        return None

    def arranged(self, lengths: NDArray[np.int64], marks: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Rows in their order."""
        return np.arange(len(lengths))

    def plan(self, sizes: NDArray[np.int64]) -> list[tuple[int, int]]:
        """All rows in one file."""
        return [(0, len(sizes))]

    def write(
        self, place: StagingFolder, number: int, first: int, rows: Iterable[bytes], sizes: Iterable[int] | None = None
    ) -> Shard:
        """Write the metadata, and copy the pictures; the metadata's receipt."""
        copied: set[str] = set()

        def line(row: bytes) -> bytes:
            held = _decode(row)
            names = [_placed(place, self.split, file_named(each), copied) for each in held.pop(_FILES)]
            return json_bytes({"file_names": names, **held})

        return write_lines(place, f"{self.split}/metadata.jsonl", map(line, rows))


def _placed(place: StagingFolder, split: str, path: str | None, copied: set[str]) -> str:
    """The name of a picture in the folder, where it is from now on."""
    if path is None:
        raise InternalError(split, "a picture is no file", "Please report this fault of mmdata's.")
    name = house_name(path.lstrip("/"), Path(path).suffix.lower())
    if name not in copied:
        file = measured(place, path)
        with place.open(f"{split}/{name}") as writer:
            file.copy(writer.write)
        copied.add(name)
    return name


def files(split: str, cut: Cut = WHOLE, columns: pa.Schema | None = None) -> ImageFiles:
    """The folder of a split, which is not cut."""
    return ImageFiles(split)


__all__ = ["files", "read_rows"]
