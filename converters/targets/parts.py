"""A conversation batch as flat numpy columns: what a target's `render` works on."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Parts:
    """p parts in t turns of s samples.

    `turn_starts` (s + 1) and `part_starts` (t + 1) are boundaries; `role` is per turn; the rest per part: `kind`,
    `text` (code of `texts`, -1 for none), `medium` (place among all media of the batch), `boxes` (p, 4) and `sizes`
    (p, 2) width and height of the part's picture, all in pixels; `quads` an Arrow list column.
    `paths` are the paths of all media.
    """

    ids: list[str]
    turn_starts: Ints
    part_starts: Ints
    role: NDArray[np.int8]
    kind: NDArray[np.int8]
    text: Ints
    texts: list[str]
    medium: Ints
    first_medium: Ints
    boxes: NDArray[np.float64]
    sizes: NDArray[np.float64]
    quads: pa.Array
    paths: list[str]

    @classmethod
    def of(cls, batch: pa.RecordBatch) -> "Parts":
        """The columns of a conversation batch."""
        turns = batch.column("turns")
        turn_starts = _starts(turns)
        turn = turns.flatten()
        held = pc.struct_field(turn, "parts")
        part_starts = _starts(held)
        part = held.flatten()
        media = batch.column("media")
        first_medium = _starts(media)[:-1]
        turn_counts = np.diff(turn_starts)
        part_counts = np.add.reduceat(np.diff(part_starts), turn_starts[:-1]) if len(turn_counts) else turn_counts
        medium = _field(part, "media").astype(np.int64) + np.repeat(first_medium, part_counts)
        width = _field(media.flatten(), "width").astype(np.float64)
        height = _field(media.flatten(), "height").astype(np.float64)
        text = pc.struct_field(part, "text")
        return cls(
            ids=batch.column("id").to_pylist(),
            turn_starts=turn_starts,
            part_starts=part_starts,
            role=pc.struct_field(turn, "role").indices.to_numpy(),
            kind=pc.struct_field(part, "kind").indices.to_numpy(),
            text=text.indices.fill_null(-1).to_numpy().astype(np.int64),
            texts=text.dictionary.to_pylist(),
            medium=medium,
            first_medium=first_medium,
            boxes=np.stack([_field(part, name) for name in ("x1", "y1", "x2", "y2")], axis=1),
            sizes=_sizes(medium, width, height),
            quads=pc.struct_field(part, "quad"),
            paths=pc.struct_field(media.flatten(), "path").to_pylist(),
        )


def _starts(lists: pa.Array) -> Ints:
    offsets = lists.offsets.to_numpy().astype(np.int64)
    return np.asarray(offsets - offsets[0])


def _sizes(medium: Ints, width: NDArray[np.float64], height: NDArray[np.float64]) -> NDArray[np.float64]:
    """Width and height for each part; what stands in a sample without pictures may be given any."""
    if not len(width):
        return np.zeros((len(medium), 2))
    place = np.minimum(medium, len(width) - 1)
    return np.stack([width[place], height[place]], axis=1)


def _field(values: pa.Array, name: str) -> NDArray[np.float64]:
    return np.asarray(pc.struct_field(values, name).to_numpy(zero_copy_only=False))
