"""The conversation table: what is said to a model, before any model's tags.

One row is one sample. A turn is a list of parts; a part is one of

| kind    | means                                                    | uses                  |
|---------|----------------------------------------------------------|-----------------------|
| `text`  | plain words                                              | text                  |
| `image` | here the picture stands                                  | media                 |
| `ref`   | words that point at something, without saying where      | text                  |
| `box`   | an axis-aligned box; its text is what is inside          | text, media, x1 … y2  |
| `quad`  | four corners; x1 … y2 is its hull                        | text, media, quad     |
| `video` | here the film stands                                     | media                 |
| `audio` | here the sound stands                                    | media                 |
| `point` | a point; its text is what is there                       | text, media, x1, y1   |

A `box` or `quad` with null text belongs to the text of the box before it in the same run ("two mugs": box, box);
at the head of a run it has no text at all. Coordinates are pixels of the upright picture as in the annotation table:
only a target knows a model's grid, so changing the model never changes this table.

`record` and `uses` tie a sample to the annotation batch it was made from, so that every annotation can be accounted
for: `record` is the row, `uses` are positions in the batch's flattened objects, followed by its flattened captions,
questions, phrases and conversations.
"""

import pyarrow as pa

from .column import column

KINDS = ("text", "image", "ref", "box", "quad", "video", "audio", "point")
"""The part kinds; a kind column is dictionary-encoded with exactly this dictionary."""

TEXT, IMAGE, REF, BOX, QUAD, VIDEO, AUDIO, POINT = range(len(KINDS))

ROLES = ("user", "assistant", "system", "document")
"""The turn roles; a role column is dictionary-encoded with exactly this dictionary.

A `document` is the one turn of its sample and nobody's words: text with pictures between, in reading order.
"""

USER, ASSISTANT, SYSTEM, DOCUMENT = range(len(ROLES))

MEDIA = pa.struct(
    [
        column("kind", pa.dictionary(pa.int8(), pa.string()), "image, video or audio"),
        column("path", pa.string(), "absolute"),
        column("width", pa.int32(), "pixels, upright"),
        column("height", pa.int32(), "pixels, upright"),
        column("duration", pa.float64(), "seconds of a film or sound; null: a picture, or not said", nullable=True),
    ]
)

PART = pa.struct(
    [
        column("kind", pa.dictionary(pa.int8(), pa.string()), ", ".join(KINDS)),
        column("text", pa.dictionary(pa.int32(), pa.string()), "words, or what is in the box", nullable=True),
        column("media", pa.int32(), "which of the sample's media, from 0; 0 for text"),
        column("x1", pa.float64(), "left edge in pixels; 0 unless a box or quad"),
        column("y1", pa.float64(), "top edge"),
        column("x2", pa.float64(), "right edge"),
        column("y2", pa.float64(), "bottom edge"),
        column("quad", pa.list_(pa.float64()), "8 numbers of a quad", nullable=True),
    ]
)

TURN = pa.struct(
    [
        column("role", pa.dictionary(pa.int8(), pa.string()), ", ".join(ROLES)),
        column("parts", pa.list_(PART), "what is said, in order"),
    ]
)

CONVERSATIONS = pa.schema(
    [
        column("id", pa.string(), "the record's id and the task; a number where there are several"),
        column("task", pa.dictionary(pa.int8(), pa.string()), "which task asked"),
        column("record", pa.int32(), "the row of the annotation batch it was made from"),
        column("uses", pa.list_(pa.int32()), "the annotations of the batch that it speaks of, by their number"),
        column("media", pa.list_(MEDIA), "the pictures, in the order of their first mention"),
        column("turns", pa.list_(TURN), "user and assistant in turn; or one document"),
    ]
)
"""Rows are samples; a batch is a `pyarrow.RecordBatch` of this schema."""
