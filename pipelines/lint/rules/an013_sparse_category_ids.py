"""Category ids with gaps.

What
    The ids of a COCO file's categories are not 0, 1, 2 … nor 1, 2, 3 …

Why it hurts training
    None here: mmdata goes by names. Whoever takes such an id for an index trains with names that are off by one or
    more, and sees nothing but a poor score.

Example
    COCO's own 80 categories have the ids 1 to 90.

Instead
    Leave the ids, and map them by the list. Ask for this rule (`--extend-select AN013`) where other tools read the
    file.

Fix safety
    None.

Sources
    NVIDIA/DALI #2999 and #943, roboflow/rf-detr #413 and #712, facebookresearch/detectron2 #1731,
    roboflow/supervision #169: each an index that was off.

"""

from collections.abc import Iterator

from ..hits import Located
from ..raw import Raw


def check_raw(raw: Raw) -> Iterator[Located]:
    """A COCO file's categories, which stand together."""
    if raw.source != "coco" or raw.key != "categories":
        return
    ids = [value.get("id") for value in raw.values if isinstance(value, dict)]
    whole = sorted({each for each in ids if isinstance(each, int)})
    if whole and (whole[0] not in (0, 1) or whole[-1] - whole[0] >= len(whole)):
        said = f"{len(whole)} categories have ids from {whole[0]} to {whole[-1]}"
        yield Located(raw.file, "/categories", [whole[0], whole[-1]], said)
