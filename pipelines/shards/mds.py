"""MDS, what MosaicML's streaming reads: `SPLIT/index.json` and `SPLIT/shard.00000.mds` beside it.

A shard is the number of samples, where each begins and where the last ends (uint32, little-endian), a JSON object with
the columns, and the samples; a sample is the sizes of its columns (uint32) and their bytes, columns sorted by name
(streaming/base/format/mds/writer.py, head 89e7bb9). A row is an object with the same keys throughout: a text is a
column `str`, a whole number `int`, a `{"$file": path}` `bytes`, a list of them `list[jpeg]`, any other object `json`.
`list[jpeg]` is the one form of the library for any number of pictures; it opens each by what its bytes say, so a PNG
is as good, and the bytes are those of the file. `pkl` and `pil` are never written: one runs code, one is raw pixels.
Written by hand, because the library wants torch and torchvision, keeps a shard in memory, encodes pictures again
unless they are JPEGs on the disk, and leaves files behind when it is killed. Offsets are 32 bits: a shard ends before
4 GiB. The index holds the sha256 of every shard.
"""

import json
import struct
from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from struct import Struct
from tempfile import TemporaryFile
from typing import Any, BinaryIO, NamedTuple, cast

import msgspec

from ...schemas.errors import InputError, InternalError, OutputError
from ..commit import Staging, Writer
from ..place import telling
from .cut import CutRows
from .inside import DEFAULT_BYTES, Inside, file_named, json_bytes, measured
from .protocol import WHOLE, Cut, Rows, Shard

LARGEST = (1 << 32) - 1
HEAD = 2048
"""Bytes of a shard without samples at most: the number of samples, one offset, the columns."""

Value = bytes | Inside
_WORD = Struct("<I")
_UNREADABLE = (struct.error, msgspec.DecodeError, ValueError)
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Sample(NamedTuple):
    """A row as it came, and the bytes that its sample will have."""

    row: bytes
    size: int


class _Shard:
    """One shard: its rows are put aside, without their pictures, until it is known how many there are."""

    def __init__(self, staging: Staging, split: str, number: int, entries: list[dict[str, Any]]) -> None:
        self._staging, self._entries = staging, entries
        self._path = f"{split}/shard.{number:05d}.mds"
        self._sizes = array("Q")
        with telling(staging.out / self._path):
            aside = TemporaryFile(dir=staging.folder)  # noqa: SIM115 - open from the first row to `close`
        self._aside = cast(BinaryIO, aside)

    def add(self, rows: Sequence[Sample]) -> None:
        """Put rows aside."""
        with telling(self._staging.out / self._path):
            self._aside.writelines(row.row + b"\n" for row in rows)
        self._sizes.extend(row.size for row in rows)

    def close(self) -> Shard:
        """Write the shard; its receipt with the number of samples, its entry of the index among the `entries`."""
        writer = self._staging.open(self._path)
        with self._aside, telling(self._staging.out / self._path):
            self._aside.seek(0)
            columns = _columns(_decode(self._aside.readline()))
            self._aside.seek(0)
            writer.write(_head(self._sizes, columns))
            for line, size in zip(self._aside, self._sizes, strict=True):
                _write(writer, _values(self._staging, _decode(line), columns), columns, size)
        receipt = writer.close()
        file = {"basename": receipt.path.rpartition("/")[2], "bytes": receipt.bytes}
        hashes = {"hashes": {"sha256": receipt.sha256}}
        self._entries.append(
            {**_config(columns), "raw_data": file | hashes, "samples": len(self._sizes), "zip_data": None}
        )
        return Shard(receipt.path, len(self._sizes), receipt.bytes, receipt.sha256)


