"""Writing pictures: upright where EXIF turns them, as they are where only the name is in the way; and their names."""

import re
import shutil
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from ...schemas.box import upright_size
from .fault import PictureFault
from .header import PictureFacts
from .webp import is_lossless
from .window import Window

if TYPE_CHECKING:
    from PIL import Image

STEM = 40
DIGITS = 16
"""Hexadecimal digits of the path's hash: with 10, a million pictures whose stems are lost would collide one time in
three; with 16, one time in thirty million."""

_FORMATS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif"}
_SUBSAMPLED_BOTH_WAYS = 2  # Pillow's number for 4:2:0, which looks the same after a quarter turn; 4:2:2 does not


def upright_suffix(facts: PictureFacts) -> str:
    """The suffix of the file that `write_upright` writes for such a picture; formats it does not write become PNG."""
    return _FORMATS.get(facts.format, ".png")


def house_name(relative_path: str, suffix: str) -> str:
    """A file name for a copy under OUT/images: at most 40 letters of the stem, a hash of the whole path, the suffix.

    ASCII letters, digits, `_` and `-` only: no space, no tag, no dot but the suffix's. Two different paths have two
    different names, and a path has the same name in every run.
    """
    digest = blake2b(relative_path.encode("utf-8", "surrogatepass"), digest_size=DIGITS // 2).hexdigest()
    return f"{tidy_stem(relative_path)}-{digest}{suffix}"


def tidy_stem(path: str) -> str:
    """At most 40 letters of a path's stem: ASCII letters, digits, `_` and `-`; "picture" where it has none of them."""
    stem = path.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or "picture"
    ascii_only = normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_]+", "-", ascii_only).strip("-")[:STEM] or "picture"


def size_within(size: tuple[int, int], most: int | None) -> tuple[int, int]:
    """Width and height of a picture of that size, made so small that its longer side has `most` pixels; None: as it is.

    The other side is rounded to whole pixels, halves up, and has at least one.
    """
    longer = max(size)
    if most is None or longer <= most:
        return size
    width, height = (max(1, (2 * side * most + longer) // (2 * longer)) for side in size)
    return width, height


def write_upright(path: Path, facts: PictureFacts, out: Path, size: tuple[int, int] | None = None) -> tuple[int, int]:
    """Write the picture at `path` to `out` as people see it, without EXIF; returns its width and height.

    With `size`, the width and height of the upright picture, it is made that small (Lanczos' filter, after palettes and
    single transparent colours became colours that can be mixed).

    The format stays (`upright_suffix`): JPEG in quality 95 with the subsampling it had, 4:4:4 where that cannot be
    kept; WebP without loss where it had none. The colour profile is kept, all other metadata is not: orientation,
    place, thumbnail. Of several frames the first is written. The same picture gives the same bytes.

    Raises `PictureFault` IM002 or IM014 when the pixels cannot be decoded; `OSError` when `out` cannot be written.
    """
    from .decode import opened

    with opened(path) as image:
        sampling = _sampling(image, facts)  # while the file is open: the turned copy knows nothing of it
        image.load()
        # Pillow has turned a TIFF when it is loaded, and only a TIFF.
        turned = _turned(image, 1 if facts.format == "TIFF" else facts.orientation)
    if turned.size != upright_size(facts.orientation, facts.width, facts.height):
        raise PictureFault("IM014", f"{turned.size}", "its pixels are not as many as its header says")
    if size is not None and size != turned.size:
        turned = _resized(turned, size)
    turned.save(out, **_how(path, facts, turned, sampling))
    return turned.size


def copy_picture(path: Path, out: Path) -> None:
    """Copy the file's bytes as they are, for a picture whose own path no trainer can be given.

    Raises `OSError` when either cannot be opened.
    """
    shutil.copyfile(path, out)


def _turned(image: "Image.Image", orientation: int) -> "Image.Image":
    """The picture as EXIF's `orientation` wants it shown, without metadata but profile and transparent colour."""
    from PIL.Image import Transpose

    method = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }.get(orientation)
    turned = image.copy() if method is None else image.transpose(method)
    turned.info = {key: image.info[key] for key in ("icc_profile", "transparency") if key in image.info}
    return turned


def _resized(image: "Image.Image", size: tuple[int, int]) -> "Image.Image":
    """The picture in another size, its profile kept."""
    from PIL.Image import Resampling

    mixable = {"1": "L", "P": "RGBA" if "transparency" in image.info else "RGB", "PA": "RGBA"}
    mode = mixable.get(image.mode, "RGBA" if "transparency" in image.info else image.mode)
    found = image.convert(mode).resize(size, Resampling.LANCZOS)
    found.info = {"icc_profile": image.info["icc_profile"]} if "icc_profile" in image.info else {}
    return found


def _sampling(image: "Image.Image", facts: PictureFacts) -> int:
    """Pillow's number for the chroma subsampling of a JPEG; 0, which is none, where the turned one cannot have it."""
    if facts.format != "JPEG":
        return 0
    from PIL.JpegImagePlugin import get_sampling

    found: int = get_sampling(image)
    quarter_turn = facts.orientation >= 5
    return found if found == _SUBSAMPLED_BOTH_WAYS or (found > 0 and not quarter_turn) else 0


def _how(path: Path, facts: PictureFacts, image: "Image.Image", sampling: int) -> dict[str, Any]:
    """What `Image.save` is told."""
    profile = {"icc_profile": image.info.get("icc_profile")}
    if facts.format == "JPEG":
        return {"format": "JPEG", "quality": 95, "subsampling": sampling, **profile}
    if facts.format == "WEBP":
        with Window(path) as window:
            return {"format": "WEBP", "quality": 95, "lossless": is_lossless(window), "exact": True, **profile}
    if facts.format == "TIFF":
        return {"format": "TIFF", "compression": "tiff_adobe_deflate", **profile}
    return {"format": "PNG", **profile}
