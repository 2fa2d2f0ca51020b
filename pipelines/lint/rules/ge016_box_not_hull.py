"""A box that is not the hull of its polygons.

What
    An object whose box and polygons disagree by more than 2 pixels and more than 2 % of the hull's longer side. COCO's
    outlines are read under --deep alone: they are most of such a file, and reading them takes as long as all the rest.

Why it hurts training
    One of the two is stale: the outline was corrected and the box was not, or the other way round. The model is
    trained on the box.

Example
    A polygon from (10, 10) to (60, 80) with the box (10, 10, 90, 80).

Instead
    Compute the box from the outline.

Fix safety
    Safe where the outline is what people drew: the box becomes its hull.

Sources
    COCO's own boxes are the hulls of their outlines; the thresholds leave room for its rounding.

"""

from collections.abc import Iterator

import numpy as np
import pyarrow.compute as pc

from ....converters.table import entries
from ....schemas.box import Box
from ....schemas.finding import Fix
from ..hits import Hits
from ..labels import Labels

PIXELS = 2.0
SHARE = 0.02


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Objects with polygons and a finite box that is not around them; turned boxes and crowds are let be."""
    polygons = entries(labels.batch, "objects", "polygons")
    upright = entries(labels.batch, "objects", "quad").is_null().to_numpy(zero_copy_only=False)
    rings = polygons.flatten()
    of_ring = pc.list_parent_indices(polygons).to_numpy()
    lengths = pc.list_value_length(rings).to_numpy(zero_copy_only=False)
    sizes = np.bincount(of_ring, lengths, len(polygons)).astype(np.int64)
    sound = (sizes >= 6) & (sizes % 2 == 0) & upright
    held = np.flatnonzero(sound)
    if not len(held):
        return
    flat = np.asarray(rings.flatten().to_numpy(zero_copy_only=False), np.float64)
    points = flat[sound[np.repeat(of_ring, lengths)]].reshape(-1, 2)
    starts = np.concatenate([[0], np.cumsum(sizes[held] // 2)])[:-1]
    hulls = np.concatenate([np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)], axis=1)
    off = np.abs(hulls - labels.boxes[held]).max(axis=1)
    longer = (hulls[:, 2:] - hulls[:, :2]).max(axis=1)
    wrong = np.flatnonzero((off > PIXELS) & (off > SHARE * longer) & np.isfinite(off))
    hull_of = {int(held[at]): hulls[at].tolist() for at in wrong.tolist()}

    def said(place: int) -> str:
        x1, y1, x2, y2 = hull_of[place]
        return f"the outline reaches from ({x1:g}, {y1:g}) to ({x2:g}, {y2:g}), the box does not"

    def around(place: int) -> Fix | None:
        return labels.reboxed(place, Box(*hull_of[place]), "safe", "Take the hull of the outline")

    yield Hits("objects", list(hull_of), said, lambda place: labels.boxes[place].tolist(), around)
