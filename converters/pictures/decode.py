"""Asking Pillow: pictures whose bytes do not prove them whole, and formats that have no reader of ours."""

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .exif import ORIENTATION
from .fault import PictureFault
from .window import Head

if TYPE_CHECKING:
    from PIL import Image

OURS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
OTHERS = ("TIFF", "JPEG2000", "AVIF", "ICO", "PPM")
"""What Pillow opens and trainers meet. Not EPS (Pillow would start Ghostscript), nor PSD, PDF, FITS and the rest."""

MAX_PIXELS = 178_956_970
"""Twice Pillow's `MAX_IMAGE_PIXELS`: from there on its `open` raises DecompressionBombError, in every trainer."""

DENSEST = 8 * 1032
"""The most pixels a byte of a file can stand for: one-bit PNG, and zlib's 1032 to 1."""

_CUT = ("truncated", "broken data stream", "end of file", "unexpected end", "not enough", "no data", "read error")


def read_other(path: str | Path) -> Head:
    """The header of a format that has no reader of ours; its pixels are a doubt. `PictureFault` when it is none."""
    with opened(path, OTHERS) as image:
        width, height = image.size
        found = Head(image.format or "", width, height, image.mode)
        # Asked for after the size, because it may read on through a large file.
        value = image.getexif().get(ORIENTATION) if width * height <= MAX_PIXELS else 1
        turned = value if isinstance(value, int) and 1 <= value <= 8 else 1
        if found.format == "TIFF" and turned >= 5:  # Pillow says a TIFF's upright size
            found = found._replace(width=height, height=width)
        animated = bool(getattr(image, "is_animated", False))
        return found._replace(orientation=turned, animated=animated, doubt="not a format that mmdata proves whole")


def check_pixels(path: str | Path, head: Head, size: int) -> None:
    """Decode the first frame and raise `PictureFault` where that fails: IM002 when data is missing, else IM014.

    JPEGs at an eighth of their size, which reads every byte all the same. `size` is the file's, in bytes; a header
    that promises more pixels than so many bytes can hold is believed cut without a decode, and without its memory.
    """
    if head.format in OURS and head.width * head.height > DENSEST * (size + 1024):
        raise PictureFault(
            "IM002", size, f"it is cut short: {size} bytes cannot hold {head.width} x {head.height} pixels"
        )
    with opened(path) as image:
        if head.format == "JPEG":
            image.draft(None, (max(head.width // 8, 1), max(head.height // 8, 1)))
        image.load()


@contextmanager
def opened(path: str | Path, formats: tuple[str, ...] = OURS + OTHERS) -> "Generator[Image.Image]":
    """The picture as Pillow opens it; whatever Pillow raises on it, here or inside, becomes a `PictureFault`."""
    from PIL import Image, UnidentifiedImageError

    known = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=formats) as image:
                known = True
                yield image
    except PictureFault:
        raise
    except Image.DecompressionBombError as error:
        raise PictureFault("IM005", str(error), f"it has too many pixels: {error}") from None
    except UnidentifiedImageError:
        raise PictureFault("IM014", "unknown", "Pillow cannot open it") from None
    except Exception as error:  # Pillow's plugins raise whatever a damaged byte leads them to
        raise _fault(error, known) from None


def _fault(error: Exception, known: bool) -> PictureFault:
    """IM002 for pixels that stop coming, IM014 for the rest."""
    said = " ".join(str(error).split())[:200] or type(error).__name__
    cut = any(word in said.lower() for word in _CUT)
    if cut or (known and isinstance(error, (OSError, EOFError))):
        return PictureFault("IM002", said, f"it {'is cut short' if cut else 'is damaged'}: Pillow says '{said}'")
    return PictureFault("IM014", said, f"it cannot be decoded: Pillow says '{said}'")
