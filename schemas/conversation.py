"""The conversation table: what is said to a model, before any model's tags.

One row is one sample. A turn is a list of parts; a part is one of

| kind    | means                                                    | uses                  |
|---------|----------------------------------------------------------|-----------------------|
| `text`  | plain words                                              | text                  |
| `image` | here the picture stands                                  | media                 |
| `ref`   | words that point at something, without saying where      | text                  |
| `box`   | an axis-aligned box; its text is what is inside          | text, media, x1 … y2  |
| `quad`  | four corners; x1 … y2 is its hull                        | text, media, quad     |

A `box` or `quad` with null text belongs to the text of the box before it in the same run ("two mugs": box, box);
at the head of a run it has no text at all. Coordinates are pixels of the upright picture as in the annotation table:
only a target knows a model's grid, so changing the model never changes this table.

`record` and `uses` tie a sample to the annotation batch it was made from, so that every annotation can be accounted
for: `record` is the row, `uses` are positions in the batch's flattened objects followed by its flattened captions.
"""

import pyarrow as pa

KINDS = ("text", "image", "ref", "box", "quad")
"""The part kinds; a kind column is dictionary-encoded with exactly this dictionary."""

TEXT, IMAGE, REF, BOX, QUAD = range(len(KINDS))

ROLES = ("user", "assistant")
"""The turn roles; a role column is dictionary-encoded with exactly this dictionary."""

USER, ASSISTANT = range(len(ROLES))

MEDIA = pa.struct(
    [
        pa.field("kind", pa.dictionary(pa.int8(), pa.string()), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("width", pa.int32(), nullable=False),  # pixels, upright
        pa.field("height", pa.int32(), nullable=False),
    ]
)

PART = pa.struct(
    [
        pa.field("kind", pa.dictionary(pa.int8(), pa.string()), nullable=False),
        pa.field("text", pa.dictionary(pa.int32(), pa.string())),
        pa.field("media", pa.int32(), nullable=False),  # index into the sample's media; 0 for text
        pa.field("x1", pa.float64(), nullable=False),  # 0 unless a box or quad
        pa.field("y1", pa.float64(), nullable=False),
        pa.field("x2", pa.float64(), nullable=False),
        pa.field("y2", pa.float64(), nullable=False),
        pa.field("quad", pa.list_(pa.float64())),
    ]
)

TURN = pa.struct(
    [
        pa.field("role", pa.dictionary(pa.int8(), pa.string()), nullable=False),
        pa.field("parts", pa.list_(PART), nullable=False),
    ]
)

CONVERSATIONS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("task", pa.dictionary(pa.int8(), pa.string()), nullable=False),
        pa.field("record", pa.int32(), nullable=False),
        pa.field("uses", pa.list_(pa.int32()), nullable=False),
        pa.field("media", pa.list_(MEDIA), nullable=False),
        pa.field("turns", pa.list_(TURN), nullable=False),
    ]
)
"""Rows are samples; a batch is a `pyarrow.RecordBatch` of this schema."""
