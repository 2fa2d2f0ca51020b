"""What a form of file must have: a way to write rows and a way to read them back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..commit.staging import StagingFolder, Writer

FILE = "$file"
"""The one key of an object that stands, in a row, for the bytes of the file whose path is its value."""

BASE64 = "$base64"
"""The same for those bytes as a text in base64, in forms that hold JSON with pictures in it (tars)."""


class Shard(NamedTuple):
    """One finished file of samples: the manifest's entry."""

    path: str
    samples: int
    bytes: int
    sha256: str

    @classmethod
    def closed(cls, writer: Writer, samples: int) -> Self:
        """The entry of a file that holds so many samples, which this ends."""
        path, size, digest = writer.close()
        return cls(path, samples, size, digest)


class Cut(NamedTuple):
    """A file is ended before it would hold more bytes or rows than this; None is no bound.

    A single row over the bound has a file to itself: rows are never torn. With `even` the number of files is a multiple
    of that, and all have as many rows, or one more: see `even.py`.
    """

    bytes: int | None = None
    samples: int | None = None
    even: int | None = None

    def or_else(self, most: int) -> "Cut":
        """The same cut; where it says nothing at all, files of `most` bytes."""
        return self if (self.bytes, self.samples) != (None, None) else self._replace(bytes=most)


WHOLE = Cut()
"""No bound: one file a split, whatever it comes to."""


class Files(Protocol):
    """The files of one split: what each will weigh, which rows it has, and each written by itself.

    Pickles, so that any process may write; it knows nothing but the split's name, the cut and the columns.
    """

    @property
    def split(self) -> str:
        """The name of the split."""
        ...

    @property
    def weighs(self) -> bool:
        """Whether files are cut by bytes; where not, no row need be asked for its size."""
        ...

    def size(self, row: bytes, place: StagingFolder) -> int:
        """Bytes that a row takes in a file, those of its pictures included; 0 where nothing is cut by bytes."""
        ...

    def marks(self, rows: Sequence[bytes]) -> NDArray[np.uint8] | None:
        """What the order in a file hangs on, a number a row; None where rows stay in their order."""
        ...

    def arranged(self, lengths: NDArray[np.int64], marks: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The rows of one file in the order in which it must have them, of rows of these lengths and marks."""
        ...

    def plan(self, sizes: NDArray[np.int64]) -> list[tuple[int, int]]:
        """The rows of each file, from the first to before the last, of rows that have these sizes."""
        ...

    def write(
        self, place: StagingFolder, number: int, first: int, rows: Iterable[bytes], sizes: Iterable[int] | None = None
    ) -> Shard:
        """Write the file of that number, from 0, whose first row is row `first` of the split; its receipt.

        The same rows are the same bytes, whoever writes them and however often; `place.receipts` has what else was
        written for them. `sizes`, where given, are those of the plan. Raises `InputError` where a picture is not there
        or another than was planned, `OutputError`.
        """
        ...


class Form(Protocol):
    """A module that writes rows in one form of file."""

    LENGTHS: str
    """The key of a row in which its readers take more numbers, empty for the row itself. May be missing: nowhere."""
    TYPED: bool
    """Whether its files have typed columns, which the target declares. May be missing, which is that they have none."""

    def files(self, split: str, cut: Cut = WHOLE, columns: pa.Schema | None = None) -> Files:
        """The files of a split, under `split/` in OUT, cut as asked.

        Where `cut` is `WHOLE` the form does what is usual for it: one file, or files of a size that it states.
        `columns` are those of the rows, which forms with `TYPED` want.
        """
        ...

    def read_rows(self, path: Path) -> Iterator[dict[str, Any]]:
        """The rows of one finished file in order; bytes that were put in come as bytes.

        Raises `InputError` naming the place that is not a row, `OSError` where the file cannot be read.
        """
        ...

    def beside(self, manifest: Mapping[str, Any]) -> Mapping[str, bytes]:
        """What readers of the form want beside the files: contents by name in OUT. May be missing, which is nothing."""
        ...

    def finish(self, staging: StagingFolder, manifest: Mapping[str, Any]) -> None:
        """Write into OUT what is too large to be held, such as an index of all files. May be missing, which is nothing.

        The files of rows are staged and closed; `manifest["splits"]` names them. Raises `OutputError`.
        """
        ...
