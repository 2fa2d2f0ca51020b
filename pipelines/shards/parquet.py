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

import io
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec
import pyarrow as pa
from pyarrow.lib import ArrowException

from ...schemas.errors import InputError, InternalError
from ..commit import Staging, Writer
from .cut import CutRows
from .inside import DEFAULT_BYTES, Inside, file_named, measured
from .protocol import WHOLE, Cut, Rows, Shard

TYPED = True
"""`open_rows` wants the columns of the rows, an Arrow schema."""

PICTURE = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])
"""The column type of a picture's bytes, and of any file's."""

GROUP_ROWS, GROUP_BYTES = 100, 100_000_000
"""A row group ends after so many rows or bytes of pictures."""

_FOOTER = 4096
_SUFFIX = ".parquet"
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class _Row(NamedTuple):
    """A row as it came, and the bytes of its pictures."""

    text: bytes
    weight: int


class _File(io.RawIOBase):
    """One file of Parquet; to Arrow it is the stream into which it writes."""

    def __init__(self, staging: Staging, path: str, columns: pa.Schema) -> None:
        super().__init__()
        self.samples = 0
        self._staging, self._columns = staging, columns
        self._group: list[dict[str, Any]] = []
        self._held = 0
        self._writer: Writer = staging.open(path)
        self._parquet = _opened(self, columns)

    def add(self, rows: Sequence[_Row]) -> None:
        """Append rows; a group that is full goes to the disk."""
        for row in rows:
            if self._group and self._held + row.weight > GROUP_BYTES:
                self._end_group()
            self._group.append(_with_bytes(self._staging, _decode(row.text)))
            self._held += row.weight
            self.samples += 1
            if len(self._group) == GROUP_ROWS:
                self._end_group()

    def finish(self) -> Shard:
        """End the file; its receipt."""
        self._end_group()
        self._parquet.close()
        receipt = self._writer.close()
        return Shard(receipt.path, self.samples, receipt.bytes, receipt.sha256)

    def writable(self) -> bool:
        """Arrow asks."""
        return True

    def write(self, data: Any) -> int:
        """Arrow's bytes, on to the staged file."""
        view = memoryview(data)
        self._writer.write(cast(bytes, view))
        return view.nbytes

    def tell(self) -> int:
        """How many bytes Arrow has written."""
        return self._writer.bytes

    def _end_group(self) -> None:
        if self._group:
            self._parquet.write_table(pa.Table.from_pylist(self._group, self._columns), row_group_size=GROUP_ROWS)
        self._group, self._held = [], 0


class _Ended:
    """A file as `CutRows` takes it: what ends it is not what Arrow calls `close`."""

    def __init__(self, file: _File) -> None:
        self.add, self.close = file.add, file.finish


def open_rows(staging: Staging, split: str, cut: Cut = WHOLE, columns: pa.Schema | None = None) -> Rows:
    """The files of a split, of 512 MB unless it is cut otherwise."""
    if columns is None:
        raise InternalError(f"{split}/", "the rows have no declared columns", "Please report this fault of mmdata's.")
    schema = columns.with_metadata({"huggingface": msgspec.json.encode({"info": {"features": features(columns)}})})

    def open_file(number: int) -> _Ended:
        return _Ended(_File(staging, f"{split}/{split}-{number:05d}{_SUFFIX}", schema))

    def prepare(row: bytes) -> tuple[_Row, int]:
        weight = sum(each.size for each in _files(staging, _decode(row)))
        return _Row(row, weight), weight + len(row)

    return CutRows(open_file, prepare, cut.or_else(DEFAULT_BYTES), _FOOTER)


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


def _opened(sink: _File, schema: pa.Schema) -> Any:
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


def _files(staging: Staging, value: Any) -> Iterator[Inside]:
    """The files whose bytes belong into a row, in order."""
    path = file_named(value)
    if path is not None:
        yield measured(staging, path)
    elif isinstance(value, dict):
        for each in cast(dict[str, Any], value).values():
            yield from _files(staging, each)
    elif isinstance(value, list):
        held: list[Any] = value
        for each in held:
            yield from _files(staging, each)


def _with_bytes(staging: Staging, value: Any) -> Any:
    """The row with the bytes of its files in their places."""
    path = file_named(value)
    if path is not None:
        data = bytearray()
        measured(staging, path).copy(data.extend)
        return {"bytes": bytes(data), "path": Path(path).name}
    if isinstance(value, dict):
        return {name: _with_bytes(staging, each) for name, each in cast(dict[str, Any], value).items()}
    if isinstance(value, list):
        held: list[Any] = value
        return [_with_bytes(staging, each) for each in held]
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
