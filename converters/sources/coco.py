"""COCO: one JSON object with `images`, `annotations`, `categories` (cocodataset.org, "Data format").

`bbox` is x, y, width, height in pixels, floats, from the picture's top-left corner; `category_id` is not an index (ids
have gaps, up to 90 for 80 names); annotations stand in any order; a file of captions and one of keypoints have the
same shape and share image ids, and a keypoints entry shares its id with the instance it belongs to.
Known lies: ids that repeat; width and height of the stored picture where the boxes are of the upright one; boxes a
pixel over the edge; `iscrowd` boxes that hold a whole crowd; NaN written by Python; ids as strings; images without
entries and entries without images.

One annotation of the accounting is one entry of `annotations` (a keypoints entry with an instance's id is that
instance); masks are not read, only boxes. Order: images as listed, objects of an image as listed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from ..json_stream import Chunk, reject_broken, stream
from ..json_top import top_level
from ..options import option
from ..pictures.find import Pictures
from .coco_columns import Annotation, Category, Columns, Ids, Image, Plain
from .coco_images import Categories, Images
from .coco_table import Collected, emit

NAME = "coco"
SUMMARY = "COCO instances JSON, with its captions and keypoints files; captions alone as well"
FRAME = "bbox = x, y, width, height in pixels of the size the file declares"


@dataclass(frozen=True)
class Options:
    """What only COCO has."""

    captions: Path | None = option(None, "A captions file for the same images, such as captions_train2017.json.")
    keypoints: Path | None = option(None, "A person_keypoints file for the same images.")


def sniff(path: Path) -> str | None:
    """COCO has `images` and `annotations` at the top of one JSON object; annotations name an image_id."""
    if path.is_dir():
        return None
    keys = top_level(path)
    if not keys or "" in keys:
        return None
    if "annotations" in keys and "image_id" in keys["annotations"] and '"question_id"' not in keys["annotations"]:
        return "a JSON object whose 'annotations' have an 'image_id'"
    if "images" in keys and "file_name" in keys["images"]:
        return "a JSON object whose 'images' have a 'file_name'"
    return None


def read(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table; see `protocol.Source.read`. Pictures are not opened here."""
    files = [path, *(extra for extra in (options.captions, options.keypoints) if extra is not None)]
    ids = Ids()
    collected = Collected(files, Images(ids), Categories(ids), [Columns(ids) for _ in files])
    for which in range(len(files)):
        _collect(which, collected, accounting)
    yield from emit(collected, accounting)


def _collect(which: int, collected: Collected, accounting: Accounting) -> None:
    """Stream one file into the columns."""
    file, seen = collected.files[which], set[str]()
    if not file.is_file():
        there = "this is no regular file" if file.exists() else "there is no such file"
        fact = "this is a folder" if file.is_dir() else there
        raise InputError(str(file), fact, "Name the JSON file, such as annotations/instances_train2017.json.")
    types = {"images": Image, "categories": Category, "annotations": (Plain, Annotation)}
    for chunk in stream(file, types, accounting):
        seen.add(chunk.key)
        if chunk.key == "annotations":
            accounting.read("annotations", len(chunk.values) + len(chunk.broken))
            _no_panoptic(file, chunk)
            collected.columns[which].add(chunk.indices, chunk.values)
            reject_broken("annotations", file, chunk, accounting)
        elif chunk.key == "images":
            collected.images.add(file, which, chunk, accounting)
        else:
            collected.categories.add(file, chunk, accounting)
    lists = {"images", "annotations"}
    if not seen & lists and not lists & (top_level(file) or {}).keys():  # empty lists give no chunk
        raise InputError(
            str(file),
            "neither 'images' nor 'annotations' stands at the top of this JSON",
            "Give the instances file; `mmdata sources` lists what other formats are read.",
        )


def _no_panoptic(file: Path, chunk: Chunk) -> None:
    """Raise `InputError` for a panoptic file, which has one entry a picture and the things in it as segments."""
    if not chunk.values or isinstance(chunk.values[0], Plain):
        return
    for index, value in chunk.items:
        if value.segments_info is not None:
            raise InputError(
                f"{file}: /annotations/{index}",
                "this is a panoptic file: 'segments_info' where a bbox should stand",
                "Give the instances file of the same pictures; panoptic segments are not read.",
            )
