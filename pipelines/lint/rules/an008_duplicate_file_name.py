"""Two images of one file name.

What
    Two entries of `images` have the same `file_name`, under two ids; two images of a CVAT, LabelMe or VIA file, or two
    tasks of a Label Studio export, are boxes on the same picture.

Why it hurts training
    Each has some of the boxes. The model sees the picture twice, each time with half of the objects, and is taught
    that the other half is not there.

Example
    `{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "a.jpg"}`; a task that was imported twice

Instead
    Merge the two: all annotations to one id, one entry away. If they are two pictures from two folders, write the
    folders into their names.

Fix safety
    Unsafe: the annotations of the second go to the first and its entry goes, on the guess that they are one picture.
    COCO alone.

Sources
    This project's reading of real sets; datumaro and COCO's own tools do not look.

"""

from collections.abc import Iterator

from ..hits import Located
from ..state_pictures import PicturesSeen, shown

STORE = PicturesSeen
_WHOLE = frozenset({"cvat", "label-studio", "labelme", "via"})
"""Sources in which a record is a picture with all of its boxes; COCO's reader says it itself, by its ids."""


def judge(seen: PicturesSeen) -> Iterator[Located]:
    """A finding at every record after the first that has boxes on one picture, within one file."""
    for group in seen.labelled_again(_WHOLE):
        by_file: dict[str, int] = {}
        for each in group:
            file, at = seen.place(each.row)
            first = by_file.setdefault(file, each.row)
            if first != each.row:
                yield Located(file, at, each.name, f"boxes on {shown(each)} stand at {seen.place(first)[1]} too")
