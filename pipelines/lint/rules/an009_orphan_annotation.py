"""An annotation of an image that is not there.

What
    The `image_id` of an annotation is that of no image of the file; a relation or an expression speaks of a region
    that is not there.

Why it hurts training
    The box is lost. Where many are, an image list was cut or two files were mixed up, and what is left is not the set
    that was annotated.

Example
    `{"id": 7, "image_id": 99, …}` where the images go to 50

Instead
    Put the image back on the list, or delete the annotation.

Fix safety
    Unsafe: the annotation is dropped.

Sources
    Measured: two of four conversion tools drop it without a word, one stops with a bare `KeyError: 99`.

"""

import re

from ....schemas.finding import Edit, Finding, Fix

_COCO = re.compile(r"(/annotations/\d+)/image_id")


def mend(found: Finding) -> Fix | None:
    """The annotation of a COCO file away."""
    place = _COCO.fullmatch(found.at)
    return Fix("unsafe", "Drop the annotation", (Edit(found.file, place[1], "remove"),)) if place else None
