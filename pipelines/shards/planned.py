"""The rows of a split as they come, put aside until there are no more; then planned, and written file by file."""

from array import array
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from ..commit import Staging
from ..place import telling
from .protocol import Files, Rows, Shard


class PlannedRows:
    """`Rows` of any form's `Files`, written in this process."""

    def __init__(self, staging: Staging, files: Files) -> None:
        self._staging, self._files = staging, files
        self._stage = staging.alone()
        self._sizes = array("q")
        self._aside = staging.folder / f".rows.{files.split}"

    def write(self, rows: list[bytes]) -> None:
        """Append rows, each one JSON object without a line break."""
        self._sizes.extend(self._files.size(row, self._stage) for row in rows)
        with telling(self._staging.out / self._files.split), self._aside.open("ab") as aside:
            aside.writelines(row + b"\n" for row in rows)

    def close(self) -> list[Shard]:
        """Write the files; the receipts of all, in the order of their rows."""
        self.write([])
        with telling(self._staging.out / self._files.split), self._aside.open("rb") as aside:
            shards = list(self._written(aside))
            self._aside.unlink()
        self._staging.take(self._stage.receipts)
        return shards

    def _written(self, rows: Iterable[bytes]) -> Iterator[Shard]:
        lines = iter(rows)
        sizes = np.frombuffer(self._sizes, np.int64) if self._sizes else np.zeros(0, np.int64)
        for number, (begin, end) in enumerate(self._files.plan(sizes)):
            mine = (line[:-1] for line in islice(lines, end - begin))
            yield self._files.write(self._stage, number, begin, mine, self._sizes[begin:end])


def planned(staging: Staging, files: Files) -> Rows:
    """The files of a split, which take rows as they come."""
    return PlannedRows(staging, files)
