"""An annotation with the id 0.

What
    An entry of a COCO file's `annotations` whose `id` is 0.

Why it hurts training
    COCO's evaluation code writes the id of the matched annotation and takes 0 for "no match": a perfect box counts as
    a miss, and the score of a small set is far too low.

Example
    `{"id": 0, "image_id": 1, "bbox": [1, 2, 3, 4], …}`

Instead
    Number annotations from 1.

Fix safety
    Safe: it gets the number behind the largest that is there.

Sources
    cocodataset/cocoapi #332, cvat-ai/cvat #748; roboflow/supervision #1895 (mAP 0.000 for perfect boxes).

"""

import re
from collections.abc import Iterator

from ....schemas.finding import Edit, Fix
from ..hits import Located
from ..raw import Raw

_ZERO = re.compile(rb'"id"\s*:\s*-?0[^1-9xX]')
"""What an id of nought looks like; most files have none, and need not be taken apart."""


def check_raw(raw: Raw) -> Iterator[Located]:
    """Annotations of a COCO file that are numbered 0."""
    if raw.source != "coco" or raw.key != "annotations":
        return
    if raw.sound and not _ZERO.search(raw.text):
        return
    for place, value in enumerate(raw.values):
        if isinstance(value, dict) and value.get("id") == 0 and "segments_info" not in value:
            at = f"{raw.at(place)}/id"
            fix = Fix("safe", "Give it an id of its own", (Edit(raw.file, at, "renumber"),))
            yield Located(raw.file, at, value["id"], "evaluation takes the id 0 for 'no match'", fix)
