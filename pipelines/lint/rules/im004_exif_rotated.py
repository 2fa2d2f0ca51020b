"""A picture that EXIF turns.

What
    Its orientation is another than 1: people, browsers and labelling tools see it turned, and a loader that does
    not ask for EXIF reads it as it is stored. An error where boxes speak of it and nothing tells in which frame
    they were drawn: in labels whose declared size fits both or is missing, and in every row of a training file;
    else a warning.

Why it hurts training
    Boxes drawn on the upright view lie beside their things in the picture that is read. Nothing fails; the model
    learns places at random.

Example
    A photograph of 4032x3024 with orientation 6, labelled as 3024x4032, and read by cv2.imread or PIL.Image.open as
    4032x3024.

Instead
    Write the pictures upright before they are labelled. mmdata convert does it, and takes --exif-boxes where the
    frame cannot be told.

Fix safety
    Unsafe: the picture is written anew, upright and without EXIF, JPEGs in quality 95; boxes are taken to be in the
    upright frame. Where the declared size says that they are in the stored one, there is no fix.

Sources
    HumanSignal/label-studio #6608, ultralytics/ultralytics #19222, AlexeyAB/Yolo_mark #107,
    ryouchinsa/Rectlabel-support #167, HumanSignal/labelImg #376.

"""

from collections.abc import Callable, Iterator

import numpy as np

from ....converters.pictures.header import PictureFacts
from ....converters.pictures.upright import upright_suffix
from ....converters.table import counts
from ....schemas.box import upright_size
from ....schemas.finding import Fix
from ....schemas.rule import Severity
from ..chats import Chats
from ..hits import Hits
from ..labels import Labels
from ..media import Media


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Turned pictures of labels; an error where there are boxes and no declared size tells in which frame."""
    turned = _turned(labels.media)
    if turned:
        boxed = np.asarray(counts(labels.batch, "objects") > 0)

        def severity(at: int) -> Severity:
            return "error" if boxed[labels.media.record[at]] and not _frame(labels.media, at, turned[at]) else "warning"

        yield _hits(labels.media, turned, severity)


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Turned pictures of rows; an error where a row speaks of boxes."""
    turned = _turned(chats.media)
    if turned:
        boxed = {row for row, _, _ in chats.boxes()}
        yield _hits(chats.media, turned, lambda at: "error" if int(chats.media.record[at]) in boxed else "warning")


def _turned(media: Media) -> dict[int, PictureFacts]:
    return {at: facts for at, facts in media.sound() if facts.orientation != 1}


def _hits(media: Media, turned: dict[int, PictureFacts], severity: Callable[[int], Severity]) -> Hits:
    def said(at: int) -> str:
        frame = _frame(media, at, turned[at]) if media.declared[at].any() else ""
        told = f"; its declared size is that of the {frame} picture" if frame else ""
        return f"{media.names[at]} is turned by EXIF's orientation {turned[at].orientation}{told}"

    def fix(at: int) -> Fix | None:
        if _frame(media, at, turned[at]) == "stored":
            return None  # boxes, too, would have to be turned
        suffix = upright_suffix(turned[at])
        return media.rewritten(at, "upright", suffix, "unsafe", "Write it upright, without EXIF")

    return Hits("media", list(turned), said, lambda at: turned[at].orientation, fix, severity)


def _frame(media: Media, at: int, facts: PictureFacts) -> str:
    """Which picture the declared size is of: stored or upright; empty where both, or nothing, would fit."""
    stored = (facts.width, facts.height)
    upright = upright_size(facts.orientation, *stored)
    declared = tuple(media.declared[at].astype(int).tolist())
    return "" if stored == upright else {stored: "stored", upright: "upright"}.get(declared, "")
