"""The same pixels under other bytes: a PNG packed anew, a JPEG whose metadata was edited."""

from hashlib import blake2b
from pathlib import Path

from ...converters.pictures.decode import opened
from ...converters.pictures.fault import PictureFault


def pixel_digest(path: Path) -> bytes | None:
    """A hash of all pixels of the upright picture and of its size; None for what cannot be decoded.

    Pixels are compared as red, green, blue and opacity of 8 bits; deeper ones as they are.
    """
    from PIL import ImageOps

    try:
        with opened(path) as image:
            whole = ImageOps.exif_transpose(image)
            if not whole.mode.startswith(("I", "F")):
                whole = whole.convert("RGBA")
            return blake2b(f"{whole.mode} {whole.size} ".encode() + whole.tobytes(), digest_size=16).digest()
    except (PictureFault, OSError):
        return None
