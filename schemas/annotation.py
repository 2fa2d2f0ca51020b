"""The annotation table: what a source says, in one frame, before any model is thought of.

One row is one *record*: what belongs together in front of a person, usually one picture with its boxes, sometimes
several pages. All coordinates are float64 pixels of the *upright* picture (EXIF orientation applied), x to the right,
y down, (0, 0) the outer corner of the first pixel, so a box that covers a W×H picture is (0, 0, W, H). Boxes are
`x1, y1, x2, y2` with x1 ≤ x2 and y1 ≤ y2; nothing is rounded here.

`at` is the place in `file`: a JSON pointer (RFC 6901) for JSON, `line:column` for text, an element path for XML.
"""

import pyarrow as pa

from .column import column
from .conversation import TURN

MEDIA = pa.struct(
    [
        column("kind", pa.dictionary(pa.int8(), pa.string()), "image, video or audio"),
        column("path", pa.string(), "as the source names it; absolute once the pictures were found"),
        column("width", pa.int32(), "pixels, upright; 0: the source does not say"),
        column("height", pa.int32(), "pixels, upright; 0: the source does not say"),
        column("duration", pa.float64(), "seconds of a film or sound; null: a picture, or not said", nullable=True),
    ]
)

OBJECT = pa.struct(
    [
        column("at", pa.string(), "its place in the file; null: `index` in the record's `list`", nullable=True),
        column("index", pa.int64(), "its number in the record's `list`, so that a million places need no text"),
        column("media", pa.int32(), "which of the record's media it is in, from 0"),
        column("label", pa.dictionary(pa.int32(), pa.string()), "what it is"),
        column("x1", pa.float64(), "left edge; of the upright hull, also where a quad or polygon is given"),
        column("y1", pa.float64(), "top edge"),
        column("x2", pa.float64(), "right edge"),
        column("y2", pa.float64(), "bottom edge"),
        column(
            "quad", pa.list_(pa.float64()), "8 numbers, four corners in drawing order; null: upright", nullable=True
        ),
        column("polygons", pa.list_(pa.list_(pa.float64())), "rings of x, y, x, y …; null: none", nullable=True),
        column(
            "keypoints",
            pa.list_(pa.float64()),
            "x, y, visibility (0 no, 1 hidden, 2 seen) a point; null: none",
            nullable=True,
        ),
        column(
            "keypoint_names",
            pa.list_(pa.string()),
            "what each of the keypoints is called, in their order; null: nobody says",
            nullable=True,
        ),
        column("mask", pa.string(), "COCO's compressed RLE of the picture as stored; null: none", nullable=True),
        column("start", pa.float64(), "where it begins in a film or sound, seconds; null: it does not", nullable=True),
        column("end", pa.float64(), "where it ends, seconds", nullable=True),
        column("text", pa.string(), "what is written or said in the region; null: nothing", nullable=True),
        column("attributes", pa.string(), "a JSON object of what else the source says; null: nothing", nullable=True),
        column("crowd", pa.bool_(), "one box over many things (COCO iscrowd, Open Images IsGroupOf)"),
        column("difficult", pa.bool_(), "hard to recognise without context (VOC)"),
    ]
)

CAPTION = pa.struct(
    [
        column("at", pa.string(), "its place in the file"),
        column("text", pa.string(), "one sentence or more about the whole record"),
    ]
)

ANSWER = pa.struct(
    [
        column("text", pa.string(), "what somebody answered"),
        column("votes", pa.int32(), "how many people answered so"),
    ]
)

QUESTION = pa.struct(
    [
        column("at", pa.string(), "its place in the file"),
        column("question", pa.string(), "what is asked"),
        column("answers", pa.list_(ANSWER), "the different answers in the order given; none: it was not answered"),
        column("objects", pa.list_(pa.int32()), "the record's objects that it is about, from 0"),
    ]
)

PHRASE = pa.struct(
    [
        column("at", pa.string(), "its place in the file"),
        column("text", pa.string(), "words that point at something in the picture"),
        column(
            "objects", pa.list_(pa.int32()), "the record's objects that are meant, from 0; none: nothing there fits"
        ),
    ]
)

CONVERSATION = pa.struct(
    [
        column("at", pa.string(), "its place in the file"),
        column("turns", pa.list_(TURN), "what was said, as in the conversation table"),
    ]
)

ANNOTATIONS = pa.schema(
    [
        column("id", pa.string(), "stable: the source's own id or the picture's name"),
        column("file", pa.string(), "the file that said so"),
        column("at", pa.string(), "where in it the record stands"),
        column("list", pa.string(), "where the list of objects without `at` stands; null: none", nullable=True),
        column("group", pa.string(), "what a split must not tear apart; null: the record alone", nullable=True),
        column("media", pa.list_(MEDIA), "usually one picture; several pages of one task"),
        column("objects", pa.list_(OBJECT), "boxes and regions"),
        column("captions", pa.list_(CAPTION), "texts about the whole"),
        column("questions", pa.list_(QUESTION), "questions with people's answers"),
        column("phrases", pa.list_(PHRASE), "referring expressions"),
        column("conversations", pa.list_(CONVERSATION), "conversations that were there already"),
    ]
)
"""Rows are records, columns as above; a batch is a `pyarrow.RecordBatch` of this schema."""

TEXT_LABEL = "text"
"""The label of a region of text whose source has no classes of text."""

ITEMS = ("objects", "captions", "questions", "phrases", "conversations")
"""The list columns whose entries are annotations, in the order in which a batch's annotations are numbered."""
