"""Pictures written anew: their bytes under another name, upright, in RGB, one frame of several, without a position."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ....converters.pictures.decode import opened
from ....converters.pictures.header import read_facts
from ....converters.pictures.location import without_location
from ....converters.pictures.upright import write_upright
from ..media import How

if TYPE_CHECKING:
    from PIL import Image

_DEEP = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
_CLEAR = ("RGBA", "LA", "PA", "RGBa", "La")


def write_picture(source: Path, how: How, to: Path) -> None:
    """Write the picture at `source` to `to`; the same picture gives the same bytes.

    Raises `PictureFault` where it cannot be decoded, `OSError` where `to` cannot be written.
    """
    to.parent.mkdir(parents=True, exist_ok=True)
    if how == "copy":
        shutil.copyfile(source, to)
    elif how == "no-location":
        to.write_bytes(without_location(source.read_bytes()))
    elif how == "upright":
        write_upright(source, read_facts(source), to)
    else:
        with opened(source) as image:
            image.load()
            shown = _in_rgb(image) if how == "rgb" else _one_frame(image)
            exif, profile = image.getexif(), image.info.get("icc_profile") if how != "rgb" else None
        shown.info = {}
        shown.save(to, "PNG", icc_profile=profile, **({"exif": exif} if len(exif) else {}))


def _in_rgb(image: "Image.Image") -> "Image.Image":
    """In eight bits of RGB: transparent pixels on white, deeper ones from the least to the greatest value."""
    from PIL import Image

    if image.mode in _CLEAR:
        clear = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(ground, clear).convert("RGB")
    if image.mode in _DEEP:
        grey = image.convert("F")
        least, most = (float(each) if isinstance(each, (int, float)) else 0.0 for each in grey.getextrema())
        factor = 255 / (most - least) if most > least else 0.0
        return grey.point(lambda value: value * factor - least * factor).convert("L").convert("RGB")
    return image.convert("RGB")


def _one_frame(image: "Image.Image") -> "Image.Image":
    """The first frame as it is, in a mode that PNG has."""
    return image.copy() if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16") else image.convert("RGB")
