"""A picture named as another format than it is.

What
    The file's ending is that of one format, its first bytes are another's. What is no picture at all, such as an
    HTML page named .jpg, is IM014.

Why it hurts training
    Most loaders go by the bytes and never notice; those that go by the name (webdataset, DALI, TensorFlow's
    decode_jpeg, services that tune models) fail or refuse the file.

Example
    cat.jpg that begins with the eight bytes of a PNG.

Instead
    Rename the file, and name it so in the labels.

Fix safety
    Unsafe: another file of the right name may be meant. The bytes are copied as they are to a name with the right
    ending, and the labels name that.

Sources
    openvinotoolkit/datumaro's own fixtures have a .png that is a JPEG; idealo/imagededup's have wrong endings.

"""

from collections.abc import Iterator
from pathlib import Path

from ....converters.pictures.header import PictureFacts
from ....schemas.finding import Fix
from ..hits import Hits
from ..media import Media


def check_media(media: Media) -> Iterator[Hits]:
    """Pictures whose file's ending is another format's; the file's own counts, not the name's."""
    wrong: dict[int, PictureFacts] = {}
    for at, facts in media.sound():
        path = media.found[at]
        if isinstance(path, Path) and path.suffix.lower() not in facts.right_suffixes:
            wrong[at] = facts

    def said(at: int) -> str:
        ending = Path(str(media.found[at])).suffix
        return f"{media.names[at]} is named {ending or 'without an ending'}, and is {wrong[at].format}"

    def fix(at: int) -> Fix | None:
        suffix = wrong[at].right_suffixes[0]
        return media.rewritten(at, "copy", suffix, "unsafe", f"Copy it to a name in {suffix}, and name it so")

    yield Hits("media", list(wrong), said, lambda at: Path(str(media.found[at])).suffix, fix)