class _Shards(CutRows[Sample]):
    """The shards of a split, and the index when they are closed."""

    def __init__(self, staging: Staging, split: str, cut: Cut) -> None:
        self._staging, self._split = staging, split
        self._entries: list[dict[str, Any]] = []
        self._columns: dict[str, str] | None = None

        def open_file(number: int) -> _Shard:
            return _Shard(staging, split, number, self._entries)

        super().__init__(open_file, self._prepare_row, cut, HEAD, empty=False)

    def close(self) -> list[Shard]:
        """End the last shard and write the index; the receipts of the shards."""
        shards = super().close()
        with self._staging.open(f"{self._split}/index.json") as writer:
            writer.write(json.dumps({"shards": self._entries, "version": 2}, sort_keys=True).encode())
        return shards

    def _prepare_row(self, row: bytes) -> tuple[Sample, int]:
        values = _decode(row)
        self._columns = self._columns or _columns(values)
        held = _values(self._staging, values, self._columns)
        size = sum(_size(self._columns[name], value) for name, value in held.items())
        if size + HEAD > LARGEST:
            place = str(self._staging.out / self._split)
            raise OutputError(place, f"a sample has {size} bytes, and an MDS shard ends before 4 GiB", "Leave it out.")
        return Sample(row, size), size + _WORD.size


def open_rows(staging: Staging, split: str, cut: Cut = WHOLE) -> Rows:
    """The shards of a split, of 512 MB unless it is cut otherwise; a split without samples has an index alone."""
    asked = cut.or_else(DEFAULT_BYTES)
    return _Shards(staging, split, asked._replace(bytes=min(asked.bytes or LARGEST, LARGEST)))


def _columns(row: Mapping[str, Any]) -> dict[str, str]:
    """The encoding of every column, sorted by name, as the first row of a shard says."""
    return {name: _encoding(row[name]) for name in sorted(row)}


def _encoding(value: Any) -> str:
    if isinstance(value, list):
        return "list[jpeg]"
    if file_named(value) is not None:
        return "bytes"
    return {str: "str", int: "int"}.get(type(value), "json")


def _config(columns: Mapping[str, str]) -> dict[str, Any]:
    return {
        "column_encodings": list(columns.values()),
        "column_names": list(columns),
        "column_sizes": [8 if encoding == "int" else None for encoding in columns.values()],
        "compression": None,
        "format": "mds",
        "hashes": ["sha256"],
        "size_limit": None,
        "version": 2,
    }


def _head(sizes: "array[int]", columns: Mapping[str, str]) -> bytes:
    """The number of samples, where each begins and the last ends, and the columns."""
    config = json.dumps(_config(columns), sort_keys=True).encode()
    at = _WORD.size * (len(sizes) + 2) + len(config)
    numbers = array("I", [len(sizes), at])
    for size in sizes:
        numbers.append(at := at + size)
    return _little_endian(numbers) + config


def _little_endian(numbers: "array[int]") -> bytes:
    return b"".join(map(_WORD.pack, numbers)) if numbers.itemsize != _WORD.size else _swapped(numbers).tobytes()


def _swapped(numbers: "array[int]") -> "array[int]":
    import sys

    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _values(staging: Staging, row: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Value | list[Inside]]:
    """What is in every column, the files measured."""
    if row.keys() != columns.keys() or any(_encoding(row[name]) != columns[name] for name in columns):
        raise InternalError(str(row)[:80], f"has not the columns {columns}", "Please report this fault of mmdata's.")
    held: dict[str, Value | list[Inside]] = {}
    for name, encoding in columns.items():
        value = row[name]
        path = file_named(value)
        if encoding == "list[jpeg]":
            held[name] = [measured(staging, file_named(each) or "") for each in value]
        elif path is not None:
            held[name] = measured(staging, path)
        elif encoding == "int":
            held[name] = int(value).to_bytes(8, "little", signed=True)
        else:
            held[name] = value.encode() if isinstance(value, str) else json_bytes(value)
    return held


def _length(value: Value | list[Inside]) -> int:
    if isinstance(value, list):
        return _WORD.size * (2 + len(value)) + sum(each.size for each in value)
    return value.size if isinstance(value, Inside) else len(value)


