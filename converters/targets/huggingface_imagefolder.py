r"""ImageFolder of Hugging Face `datasets`: metadata.jsonl beside the pictures, a folder a split.

A row is that of the target huggingface, with `file_names` for `images`: names relative to the metadata, of which the
loader makes the Image column (datasets packaged_modules/folder_based_builder, head b7cb10b). `objects.category` is the
place in the list of labels, which JSON cannot name: load the parquet form where the names are wanted.
Silent there: pictures that no row names are left out of the data set; there are none. EXIF as there: keep `--upright`.
"""

from .huggingface import (
    CARRIES_QUADS,
    FRAME,
    LIMITS,
    PIXELS,
    RESERVED,
    blunt,
    count_tokens,
    decode,
    pictures,
    refuse,
    render,
    reserved_in,
    token_basis,
    turns,
)

NAME = "imagefolder"
SUMMARY = "Hugging Face ImageFolder: metadata.jsonl beside copies of the pictures, boxes as COCO has them"
FORM = "imagefolder"

__all__ = [
    "CARRIES_QUADS",
    "FRAME",
    "LIMITS",
    "PIXELS",
    "RESERVED",
    "blunt",
    "count_tokens",
    "decode",
    "pictures",
    "refuse",
    "render",
    "reserved_in",
    "token_basis",
    "turns",
]
