"""A picture whose colours change when trainers open it.

What
    Its mode is none of RGB and grey: CMYK, transparency, 16 bits, floating point, LAB. Every trainer calls Pillow's
    convert('RGB') on it. Palettes become the same colours and are let be. An error where the pixels are destroyed
    (16 bits of grey, floats and LAB), else a warning.

Why it hurts training
    CMYK comes out too bright, since the profile is not applied; what is transparent shows whatever lay behind; 16
    bits of grey are clipped, so that most of the picture is white.

Example
    A product photograph for print; an X-ray in 16 bits.

Instead
    Convert it to RGB in a programme that knows its profile.

Fix safety
    Unsafe: written anew as a PNG in eight bits of RGB. Transparent pixels go on white, 16 bits and floats are
    scaled from their least to their greatest value, CMYK and LAB by Pillow.

Sources
    Pillow, Image.convert; python-pillow/Pillow's own test pictures.

"""

from collections.abc import Iterator

from ....converters.pictures.fault import PictureFault
from ....schemas.finding import Fix
from ....schemas.rule import Severity
from ..hits import Hits
from ..media import Media


def check_media(media: Media) -> Iterator[Hits]:
    """Modes whose colours shift; as an error those that convert("RGB") destroys."""
    ruined: dict[int, PictureFault] = media.faults("IM006")
    shifted = {
        at: remark for at, facts in media.sound() for remark in facts.remarks(media.names[at]) if remark.code == "IM006"
    }

    def said(at: int) -> str:
        return f"{media.names[at]}: {(ruined.get(at) or shifted[at]).message}"

    def severity(at: int) -> Severity:
        return "error" if at in ruined else "warning"

    def fix(at: int) -> Fix | None:
        message = "Write it in eight bits of RGB: on white what is transparent, the whole range of what is deeper"
        return media.rewritten(at, "rgb", ".png", "unsafe", message)

    places = sorted((*ruined, *shifted))
    yield Hits("media", places, said, lambda at: (ruined.get(at) or shifted[at]).value, fix, severity)
