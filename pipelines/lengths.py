"""How long samples are, for batches of samples of like length: tokens, and pixels of their pictures.

`lengths-SPLIT.parquet` has a row a sample, in the order of the split's files: `row`, its number from 0, `tokens`, all
that the model is given, and `pixels`, of all its pictures together. Forms with columns or members have the two numbers
in the sample as well, where a sampler that reads no other file finds them.

A picture has the pixels to which the target's trainer resizes it: exactly by `PIXELS` and `FACTOR` (`smart_resize`),
within `PIXELS` where the sides of its model are not known, else those of the upright picture. Films and sounds have
none, nor has a picture of unknown size.
"""

from importlib import import_module

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..converters.targets.protocol import RenderOptions, Target
from ..converters.targets.smart_resize import pixel_limits, smart_resize
from ..schemas.conversation import IMAGE, KINDS
from .commit.staging import StagingFolder
from .shards.sink import sink_of

Ints = NDArray[np.int64]
NAMES = ("tokens", "pixels")
"""The columns, and what the numbers are called in a sample."""

_NONE: Ints = np.zeros(0, np.int64)


def pixels_of(target: Target, batch: pa.RecordBatch, options: RenderOptions) -> Ints:
    """The pixels of each sample's pictures, as the target's trainer sees them."""
    media = batch.column("media")
    held = media.flatten()
    sizes = np.stack([held.field(side).to_numpy().astype(np.float64) for side in ("width", "height")], axis=1)
    shown = np.array([kind == KINDS[IMAGE] for kind in held.field("kind").to_pylist()], np.bool_)
    pixels = np.where(shown, _resized(target, sizes, options), 0)
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(pixels)])
    found: Ints = np.diff(ends[media.offsets.to_numpy() - media.offsets[0].as_py()])
    return found


def _resized(target: Target, sizes: NDArray[np.float64], options: RenderOptions) -> Ints:
    """The pixels of pictures of these widths and heights."""
    own: tuple[int, int] | None = getattr(target, "PIXELS", None)
    factor: int | None = getattr(target, "FACTOR", None)
    area: Ints = sizes.prod(axis=1).astype(np.int64)
    if own is None:
        return area
    limits = pixel_limits(options, own)
    if factor is not None:
        return np.asarray(smart_resize(sizes, factor, limits).prod(axis=1))
    return np.where(area > 0, np.clip(area, *limits), 0)


def write_lengths(place: StagingFolder, split: str, tokens: Ints | None, pixels: Ints | None) -> None:
    """Write the lengths of a split beside its files. They are None where nothing is."""
    told = {name: _NONE if mine is None else mine for name, mine in zip(NAMES, (tokens, pixels), strict=True)}
    table = pa.table({"row": np.arange(len(told["tokens"])), **told})
    with place.open(f"lengths-{split}.parquet") as writer, sink_of(writer) as sink:
        import_module("pyarrow.parquet").write_table(table, sink, compression="zstd")
