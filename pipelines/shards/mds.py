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
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from struct import Struct
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

import msgspec
import pyarrow as pa

from ...schemas.errors import InputError, InternalError, OutputError
from ..commit.destination import telling
from ..commit.staging import StagingFolder, Writer
from .cut import CutFiles
from .inside import DEFAULT_BYTES, Inside, file_named, json_bytes, measured
from .protocol import WHOLE, Cut, Shard

LARGEST = (1 << 32) - 1
HEAD = 2048
"""Bytes of a shard without samples at most: the number of samples, one offset, the columns."""

LENGTHS = ""
Value = bytes | Inside
_Held = Mapping[str, Value | list[Inside]]
_WORD = Struct("<I")
_UNREADABLE = (struct.error, msgspec.DecodeError, ValueError)
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class ShardFiles(CutFiles):
    """The shards of a split."""

    OVERHEAD = HEAD
    EMPTY = False

    def _size(self, row: bytes, place: StagingFolder) -> int:
        values = _decode(row)
        columns = _columns(values)
        size = _sample_size(columns, _values(place, values, columns))
        if size + HEAD > LARGEST:
            shown = str(place.out / self.split)
            raise OutputError(shown, f"a sample has {size} bytes, and an MDS shard ends before 4 GiB", "Leave it out.")
        return size + _WORD.size

    def _write(self, place: StagingFolder, number: int, first: int, rows: Iterable[bytes]) -> Shard:
        path = f"{self.split}/shard.{number:05d}.mds"
        sizes = array("Q")
        columns: dict[str, str] = {}
        with telling(place.out / path), TemporaryFile(dir=place.folder) as aside, place.open(path) as writer:
            for row in rows:  # put aside without their pictures, until it is known where each begins
                values = _decode(row)
                columns = columns or _columns(values)
                sizes.append(_sample_size(columns, _values(place, values, columns)))
                aside.write(row + b"\n")
            aside.seek(0)
            writer.write(_head(sizes, columns))
            for line, size in zip(cast(BinaryIO, aside), sizes, strict=True):
                _write(writer, _values(place, _decode(line), columns), columns, size)
            return Shard.closed(writer, len(sizes))


def _sample_size(columns: Mapping[str, str], held: _Held) -> int:
    return sum(_size(columns[name], value) for name, value in held.items())


def files(split: str, cut: Cut = WHOLE, columns: pa.Schema | None = None) -> ShardFiles:
    """The shards of a split, of 512 MB unless it is cut otherwise."""
    asked = cut.or_else(DEFAULT_BYTES)
    return ShardFiles(split, asked._replace(bytes=min(asked.bytes or LARGEST, LARGEST)))


def finish(staging: StagingFolder, manifest: Mapping[str, Any]) -> None:
    """Write the index of every split; one without samples has an index alone."""
    for split, made in manifest["splits"].items():
        entries = [_entry(staging, shard) for shard in made["shards"]]
        with staging.open(f"{split}/index.json") as writer:
            writer.write(json.dumps({"shards": entries, "version": 2}, sort_keys=True).encode())


def _entry(staging: StagingFolder, shard: Mapping[str, Any]) -> dict[str, Any]:
    """What the index says of a shard: what its own head says, its bytes and their hash."""
    path: str = shard["path"]
    with telling(staging.out / path), (staging.folder / path).open("rb") as file:
        _, config = _read_head(file)
    file_said = {"basename": path.rpartition("/")[2], "bytes": shard["bytes"], "hashes": {"sha256": shard["sha256"]}}
    return {**config, "raw_data": file_said, "samples": shard["samples"], "zip_data": None}


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


def _values(place: StagingFolder, row: Mapping[str, Any], columns: Mapping[str, str]) -> _Held:
    """What is in every column, the files measured."""
    if row.keys() != columns.keys() or any(_encoding(row[name]) != columns[name] for name in columns):
        raise InternalError(str(row)[:80], f"has not the columns {columns}", "Please report this fault of mmdata's.")
    held: dict[str, Value | list[Inside]] = {}
    for name, encoding in columns.items():
        value = row[name]
        path = file_named(value)
        if encoding == "list[jpeg]":
            held[name] = [measured(place, file_named(each) or "") for each in value]
        elif path is not None:
            held[name] = measured(place, path)
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


def _write(writer: Writer, held: _Held, columns: Mapping[str, str], promised: int) -> None:
    """One sample; `InputError` where its files are not those that were measured when the shard was cut."""
    before = writer.bytes
    if _sample_size(columns, held) != promised:
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
            ends, config = _read_head(file)
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
        for number in range(len(ends) - 1):
            data = file.read(max(0, ends[number + 1] - ends[number]))
            try:
                yield _sample(data, columns, ends[number + 1] - ends[number])
            except _UNREADABLE as fault:
                raise _torn(path, f"sample {number}", fault) from None


def _read_head(file: BinaryIO) -> tuple[tuple[int, ...], dict[str, Any]]:
    """Where every sample begins and the last ends, and the columns, of a shard that is read from its beginning."""
    (count,) = _WORD.unpack(file.read(_WORD.size))
    offsets = Struct(f"<{count + 1}I")
    ends = offsets.unpack(file.read(offsets.size))
    return ends, _decode(file.read(ends[0] - file.tell()))


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
