"""A picture that is not there.

What
    The labels or rows name a file that is nowhere under --images (by default the folder that the labels stand in),
    by none of the ways in which names are understood: see mmdata convert --images. Where not one of the pictures is
    there, that is said once for all of them, with their number; as a warning, unless --images says that they should
    be there.

Why it hurts training
    The loader raises at that sample, hours into the run, or takes another sample in its place without a word.

Example
    `"file_name": "000000397133.jpg"`, and no such file.

Instead
    Name the right folder with --images. With --no-check-images the labels alone are looked at.

Fix safety
    None: the picture is not here.

Sources
    The commonest failure of a first run in the trackers of all trainers; globox and pycocotools never look
    (measured).

"""

from collections import Counter
from collections.abc import Iterator

from ....converters.pictures.fault import PictureFault
from ..chats import Chats
from ..hits import Hits, Located
from ..labels import Labels
from ..media import Media
from ..settings import Settings


def check_media(media: Media) -> Iterator[Hits]:
    """Pictures that are not there, in a batch of which others are."""
    wrong = _missing(media)
    if not _all(media, wrong):
        yield Hits("media", list(wrong), lambda at: wrong[at].message, lambda at: media.names[at])


class State:
    """Batches of which not one picture was found: how many pictures, and the first of them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._counts: Counter[str] = Counter()
        self._first: dict[str, tuple[str, str, str]] = {}
        self._found: set[str] = set()

    def see_labels(self, labels: Labels) -> None:
        """Count the pictures of a batch."""
        self._see(labels.media, labels)

    def see_chats(self, chats: Chats) -> None:
        """Count the pictures of a batch."""
        self._see(chats.media, chats)

    def finish(self) -> Iterator[Located]:
        """One finding for each folder under which whole batches were looked for in vain.

        A warning where nobody said that the pictures are there: labels often travel alone.
        """
        for root, count in self._counts.items():
            file, at, name = self._first[root]
            some = "not all, but" if root in self._found else "none, and"
            said = f"of the pictures, {some} {count:,} in a row are not under {root}; the first is {name}"
            if count == 1:
                said = f"no file {name} under {root}"
            elif root not in self._found:
                said = f"none of the {count:,} pictures is under {root}; the first is {name}"
            meant = root in self._found or self._settings.images is not None
            yield Located(file, at, count, said, severity="error" if meant else "warning")

    def _see(self, media: Media, view: Labels | Chats) -> None:
        if media.pictures is None or not len(media):
            return
        root, wrong = str(media.pictures.root), _missing(media)
        if not _all(media, wrong):
            self._found.add(root)
            return
        self._counts[root] += len(wrong)
        if root not in self._first:
            self._first[root] = (*view.places("media", [0])[0], media.names[0])


def start(settings: Settings) -> State:
    """Nothing was missed yet."""
    return State(settings)


def _missing(media: Media) -> dict[int, PictureFault]:
    """Files that are not there; a place on another machine's disk is no attempt to leave the folder."""
    absolute = {at: fault for at, fault in media.faults("SE001").items() if media.is_absolute(at)}
    return {**media.faults("IM001"), **absolute}


def _all(media: Media, wrong: dict[int, PictureFault]) -> bool:
    return len(wrong) == len(media) > 0
