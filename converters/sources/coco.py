"""COCO: one JSON object with `images`, `annotations`, `categories` (cocodataset.org, "Data format").

`bbox` is x, y, width, height in pixels, floats, from the picture's top-left corner; `category_id` is not an index (ids
have gaps, up to 90 for 80 names); annotations stand in any order; a file of captions and one of keypoints have the
same shape and share image ids, and a keypoints entry shares its id with the instance it belongs to. Keypoints are x, y,
visibility (0 not labelled, 1 hidden, 2 seen) a point, named by the category. A panoptic file has one entry a picture
(`coco_panoptic.py`), LVIS names pictures by `coco_url` alone, Objects365 by folders that its archives have not.
Known lies: ids that repeat; width and height of the stored picture where the boxes are of the upright one; boxes a
pixel over the edge; `iscrowd` boxes that hold a whole crowd; no bbox, or an empty one, beside a mask; masks of another
picture; LVIS looked for some labels only; NaN written by Python; ids as strings; images without entries and entries
without images.

One annotation of the accounting is one entry of `annotations`, of a panoptic file one segment (a keypoints entry with
an instance's id is that instance). A missing box is that of the mask. Masks themselves are kept with `--masks keep`
only: no task says them yet, and to read them takes several times as long. Not carried: area, skeleton, LVIS's lists of
labels that were looked for. Order: images as listed, objects of an image as listed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from ..json_stream import Chunk, reject_broken, stream
from ..json_top import top_level
from ..options import option
from ..pictures.find import Pictures
from ..rows_on_disk import OnDisk
from . import coco_edits
from .coco_columns import ANNOTATION, Annotation, Category, Columns, Ids, Image, Listed, Outlined, Plain
from .coco_images import Categories, Images, is_bare
from .coco_masks import Keep
from .coco_panoptic import segments
from .coco_table import Collected, emit

NAME = "coco"
SUMMARY = "COCO JSON: instances, captions, keypoints, panoptic with its PNGs; LVIS, Objects365"
FRAME = "bbox = x, y, width, height in pixels of the size the file declares"


@dataclass(frozen=True)
class Options:
    """What only COCO has."""

    captions: Path | None = option(None, "A captions file for the same images, such as captions_train2017.json.")
    keypoints: Path | None = option(None, "A person_keypoints file for the same images.")
    masks: Keep = option("skip", "Polygons and masks: where a box is missing only, all, or polygons' hulls alone.")
    stuff: Literal["keep", "drop"] = option("keep", "What a panoptic file calls no thing, such as sky and road.")
    png: Path | None = option(None, "The folder of a panoptic file's PNGs.  [default: the one of its name beside it]")


LINT_OPTIONS = {"masks": "hulls"}
"""What lint reads besides under --deep: boxes are compared with their outlines, which are most of such a file."""

edits = coco_edits.edits


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
    with OnDisk(pictures.meanwhile) as disk:
        columns = [Columns(ids, disk.rows(ANNOTATION), masks=options.masks) for _ in files]
        images, stuff = Images(ids, disk), options.stuff == "keep"
        collected = Collected(files, disk, images, Categories(ids), columns, stuff, options.png)
        for which in range(len(files)):
            _collect(which, collected, accounting)
        images.table.bare = is_bare(images.first, pictures)
        yield from emit(collected, accounting)


def _collect(which: int, collected: Collected, accounting: Accounting) -> None:
    """Stream one file into the columns."""
    file, seen = collected.files[which], set[str]()
    if not file.is_file():
        there = "this is no regular file" if file.exists() else "there is no such file"
        fact = "this is a folder" if file.is_dir() else there
        raise InputError(str(file), fact, "Name the JSON file, such as annotations/instances_train2017.json.")
    ways = {"skip": (Plain, Annotation), "hulls": (Outlined, Annotation), "keep": Annotation}
    wanted = ways[collected.columns[which].outlines.keep]
    types = {"images": (Image, Listed), "categories": Category, "annotations": wanted}
    for chunk in stream(file, types, accounting):
        seen.add(chunk.key)
        if chunk.key == "annotations":
            reject_broken("annotations", file, chunk, accounting)
            entries = _taken_apart(file, chunk, collected.columns[which], accounting)
            accounting.read("annotations", len(entries.values) + len(entries.broken))
            collected.columns[which].add(entries.indices, entries.values)
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


def _taken_apart(file: Path, chunk: Chunk, columns: Columns, accounting: Accounting) -> Chunk:
    """The chunk with panoptic entries as their segments."""
    if not chunk.values or isinstance(chunk.values[0], Plain):
        return chunk
    pngs = {index: value.file_name for index, value in chunk.items if value.segments_info is not None}
    columns.pngs |= pngs
    return segments(file, chunk, accounting) if pngs else chunk
