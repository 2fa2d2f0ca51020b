"""The annotation table: what a source says, in one frame, before any model is thought of.

One row is one *record*: what belongs together in front of a person, usually one picture with its boxes, sometimes
several pages. All coordinates are float64 pixels of the *upright* picture (EXIF orientation applied), x to the right,
y down, (0, 0) the outer corner of the first pixel, so a box that covers a W×H picture is (0, 0, W, H). Boxes are
`x1, y1, x2, y2` with x1 ≤ x2 and y1 ≤ y2; nothing is rounded here.

`at` is the place in `file`: a JSON pointer (RFC 6901) for JSON, `line:column` for text, an element path for XML.
"""

import pyarrow as pa

MEDIA = pa.struct(
    [
        pa.field("kind", pa.dictionary(pa.int8(), pa.string()), nullable=False),  # image | video | audio
        pa.field("path", pa.string(), nullable=False),  # as the source names it; absolute once the pictures were found
        pa.field("width", pa.int32(), nullable=False),  # pixels, upright; 0 = the source does not say
        pa.field("height", pa.int32(), nullable=False),
    ]
)

OBJECT = pa.struct(
    [
        pa.field("at", pa.string()),  # null: `index` in the record's `list`, so that a million places need no text
        pa.field("index", pa.int64(), nullable=False),
        pa.field("media", pa.int32(), nullable=False),  # index into the record's media
        pa.field("label", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("x1", pa.float64(), nullable=False),  # the axis-aligned hull, also where a quad or polygon is given
        pa.field("y1", pa.float64(), nullable=False),
        pa.field("x2", pa.float64(), nullable=False),
        pa.field("y2", pa.float64(), nullable=False),
        pa.field("quad", pa.list_(pa.float64())),  # 8 numbers, four corners in drawing order; null = upright box
        pa.field("polygons", pa.list_(pa.list_(pa.float64()))),  # rings of x, y, x, y …; null = none
        pa.field("keypoints", pa.list_(pa.float64())),  # x, y, visibility (0 no, 1 hidden, 2 seen) a point; null = none
        pa.field("text", pa.string()),  # what is written or said in the region; null = nothing
        pa.field("attributes", pa.string()),  # a JSON object of what else the source says; null = nothing
        pa.field("crowd", pa.bool_(), nullable=False),  # one box over many things (COCO iscrowd, Open Images IsGroupOf)
        pa.field("difficult", pa.bool_(), nullable=False),  # VOC: hard to recognise without context
    ]
)

CAPTION = pa.struct(
    [
        pa.field("at", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
    ]
)

ANNOTATIONS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),  # stable: the source's own id or the picture's name
        pa.field("file", pa.string(), nullable=False),  # the file that said so
        pa.field("at", pa.string(), nullable=False),  # where in it the record stands
        pa.field("list", pa.string()),  # where the list stands in which objects without `at` have their index
        pa.field("group", pa.string()),  # what must not be torn apart by a split (video, document); null = the record
        pa.field("media", pa.list_(MEDIA), nullable=False),
        pa.field("objects", pa.list_(OBJECT), nullable=False),
        pa.field("captions", pa.list_(CAPTION), nullable=False),
    ]
)
"""Rows are records, columns as above; a batch is a `pyarrow.RecordBatch` of this schema."""
