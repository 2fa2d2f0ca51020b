"""Cutting a split into files: `--max-shard-size` and `--max-shard-samples`, the same way for every form."""

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from .protocol import WHOLE, Cut, Shard

Row = TypeVar("Row")
Weighed_contra = TypeVar("Weighed_contra", contravariant=True)


class File(Protocol[Weighed_contra]):
    """One file of a split while it is written."""

    def add(self, rows: Sequence[Weighed_contra]) -> None:
        """Append rows."""
        ...

    def close(self) -> Shard:
        """End it; its receipt."""
        ...


class CutRows(Generic[Row]):
    """The files of one split, a new one begun where the last is full.

    `open_file` begins the file of a number, counted from 0; `prepare` turns a row of JSON into what the file takes,
    with the bytes that it will have there; `overhead` are the bytes of a file without rows; `empty`: a split without
    rows has its file too.
    """

    def __init__(
        self,
        open_file: Callable[[int], File[Row]],
        prepare: Callable[[bytes], tuple[Row, int]],
        cut: Cut,
        overhead: int = 0,
        *,
        empty: bool = True,
    ) -> None:
        self._open_file, self._prepare, self._cut, self._overhead = open_file, prepare, cut, overhead
        self._shards: list[Shard] = []
        self._file: File[Row] | None = open_file(0) if empty else None
        self._samples, self._bytes = 0, overhead

    def write(self, rows: list[bytes]) -> None:
        """Append rows, each one JSON object without a line break."""
        held: list[Row] = []
        for row in rows:
            ready, size = self._prepare(row)
            if self._samples and self._full(size):
                self._current().add(held)
                held = []
                self._end()
            held.append(ready)
            self._samples += 1
            self._bytes += size
        if held:
            self._current().add(held)

    def close(self) -> list[Shard]:
        """End the last file; the receipts of all, in the order of their rows."""
        self._end()
        return self._shards

    def _current(self) -> File[Row]:
        if self._file is None:
            self._file = self._open_file(len(self._shards))
        return self._file

    def _full(self, size: int) -> bool:
        most = self._cut
        return (most.samples is not None and self._samples >= most.samples) or (
            most.bytes is not None and self._bytes + size > most.bytes
        )

    def _end(self) -> None:
        if self._file is not None:
            self._shards.append(self._file.close())
        self._file, self._samples, self._bytes = None, 0, self._overhead


def numbered(split: str, suffix: str, cut: Cut, number: int) -> str:
    """The path of a split's file in OUT: `train/train.jsonl`, where files are cut `train/train-00000.jsonl`."""
    return f"{split}/{split}{suffix}" if cut == WHOLE else f"{split}/{split}-{number:05d}{suffix}"