def _size(encoding: str, value: Value | list[Inside]) -> int:
    """The bytes of a column in a sample, with its size before it where the encoding has none of its own."""
    return _length(value) + (0 if encoding == "int" else _WORD.size)


def _write(writer: Writer, held: Mapping[str, Value | list[Inside]], columns: Mapping[str, str], promised: int) -> None:
    """One sample; `InputError` where its files are not those that were measured when the shard was cut."""
    before = writer.bytes
    if sum(_size(columns[name], value) for name, value in held.items()) != promised:
        shown = [
            each.shown
            for value in held.values()
            for each in (value if isinstance(value, list) else [value])
            if isinstance(each, Inside)
        ]
        remedy = "Leave the pictures alone while they are copied, and run again."
        raise InputError(", ".join(shown), "has another size than when the shard was planned", remedy)
    sized = [value for name, value in held.items() if columns[name] != "int"]
    writer.write(b"".join(_WORD.pack(_length(value)) for value in sized))
    for value in held.values():
        if isinstance(value, list):
            writer.write(b"".join(map(_WORD.pack, [0, len(value), *(each.size for each in value)])))
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Inside):
                each.copy(writer.write)
            else:
                writer.write(each)
    assert writer.bytes - before == promised  # noqa: S101 - the offsets at the head have said so


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The samples of a shard, one at a time: texts, numbers and objects as they were, files as bytes.

    Raises `InputError` where the shard is torn.
    """
    with path.open("rb") as file:
        try:
            (count,) = _WORD.unpack(file.read(_WORD.size))
            offsets = Struct(f"<{count + 1}I")
            ends = offsets.unpack(file.read(offsets.size))
            config = _decode(file.read(ends[0] - file.tell()))
            columns = dict(zip(config["column_names"], config["column_encodings"], strict=True))
            if min(map(len, columns)) < 1:
                raise ValueError("a column without a name")
        except (
            struct.error,
            msgspec.DecodeError,
            KeyError,
            TypeError,
            ValueError,
            OverflowError,
            MemoryError,
        ) as fault:
            raise _torn(path, "its head", fault) from None
        for number in range(count):
            data = file.read(max(0, ends[number + 1] - ends[number]))
            try:
                yield _sample(data, columns, ends[number + 1] - ends[number])
            except _UNREADABLE as fault:
                raise _torn(path, f"sample {number}", fault) from None


def _sample(data: bytes, columns: Mapping[str, str], size: int) -> dict[str, Any]:
    sized = [name for name, encoding in columns.items() if encoding != "int"]
    lengths = dict(zip(sized, Struct(f"<{len(sized)}I").unpack_from(data), strict=True))
    at = _WORD.size * len(sized)
    sample: dict[str, Any] = {}
    for name, encoding in columns.items():
        length = lengths.get(name, 8)
        sample[name] = _read(encoding, data[at : at + length])
        at += length
    if at != size or len(data) != size:
        raise ValueError(f"{len(data)} bytes where {at} should be")
    return sample


def _read(encoding: str, data: bytes) -> Any:
    if encoding == "list[jpeg]":
        (count,) = _WORD.unpack_from(data, _WORD.size)
        sizes = Struct(f"<{count}I").unpack_from(data, 2 * _WORD.size)
        at = _WORD.size * (2 + count)
        return [data[(start := at + sum(sizes[:number])) : start + size] for number, size in enumerate(sizes)]
    if encoding == "int":
        return int.from_bytes(data, "little", signed=True)
    if encoding == "str":
        return data.decode()
    return data if encoding == "bytes" else msgspec.json.decode(data)


def _torn(path: Path, what: str, fault: Exception) -> InputError:
    return InputError(f"{path}: {what}", f"cannot be read ({fault})", "Write the folder again with mmdata convert.")
