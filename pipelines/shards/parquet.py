"""Parquet as the Hugging Face Hub and `datasets` have it: `SPLIT/SPLIT-00000.parquet`, pictures inside.

The columns are those that the target declares. A picture is a struct of `bytes` and `path`, which the `huggingface`
entry of the schema's metadata calls an Image (datasets features/image.py, head b7cb10b): its bytes are those of the
file, untouched, its path the file's name alone, since another's absolute paths are nowhere. Lists of features are
written as JSON lists in that entry, the one form that `datasets` reads from 2 to 5; 64-bit integers whose field has
the metadata `names` (a JSON list) are a ClassLabel.
A row group has at most 100 rows, as `datasets` writes pictures, and ends before 100 MB of them: the Hub's viewer shows
no row group beyond 300 MB, and one row group is all that is in memory. A single row over that has one to itself.
Text is compressed by zstd; pictures are compressed already and stay as they are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, Self, cast

import msgspec
import pyarrow as pa
from pyarrow.lib import ArrowException

from ...schemas.errors import InputError, InternalError
from ..commit.staging import StagingFolder
from .cut import CutFiles, check_planned, with_planned
from .inside import DEFAULT_BYTES, Inside, file_named, files_in, measured
from .protocol import WHOLE, Cut, Shard
from .sink import Sink, sink_of

LENGTHS = ""
TYPED = True
"""`files` wants the columns of the rows, an Arrow schema."""

PICTURE = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])
"""The column type of a picture's bytes, and of any file's."""

GROUP_ROWS, GROUP_BYTES = 100, 100_000_000
"""A row group ends after so many rows or bytes of pictures."""

_SUFFIX = ".parquet"
_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True)
class ParquetFiles(CutFiles):
    """The files of a split; `columns` with what `datasets` is told of them."""

    columns: pa.Schema | None = None

    OVERHEAD = 4096

    def _size(self, row: bytes, place: StagingFolder) -> int:
        return _Row.found(place, row).weight + len(row)

    def _write(self, place: StagingFolder, number: int, first: int, rows: Iterable[bytes]) -> Shard:
        return self._write_planned(place, number, first, rows, None)

    def _write_planned(
        self, place: StagingFolder, number: int, first: int, rows: Iterable[bytes], sizes: Iterable[int] | None
    ) -> Shard:
        with place.open(f"{self.split}/{self.split}-{number:05d}{_SUFFIX}") as writer:
            with sink_of(writer) as sink:
                samples = self._write_groups(sink, _found(place, rows, sizes))
            return Shard.closed(writer, samples)

    def _write_groups(self, sink: Sink, rows: Iterable["_Row"]) -> int:
        samples = 0
        parquet = _opened(sink, self.columns)
        for group in _groups(rows):
            held = [_with_bytes(row.values, row.files) for row in group]
            parquet.write_table(pa.Table.from_pylist(held, self.columns), row_group_size=GROUP_ROWS)
            samples += len(group)
        parquet.close()
        return samples


class _Row(NamedTuple):
    """A row with the files whose bytes belong into it, by their paths."""

    values: dict[str, Any]
    files: dict[str, Inside]
    weight: int

    @classmethod
    def found(cls, place: StagingFolder, row: bytes) -> Self:
        """The row with its files measured, each as often as it is in there."""
        values = _decode(row)
        named = list(files_in(values))
        files = {path: measured(place, path) for path in named}
        return cls(values, files, sum(files[path].size for path in named))


def _found(place: StagingFolder, rows: Iterable[bytes], sizes: Iterable[int] | None) -> Iterator[_Row]:
    """The rows with their files; `InputError` where one is not as large as was planned."""
    for row, planned in with_planned(rows, sizes):
        found = _Row.found(place, row)
        check_planned(row, found.weight + len(row), planned)
        yield found


def _groups(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    """The rows of each row group."""
    group: list[_Row] = []
    held = 0
    for row in rows:
        if group and (len(group) == GROUP_ROWS or held + row.weight > GROUP_BYTES):
            yield group
            group, held = [], 0
        group.append(row)
        held += row.weight
    if group:
        yield group


def files(split: str, cut: Cut = WHOLE, columns: pa.Schema | None = None) -> ParquetFiles:
    """The files of a split, of 512 MB unless it is cut otherwise."""
    if columns is None:
        raise InternalError(f"{split}/", "the rows have no declared columns", "Please report this fault of mmdata's.")
    said = {"huggingface": msgspec.json.encode({"info": {"features": features(columns)}})}
    return ParquetFiles(split, cut.or_else(DEFAULT_BYTES), columns.with_metadata(said))


def features(columns: pa.Schema) -> dict[str, Any]:
    """What the columns are to `datasets`."""
    return {field.name: _feature(field) for field in columns}


def _feature(field: pa.Field) -> Any:
    kind = field.type
    if kind.equals(PICTURE):
        return {"_type": "Image"}
    if pa.types.is_struct(kind):
        return {each.name: _feature(each) for each in kind}
    if pa.types.is_list(kind):
        return [_feature(kind.value_field)]
    if names := (field.metadata or {}).get(b"names"):
        return {"names": msgspec.json.decode(names), "_type": "ClassLabel"}
    return {"dtype": {"double": "float64"}.get(str(kind), str(kind)), "_type": "Value"}


def _parquet() -> Any:
    """`pyarrow.parquet`, which has no types, and takes as long to import as a small conversion."""
    return import_module("pyarrow.parquet")


def _opened(sink: Sink, schema: pa.Schema) -> Any:
    pictures, others = _leaves(schema)
    return _parquet().ParquetWriter(
        sink,
        schema,
        compression={**dict.fromkeys(pictures, "NONE"), **dict.fromkeys(others, "ZSTD")},
        use_dictionary=others,
        write_statistics=others,
    )


def _leaves(schema: pa.Schema) -> tuple[list[str], list[str]]:
    """Parquet's names of the columns: those of pictures' bytes, and all others."""
    pictures: list[str] = []
    others: list[str] = []

    def visit(kind: pa.DataType, name: str) -> None:
        if pa.types.is_list(kind):
            visit(kind.value_type, f"{name}.list.element")
        elif pa.types.is_struct(kind):
            for field in kind:
                visit(field.type, f"{name}.{field.name}")
        else:
            (pictures if pa.types.is_binary(kind) else others).append(name)

    for field in schema:
        visit(field.type, field.name)
    return pictures, others


def _with_bytes(value: Any, files: Mapping[str, Inside]) -> Any:
    """The row with the bytes of its files in their places."""
    path = file_named(value)
    if path is not None:
        blocks: list[bytes] = []
        files[path].copy(blocks.append)
        return {"bytes": b"".join(blocks), "path": PurePosixPath(path).name}
    if isinstance(value, dict):
        return {name: _with_bytes(each, files) for name, each in cast(dict[str, Any], value).items()}
    if isinstance(value, list):
        held: list[Any] = value
        return [_with_bytes(each, files) for each in held]
    return value


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file, a row group in memory at a time; `InputError` where it is torn or no Parquet."""
    with path.open("rb") as file:
        try:
            parquet = _parquet().ParquetFile(file)
            for number in range(parquet.num_row_groups):
                rows: list[Mapping[str, Any]] = parquet.read_row_group(number).to_pylist()
                yield from map(dict, rows)
        except (ArrowException, OSError) as fault:
            if isinstance(fault, OSError) and fault.errno is not None:
                raise
            fact = f"is torn or no Parquet: {str(fault).splitlines()[0]}"
            raise InputError(str(path), fact, "Write the folder again with mmdata convert.") from None
