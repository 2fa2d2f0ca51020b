"""Pictures for people: opened upright, scaled down, a colour for every label."""

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

PALETTE = (
    *("#e4572e", "#2e86de", "#17a673", "#a55eea", "#d4a017", "#e84393"),
    *("#00a8b5", "#8c6d46", "#5f6bd8", "#6ab04c", "#c0392b", "#4b6584"),
)
"""Outline colours, legible under white words and on light and dark grounds."""


def colours(labels: Sequence[str]) -> dict[str, str]:
    """A colour a label; the palette begins again after its end."""
    return {label: PALETTE[place % len(PALETTE)] for place, label in enumerate(labels)}


def open_upright(place: Path | bytes, longest: int) -> tuple[Image.Image, tuple[int, int]] | None:
    """The picture, RGB and upright, its longer side at most `longest` pixels, and its full upright size.

    `place` is a file, or the bytes of one. None where it cannot be opened: a report shows what it can.
    """
    try:
        with Image.open(BytesIO(place) if isinstance(place, bytes) else place) as picture:
            size = ImageOps.exif_transpose(picture).size if _lies(picture) else picture.size
            picture.draft("RGB", (longest, longest))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    upright.thumbnail((longest, longest))
    return upright, size


def _lies(picture: Image.Image) -> bool:
    return picture.getexif().get(274, 1) in range(2, 9)


def data_uri(picture: Image.Image) -> str:
    """The picture as a small JPEG in a `data:` address."""
    jpeg = BytesIO()
    picture.save(jpeg, "JPEG", quality=78, optimize=True)
    return "data:image/jpeg;base64," + b64encode(jpeg.getvalue()).decode()


def locate(name: str, out: Path, image_root: str) -> Path:
    """Where a picture is that a row calls `name`: absolute, under `image_root` or OUT, or in an OUT that was moved."""
    places = [Path(image_root) / name, out / name, out / "images" / Path(name).name]
    return next((place for place in places if place.is_file()), out / name)
