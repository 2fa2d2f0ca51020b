"""ImageFolder of `datasets`: `SPLIT/metadata.jsonl` and the pictures beside it, copied byte for byte.

`images`, a list of files, becomes `file_names`, of which the loader makes the column `images` again; names are relative
to the metadata file (datasets packaged_modules/folder_based_builder, head b7cb10b). A picture that is not listed would
be left out there without a word, and one that is listed and missing only found when it is looked at; neither can be.
A picture that several rows show is there once. The form is one file a split and is not cut.
"""

from pathlib import Path
from typing import Any

import msgspec

from ...converters.pictures.upright import house_name
from ...schemas.errors import InternalError
from ..commit import Staging
from .inside import file_named, json_bytes, measured
from .json_lines import JsonLines, read_rows
from .protocol import WHOLE, Cut, Rows, Shard

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_FILES = "images"


class _Folder:
    """The folder of a split."""

    def __init__(self, staging: Staging, split: str) -> None:
        self._staging, self._split = staging, split
        self._lines = JsonLines(staging, f"{split}/metadata.jsonl")
        self._copied: set[str] = set()

    def write(self, rows: list[bytes]) -> None:
        """Append rows, and copy the pictures that are not there yet."""
        for row in rows:
            held = _decode(row)
            names = [self._placed(file_named(each)) for each in held.pop(_FILES)]
            self._lines.add([json_bytes({"file_names": names, **held})])

    def close(self) -> list[Shard]:
        """End the metadata; its receipt."""
        return [self._lines.close()]

    def _placed(self, path: str | None) -> str:
        if path is None:
            raise InternalError(self._split, "a picture is no file", "Please report this fault of mmdata's.")
        name = house_name(path.lstrip("/"), Path(path).suffix.lower())
        if name not in self._copied:
            file = measured(self._staging, path)
            with self._staging.open(f"{self._split}/{name}") as writer:
                file.copy(writer.write)
            self._copied.add(name)
        return name


def open_rows(staging: Staging, split: str, cut: Cut = WHOLE) -> Rows:
    """The folder of a split."""
    return _Folder(staging, split)


__all__ = ["open_rows", "read_rows"]
