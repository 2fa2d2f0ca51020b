"""Shapes of many label files to batches of the annotation table, in columns: a record costs more than its file."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from ...schemas.annotation import ANNOTATIONS, OBJECT
from ..columns import lists, none_at_all, one_picture_each
from .yolo_lines import More, Shape


class Head(NamedTuple):
    """What a record says besides its objects: `size` is (width, height) of the picture upright, 0 where unknown."""

    id: str
    file: str
    at: str
    picture: str
    size: tuple[int, int]


@dataclass
class Rows:
    """Records waiting to become a batch; `more` holds, by object, the few that are not a box alone."""

    heads: list[Head] = field(default_factory=list[Head])
    counts: list[int] = field(default_factory=list[int])
    shapes: list[Shape] = field(default_factory=list[Shape])

    def add(self, head: Head, shapes: list[Shape]) -> None:
        """One record; the shapes in fractions."""
        self.heads.append(head)
        self.counts.append(len(shapes))
        self.shapes += shapes

    def batch(self, names: pa.Array) -> pa.RecordBatch:
        """The records as a batch of the annotation table, in pixels; `names` are the labels by code."""
        count = len(self.heads)
        sizes = np.array([head.size for head in self.heads], np.int32).reshape(-1, 2)
        columns = {
            "id": pa.array([head.id for head in self.heads], pa.string()),
            "file": pa.array([head.file for head in self.heads], pa.string()),
            "at": pa.array([head.at for head in self.heads], pa.string()),
            "media": one_picture_each(
                pa.array([head.picture for head in self.heads], pa.string()), *np.ascontiguousarray(sizes.T)
            ),
            "objects": lists(np.array(self.counts, np.int64), self._objects(sizes, names)),
        }
        arrays = [columns[name] if name in columns else _none(count, name) for name in ANNOTATIONS.names]
        return pa.RecordBatch.from_arrays(arrays, schema=ANNOTATIONS)

    def _objects(self, sizes: Any, names: pa.Array) -> pa.StructArray:
        count = len(self.shapes)
        scale = np.repeat(sizes, self.counts, axis=0).astype(np.float64)
        boxes = np.array([shape.box for shape in self.shapes], np.float64).reshape(-1, 4) * np.tile(scale, 2)
        codes = np.array([shape.code for shape in self.shapes], np.int32)
        plain = np.zeros(count, np.bool_)
        columns = {
            "at": pa.array([shape.at for shape in self.shapes], pa.string()),
            "index": pa.array(np.zeros(count, np.int64)),
            "media": pa.array(np.zeros(count, np.int32)),
            "label": pa.DictionaryArray.from_arrays(pa.array(codes), names),
            **{side: pa.array(np.ascontiguousarray(boxes[:, i])) for i, side in enumerate(("x1", "y1", "x2", "y2"))},
            **self._more(scale),
            "crowd": pa.array(plain),
            "difficult": pa.array(plain),
        }
        arrays = [columns[each.name] if each.name in columns else pa.nulls(count, each.type) for each in OBJECT]
        return pa.StructArray.from_arrays(arrays, fields=list(OBJECT))

    def _more(self, scale: Any) -> dict[str, pa.Array]:
        """The columns quad, polygons, keypoints and attributes; none where no object has any."""
        having = [place for place, shape in enumerate(self.shapes) if shape.more is not None]
        columns: dict[str, list[Any]] = {
            name: [None] * len(self.shapes) for name in ("quad", "polygons", "keypoints", "attributes")
        }
        for place in having:
            for name, value in _in_pixels(self.shapes[place].more or More(), *scale[place].tolist()).items():
                columns[name][place] = value
        return {name: pa.array(values, OBJECT.field(name).type) for name, values in columns.items()} if having else {}


def _none(count: int, column: str) -> pa.Array:
    """A column in which no record has anything."""
    each = ANNOTATIONS.field(column)
    return pa.nulls(count, each.type) if each.nullable else none_at_all(count, column)


def _in_pixels(more: More, width: float, height: float) -> dict[str, Any]:
    sides = (width, height)
    return {
        "quad": more.quad and [value * sides[i % 2] for i, value in enumerate(more.quad)],
        "polygons": more.polygon and [[value * sides[i % 2] for i, value in enumerate(more.polygon)]],
        "keypoints": more.keypoints and [value * (width, height, 1.0)[i % 3] for i, value in enumerate(more.keypoints)],
        "attributes": more.attributes,
    }
