"""Pictures put into OUT because the user asked (--pictures link|copy, --max-side): where each came from, what was done.

They are put there when they are settled, before it is known which records will be left out; those that no row shows in
the end are taken away again.

`pictures.parquet` has a row a picture, in the order in which they were met: `path` in OUT, `origin` where it came from,
`width` and `height` of the upright original, `new_width` and `new_height` those that it has now (0 of films and
sounds), and `how`: `linked`, `copied`, `upright` (turned as EXIF says, without its metadata) or `smaller` (that too).
A box of a row is one of the original once its x are multiplied by width / new_width and its y by height / new_height.
"""

from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .commit.staging import Receipt, StagingFolder
from .shards.sink import sink_of
from .splits.ledger import Hashes, hashes_of


class OutPicture(NamedTuple):
    """A picture of OUT: its path there, where it came from, its size upright, the size it has now, and how it came."""

    path: str
    origin: str
    width: int
    height: int
    new_width: int
    new_height: int
    how: str


_COLUMNS = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("path", "origin")),
        *(pa.field(name, pa.int32()) for name in ("width", "height", "new_width", "new_height")),
        pa.field("how", pa.string()),
    ]
)


def out_pictures_among(place: StagingFolder, paths: pa.Array) -> Hashes:
    """Those of the pictures that were put into OUT: 64 bits of the path of each there."""
    head = f"{place.shown}/"
    mine = paths.filter(pc.starts_with(paths, head)).unique()
    return hashes_of([path[len(head) :] for path in mine.to_pylist()])


def drop_unshown(place: StagingFolder, put: Sequence[Receipt], shown: Sequence[Hashes]) -> None:
    """Take those of the pictures that were put into OUT away again that no row shows."""
    known = np.concatenate([np.zeros(0, np.uint64), *shown])
    stays = np.isin(hashes_of([each.path for each in put]), known)
    place.drop([each for each, stay in zip(put, stays.tolist(), strict=True) if not stay])


def write_out_pictures(place: StagingFolder, pictures: Sequence[OutPicture]) -> dict[str, int]:
    """Write the list; how many came in which way, for the manifest. A picture of several parts is in it once, and one
    that was taken away is not.
    """
    there = {each.path for each in place.receipts}
    once = list({each.path: each for each in pictures if each.path in there}.values())
    columns = zip(*once, strict=True) if once else [()] * len(_COLUMNS)
    table = pa.table([pa.array(each, kind.type) for each, kind in zip(columns, _COLUMNS, strict=True)], _COLUMNS)
    with place.open("pictures.parquet") as writer, sink_of(writer) as sink:
        import_module("pyarrow.parquet").write_table(table, sink, compression="zstd")
    return dict(sorted(Counter(each.how for each in once).items()))
