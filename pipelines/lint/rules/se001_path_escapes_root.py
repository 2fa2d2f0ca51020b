"""A path that leads out of the folder.

What
    A picture's name climbs out of the folder of the pictures by `..`, has a NUL byte in it, or passes a link that
    leads out; or a manifest lists a file outside its folder. Nothing outside is opened. An absolute path is what
    IM001 and IM011 speak of.

Why it hurts training
    It teaches nothing, and who converts the labels copies a file of theirs into a data set that is passed on.

Example
    `"file_name": "../../etc/hostname"`

Instead
    Move the picture under --images, or name a folder above both.

Fix safety
    None.

Sources
    globox and pycocotools take it (measured); the zip and tar archives that gave such paths their name.

"""

from collections.abc import Iterator

from ....converters.pictures.fault import PictureFault
from ....converters.pictures.names import address, shown
from ..build import Build
from ..hits import Hits
from ..media import Media


def check_media(media: Media) -> Iterator[Hits]:
    """Names that climb out of the folder, or to which a link leads out; no such file is opened."""
    linked = media.faults("SE001")
    odd = {at for at, name in enumerate(media.names) if ".." in name or "%" in name or "\0" in name}
    some = sorted(odd | linked.keys())
    wrong = [at for at in some if _climbs(media.names[at]) or (at in linked and not media.is_absolute(at))]

    def said(at: int) -> str:
        if at in linked:
            return linked[at].message
        return f"the name {shown(media.names[at])} climbs out of the folder of the pictures"

    yield Hits("media", wrong, said, lambda at: shown(media.names[at]))


def check_build(build: Build) -> Iterator[Hits]:
    """Paths in a manifest that lead out of its folder."""
    paths = build.escaping
    yield Hits("escaping", range(len(paths)), lambda at: f"the manifest lists {shown(paths[at])}", paths.__getitem__)


def _climbs(name: str) -> bool:
    try:
        return address(name, "/").kind == "climbing"
    except PictureFault as fault:
        return fault.code == "SE001"  # a NUL in it
