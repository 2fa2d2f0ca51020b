"""Tables on disk, row by row: parquet, and Arrow streams and files as `save_to_disk` writes them; in flat memory.

The schema of a table that Hugging Face `datasets` wrote holds its features as JSON under the key `huggingface`
(datasets/arrow_writer.py, `_build_metadata`): which columns are pictures, and the names of classes that the rows have
as numbers. A row's place is a JSON pointer, as if the file were a list of rows.
"""

import hashlib
import json
from collections.abc import Collection, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from ..sendable import sendable
from .json_rows import JsonRow
from .object_error import ObjectError
from .text_lines import shortened

ENDINGS = (".parquet", ".arrow")
"""What names of tables end with."""

_BLOCK = 1 << 20
_ROWS, _ROWS_WITH_BYTES = 1024, 32
_BROKEN = (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError)


def schema_of(path: Path) -> pa.Schema:
    """The schema of a table; `InputError` where it cannot be read."""
    try:
        if path.suffix.lower() == ".parquet":
            with _parquet(path) as file:
                return file.schema_arrow
        with pa.OSFile(str(path), "rb") as source:
            return _arrow(source).schema
    except _BROKEN as error:
        raise _unreadable(path, error) from None


def features_of(schema: pa.Schema) -> dict[str, Any]:
    """What `datasets` says of every column; {} for a table that it did not write."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, ValueError, TypeError, RecursionError):
        return {}
    return features if isinstance(features, dict) else {}


def table_rows(path: Path, columns: Collection[str], accounting: Accounting) -> Iterator[JsonRow]:
    """The rows of a table in order, `columns` alone; the file's size and sha256 go to `accounting` before them.

    A row whose text is not UTF-8 is a row with a fault (AN001). Raises `InputError` where the table is damaged.
    """
    accounting.input(str(path), *_size_and_hash(path))
    number = 0
    try:
        for batch in _batches(path, columns):
            for value in _values(batch, number):
                yield value
                number += 1
    except _BROKEN as error:
        raise _unreadable(path, error, number) from None


def _batches(path: Path, columns: Collection[str]) -> Iterator[pa.RecordBatch]:
    if path.suffix.lower() == ".parquet":
        with _parquet(path) as file:
            wanted = [name for name in file.schema_arrow.names if name in columns]
            rows = _rows(file.schema_arrow, wanted)
            yield from file.iter_batches(rows, columns=wanted, use_threads=False)
        return
    with pa.OSFile(str(path), "rb") as source:
        reader = _arrow(source)
        wanted = [name for name in reader.schema.names if name in columns]
        rows = _rows(reader.schema, wanted)
        whole = isinstance(reader, pa.RecordBatchFileReader)
        for batch in (reader.get_batch(at) for at in range(reader.num_record_batches)) if whole else reader:
            chosen = batch.select(wanted)
            yield from (chosen.slice(at, rows) for at in range(0, len(chosen), rows))


def _parquet(path: Path) -> Any:
    """Imported when it is needed: it takes as long as a small conversion, and has no types."""
    return import_module("pyarrow.parquet").ParquetFile(str(path), pre_buffer=False)


def _arrow(source: pa.NativeFile) -> Any:
    """`save_to_disk` writes streams; other programs write files."""
    if source.read(6) == b"ARROW1":
        return pa.ipc.open_file(source)
    source.seek(0)
    return pa.ipc.open_stream(source)


def _rows(schema: pa.Schema, columns: Collection[str]) -> int:
    """How many rows are made at once: few where there may be pictures in them."""
    heavy = any("binary" in str(schema.field(name).type) for name in columns)
    return _ROWS_WITH_BYTES if heavy else _ROWS


def _values(batch: pa.RecordBatch, number: int) -> Iterator[JsonRow]:
    try:
        values = batch.to_pylist()
    except ValueError:  # text that is not UTF-8, somewhere
        yield from (_value(batch.slice(at, 1), number + at) for at in range(len(batch)))
        return
    for at, value in enumerate(values):
        yield JsonRow(f"/{number + at}", value)


def _value(row: pa.RecordBatch, number: int) -> JsonRow:
    at = f"/{number}"
    try:
        return JsonRow(at, sendable(row.to_pylist()[0])[0])
    except ValueError as error:
        return JsonRow(at, None, ObjectError("AN001", at, shortened(error), "the row's text is not UTF-8"))


def _size_and_hash(path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}", "Check the file's permissions.") from None
    return size, digest.hexdigest()


def _unreadable(path: Path, error: BaseException, row: int = 0) -> InputError:
    kind = "parquet" if path.suffix.lower() == ".parquet" else "Arrow"
    said = " ".join(str(error).split())[:200] or type(error).__name__
    return InputError(f"{path}#/{row}" if row else str(path), f"no whole {kind} table: {said}", "Fetch the file again.")
