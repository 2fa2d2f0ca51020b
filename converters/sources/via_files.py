"""VIA's three files as the same pictures: a project, a JSON export of regions, a CSV export.

A project holds the pictures under `_via_img_metadata`, an export has them at the top, {key: picture}; a picture has
`filename`, `file_attributes` and `regions`, a list in VIA 2, {"0": region} in VIA 1. The CSV has a row a region, the
attributes as JSON in a cell, and a row with region_count 0 for a picture without.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from ..json_pointer import step
from ..sendable import sendable
from .csv_rows import csv_rows, head_rows
from .json_by_python import json_by_python

LARGEST_FILE: Final = 1 << 30
"""Bytes; a project is made in a browser, which ends long before."""

COLUMNS: Final = frozenset({"filename", "region_shape_attributes", "region_attributes"})
_METADATA: Final = "_via_img_metadata"


@dataclass(slots=True)
class Region:
    """One region: its place in the file, and what stands there; `fault` says why it could not be read."""

    at: str
    value: object
    fault: str = ""


@dataclass(slots=True)
class Picture:
    """One picture: its place, what stands there, its regions in order."""

    at: str
    name: object
    attributes: dict[str, Any]
    regions: list[Region] = field(default_factory=list[Region])


class Project:
    """One file, whose bytes are held; `pictures` may be gone through more than once."""

    def __init__(self, path: Path, accounting: Accounting) -> None:
        self.path = path
        self.folder = ""
        self._rows: list[Picture] | None = None
        self._entries: dict[str, msgspec.Raw | object] = {}
        self._at = ""
        if is_csv(path):
            self._rows = list(_from_rows(path, accounting))
        else:
            self._load(accounting)

    def pictures(self) -> Iterator[Picture]:
        """The pictures in the order of the file."""
        if self._rows is not None:
            yield from self._rows
            return
        for key, entry in self._entries.items():
            value = msgspec.json.decode(entry) if isinstance(entry, msgspec.Raw) else entry
            yield _picture(self._at + step(key), sendable(value)[0])

    def _load(self, accounting: Accounting) -> None:
        data = _bytes(self.path, accounting)
        try:
            entries: Any = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
            if _METADATA in entries:
                self._settings(entries)
                self._at = f"/{_METADATA}"
                entries = msgspec.json.decode(entries[_METADATA], type=dict[str, msgspec.Raw])
            for entry in entries.values():  # what was cut out raw has not been read yet: its text may be none
                msgspec.json.decode(entry)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            entries = self._slowly(data)
        self._entries = entries

    def _settings(self, entries: dict[str, Any]) -> None:
        try:
            settings = msgspec.json.decode(entries.get("_via_settings", b"{}"))
            folder = settings["core"]["default_filepath"]
        except (msgspec.DecodeError, UnicodeDecodeError, LookupError, TypeError, RecursionError):
            return
        self.folder = str(sendable(folder)[0]) if isinstance(folder, str) else ""

    def _slowly(self, data: bytes) -> dict[str, object]:
        """As Python reads JSON (NaN); or what is wrong and where."""
        whole: Any = json_by_python(self.path, data, "Export or copy the file again.")
        if isinstance(whole, dict) and _METADATA in whole:
            self._at, whole = f"/{_METADATA}", whole[_METADATA]
        if not isinstance(whole, dict):
            raise InputError(str(self.path), "no object of pictures by their keys", "Give VIA's project or an export.")
        return whole


def is_csv(path: Path) -> bool:
    """Whether the first row has the columns of VIA's CSV."""
    rows = head_rows(path, 1)
    return bool(rows) and {cell.lstrip("#").strip() for cell in rows[0]} >= COLUMNS


def _bytes(path: Path, accounting: Accounting) -> bytes:
    try:
        if (size := path.stat().st_size) > LARGEST_FILE:
            raise InputError(str(path), f"{size} bytes are more than VIA can write", "Split the file.")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}", "Check the file's permissions.") from None
    accounting.input(str(path), len(data), hashlib.sha256(data).hexdigest())
    return data.removeprefix(b"\xef\xbb\xbf")


def _picture(at: str, given: object) -> Picture:
    entry = given if isinstance(given, dict) else {}
    attributes = entry.get("file_attributes")
    regions = entry.get("regions")
    named = enumerate(regions) if isinstance(regions, list) else regions.items() if isinstance(regions, dict) else ()
    listed = [Region(f"{at}/regions{step(key)}", value) for key, value in named]
    if regions is not None and not isinstance(regions, (list, dict)):
        listed = [Region(f"{at}/regions", regions, "'regions' is neither a list nor an object")]
    return Picture(at, entry.get("filename"), attributes if isinstance(attributes, dict) else {}, listed)


def _from_rows(path: Path, accounting: Accounting) -> Iterator[Picture]:
    """The pictures of a CSV in the order of their first rows; their cells are held until the file ends."""
    pictures: dict[str, Picture] = {}
    columns: dict[str, int] = {}
    for line, cells in csv_rows(path, accounting):
        if not columns:
            columns = {cell.lstrip("#").strip(): i for i, cell in enumerate(cells)}
            continue
        row = {name: cells[i] if i < len(cells) else "" for name, i in columns.items()}
        name, at = row["filename"], f"{line}:1"
        # one name may be two files of another size: VIA's own key is the two together
        key = f"{name}\n{row.get('file_size', '')}"
        picture = pictures.get(key)
        if picture is None:
            picture = pictures[key] = Picture(at, name, _json_object(row.get("file_attributes", ""))[0])
        if row["region_shape_attributes"] not in ("", "{}") or row.get("region_count", "") not in ("", "0"):
            picture.regions.append(_region(row, at))
    yield from pictures.values()


def _region(row: dict[str, str], at: str) -> Region:
    shape, wrong_shape = _json_object(row["region_shape_attributes"])
    attributes, wrong_attributes = _json_object(row["region_attributes"])
    fault = wrong_shape or wrong_attributes
    value = row["region_shape_attributes"] if fault else {"shape_attributes": shape, "region_attributes": attributes}
    return Region(at, value, fault)


def _json_object(cell: str) -> tuple[dict[str, Any], str]:
    """The JSON object in a cell, {} for an empty one; and what is wrong with it."""
    try:
        value = sendable(json.loads(cell))[0] if cell else {}
    except (ValueError, RecursionError) as error:
        return {}, f"the cell holds no JSON: {error}"
    return (value, "") if isinstance(value, dict) else ({}, "the cell holds no JSON object")
