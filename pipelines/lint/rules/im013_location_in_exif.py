"""A picture that says where it was taken.

What
    EXIF holds a latitude and a longitude. What editing programs write into XMP besides is not looked at.

Why it hurts training
    It does not hurt the model. The place where somebody lives or works leaves with the data set, and cannot be
    called back.

Example
    A photograph as it came from a telephone.

Instead
    Take the position out before the set is passed on. Pictures that mmdata writes anew have no EXIF.

Fix safety
    Safe: the entries about GPS become zeros in a copy of the file; every other byte stays, the pixels too. JPEG,
    PNG and WebP.

Sources
    Exif 3.0, GPS IFD (tag 34853); what data protection asks of personal data.

"""

from collections.abc import Iterator

from ....schemas.finding import Fix
from ..hits import Hits
from ..media import Media


def check_media(media: Media) -> Iterator[Hits]:
    """Pictures whose EXIF has a latitude and a longitude."""
    wrong = {at: facts for at, facts in media.sound() if facts.located}

    def fix(at: int) -> Fix | None:
        suffix = "" if wrong[at].format not in ("JPEG", "PNG", "WEBP") else _ending(media.names[at])
        return media.rewritten(at, "no-location", suffix, "safe", "Take the position out of EXIF") if suffix else None

    yield Hits("media", list(wrong), lambda at: f"{media.names[at]} says in EXIF where it was taken", fix=fix)


def _ending(name: str) -> str:
    """The name's own ending: the file keeps it."""
    return f".{name.lower().rpartition('.')[2]}"
