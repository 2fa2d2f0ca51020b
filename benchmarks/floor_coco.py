"""The least that COCO to Qwen-VL can cost in Python: python benchmarks/floor_coco.py FILE IMAGES OUT

A program for one shape of file and one form of output, as tight as we can write it. It checks nothing: no duplicate
ids, no odd box, no odd name, no hash of the input, no accounting, no split, no commit. `convert.py` holds the product
against it. Blocks are decoded by msgspec into structs, their numbers taken into numpy columns, one sort brings the
boxes of an image together, and the text is gathered from tables of ready pieces.
"""

import gc
import mmap
import os
import sys
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

BLOCK = 2 << 20
BATCH = 1 << 16
QUESTION = "Detect all objects in the image."


class Image(msgspec.Struct, gc=False):
    """What is needed of an image."""

    id: int
    file_name: str
    width: int
    height: int


class Category(msgspec.Struct, gc=False):
    """What is needed of a category."""

    id: int
    name: str


class Annotation(msgspec.Struct, gc=False):
    """What is needed of an annotation."""

    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    iscrowd: int = 0


class Head(msgspec.Struct, gc=False):
    """The file without its annotations."""

    images: list[Image]
    categories: list[Category]


image_of, category_of, box_of = attrgetter("image_id"), attrgetter("category_id"), attrgetter("bbox")
decode = msgspec.json.Decoder(list[Annotation]).decode


def annotations(file: Any, start: int, end: int) -> tuple[Any, Any, Any]:
    """Image ids, category ids and boxes of all that is no crowd, between two places of the file."""
    buffer = bytearray(BLOCK + 2)
    view = memoryview(buffer)
    buffer[0] = ord("[")
    images, categories, boxes = [], [], []
    held, position = 1, start
    while True:
        got = os.preadv(file.fileno(), [view[held : min(BLOCK + 1, held + end - position)]], position)
        position, held = position + got, held + got
        cut = held if position >= end else buffer.rfind(b"},{", 1, held) + 1
        behind = buffer[cut]
        buffer[cut] = ord("]")
        kept = [each for each in decode(view[: cut + 1]) if not each.iscrowd]
        buffer[cut] = behind
        images.append(np.fromiter(map(image_of, kept), np.int64, len(kept)))
        categories.append(np.fromiter(map(category_of, kept), np.int32, len(kept)))
        boxes.append(np.fromiter(chain.from_iterable(map(box_of, kept)), np.float64, 4 * len(kept)).reshape(-1, 4))
        if cut == held:
            return np.concatenate(images), np.concatenate(categories), np.concatenate(boxes)
        buffer[1 : held - cut] = buffer[cut + 1 : held]
        held -= cut


def tables(categories: list[Category]) -> tuple[Any, ...]:
    """The pieces of an answer by number: a label up to its box, the four numbers, the last of a box and of an image."""
    names = [b""] * (max(each.id for each in categories) + 1)
    for each in categories:
        names[each.id] = b"<ref>" + msgspec.json.encode(each.name)[1:-1] + b"</ref><box>("
    ends = [b"%d)</box>" % number for number in range(1000)]
    return (
        np.array(names),
        np.array([b"%d," % number for number in range(1000)]),
        np.array([b"%d),(" % number for number in range(1000)]),
        np.array([*ends, *(end + b"\x01" for end in ends)]),
    )


def render(head: Head, folder: str, columns: tuple[Any, Any, Any], out: Any) -> int:
    """Write one line an image that has boxes; how many boxes that were."""
    image, category, boxes = columns
    known = np.array([each.id for each in head.images])
    size = np.array([(each.width, each.height) for each in head.images], np.float64)
    row = np.full(int(known.max()) + 1, -1, np.int32)
    row[known] = np.arange(len(known))
    key = (row[image].astype(np.int64) << 32) | np.arange(len(image))
    key.sort()
    row, order = key >> 32, key & 0xFFFFFFFF
    last = np.append(row[1:] != row[:-1], True)
    labels, firsts, seconds, ends = tables(head.categories)
    piece = [("a", labels.dtype), ("b", firsts.dtype), ("c", seconds.dtype), ("d", firsts.dtype), ("e", ends.dtype)]
    before = f'{{"id":"%d","conversations":[{{"from":"user","value":"Picture 1: <img>{folder}/%s</img>\\n{QUESTION}"}},'
    before += '{"from":"assistant","value":"'
    start = 0
    while start < len(order):
        stop = min(len(order), start + BATCH)
        while not last[stop - 1]:
            stop += 1
        mine, at = order[start:stop], row[start:stop]
        corners = boxes[mine]
        corners[:, 2:] += corners[:, :2]
        grid = np.clip(np.floor(corners.reshape(-1, 2, 2) * 1000 / size[at][:, None, :] + 0.5), 0, 999)
        grid = grid.astype(np.int64).reshape(-1, 4)
        text = np.empty(len(mine), piece)
        text["a"], text["b"], text["c"] = labels[category[mine]], firsts[grid[:, 0]], seconds[grid[:, 1]]
        text["d"], text["e"] = firsts[grid[:, 2]], ends[grid[:, 3] + 1000 * last[start:stop]]
        answers = text.tobytes().translate(None, b"\0").split(b"\x01")
        shown = [head.images[each] for each in at[last[start:stop]].tolist()]
        for each, answer in zip(shown, answers, strict=False):
            out.write((before % (each.id, each.file_name)).encode() + answer + b'"}]}\n')
        start = stop
    return len(order)


def main() -> None:
    """Run, and leave without tidying up."""
    gc.disable()
    path, folder, out = sys.argv[1:4]
    with (
        Path(path).open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        Path(out).open("wb", buffering=1 << 20) as written,
    ):
        start = data.find(b"[", data.find(b'"annotations"')) + 1
        end = data.rfind(b"]", 0, data.rfind(b'"categories"'))
        head = msgspec.json.decode(data[:start] + data[end:], type=Head)
        count = render(head, folder, annotations(file, start, end), written)
    print(count, "boxes", file=sys.stderr)
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
