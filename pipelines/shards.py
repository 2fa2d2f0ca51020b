"""Shards: rows into the files that a trainer opens."""

from typing import NamedTuple, Protocol

from .commit import Receipt, Staging, Writer


class Shard(NamedTuple):
    """One finished file of samples: the manifest's entry."""

    path: str
    samples: int
    bytes: int
    sha256: str


class Rows(Protocol):
    """A file that takes rows as they come."""

    def write(self, rows: list[bytes]) -> None:
        """Append rows, each one JSON object without a line break."""
        ...

    def close(self) -> Shard:
        """End the file; its receipt with the number of rows."""
        ...


class JsonLines:
    """JSON Lines: a row a line and nothing else, since some trainers parse every line, an empty one too."""

    def __init__(self, staging: Staging, path: str) -> None:
        self.samples = 0
        self._writer: Writer = staging.open(path)

    def write(self, rows: list[bytes]) -> None:
        """Append rows, each one JSON object without a line break."""
        if rows:
            self._writer.write(b"\n".join(rows) + b"\n")
            self.samples += len(rows)

    def close(self) -> Shard:
        """End the file; its receipt with the number of rows."""
        receipt: Receipt = self._writer.close()
        return Shard(receipt.path, self.samples, receipt.bytes, receipt.sha256)


class JsonList:
    """One JSON list, a row a line, written as the rows come."""

    def __init__(self, staging: Staging, path: str) -> None:
        self.samples = 0
        self._writer: Writer = staging.open(path)
        self._writer.write(b"[")

    def write(self, rows: list[bytes]) -> None:
        """Append rows, each one JSON object without a line break."""
        if rows:
            self._writer.write((b",\n" if self.samples else b"\n") + b",\n".join(rows))
            self.samples += len(rows)

    def close(self) -> Shard:
        """End the list; its receipt with the number of rows."""
        self._writer.write(b"\n]\n")
        receipt: Receipt = self._writer.close()
        return Shard(receipt.path, self.samples, receipt.bytes, receipt.sha256)
