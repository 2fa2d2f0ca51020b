"""Header facts: size, orientation and wholeness of a picture file, read from its first and last bytes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What a picture file says of itself. `width`, `height` are stored pixels; `orientation` is EXIF's 1..8."""

    format: str
    width: int
    height: int
    orientation: int
    bytes: int
