"""Frames: in which unit the boxes of a training file are, judged over the whole file by its pictures' sizes.

Numbers of one box fit many units; those of a thousand fit one. Counted are boxes that would leave their picture if they
were pixels of it, of the picture as it is resized, or thousandths; kept are the texts for a fix, while they are few.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...converters.targets.grammar import Grammar, Spot
from ...converters.targets.protocol import RenderOptions
from ...converters.targets.qwen_finetune import PIXELS
from ...converters.targets.smart_resize import pixel_limits, smart_resize
from ...schemas.finding import Edit, Fix
from ...schemas.grid import encode
from .chats import Chats
from .hits import Located
from .marks import with_numbers

FEW, MANY, SHARE = 3, 10, 0.05
"""Boxes that must leave their frame before anything is said; boxes that must fit another where none leaves its own; and
the share of all that must leave."""
HELD = 20_000
"""Texts that are kept for a fix."""
OTHERS = ((784, 50176), PIXELS, (256 * 28 * 28, 1280 * 28 * 28), (4 * 28 * 28, 16384 * 28 * 28))
"""Pixels that are usual, the fewest first, since boxes of few fit pictures of many: those of the trainer's shell
scripts, the trainer's own, those of the model's README, and the processor's own."""
SURE = 0.95
"""Of a side of the resized picture, so much must some box reach before boxes are written anew by that resize."""

_FACTOR = 28

_RESIZED = "pixels of the resized pictures, as Qwen2.5-VL has them"

Boxes = NDArray[np.float64]


@dataclass
class Held:
    """One text with its boxes, or a list of numbers beside the turns (`words` is None), and its picture's size."""

    at: str
    words: str | None
    spots: list[Spot]
    size: tuple[float, float]


@dataclass
class File:
    """What is known of the boxes of one file: counts of those that leave a frame, and how far numbers reach."""

    name: str
    model: str
    grammar: Grammar
    limits: tuple[int, int]
    boxes: int = 0
    sized: int = 0
    top: float = 0.0
    side: float = 0.0
    over: int = 0  # beyond the grid's largest number
    fractions: int = 0  # with a number that is not whole
    small: int = 0  # on pictures of which a thousandth is more than a pixel, on both axes
    reach: float = 0.0  # the largest share of its picture's side that a number is, as pixels
    whole: int = 0  # sized boxes beyond the picture as it is
    resized: int = 0  # beyond the picture as it is resized
    elsewhere: list[int] = field(default_factory=lambda: [0] * len(OTHERS))
    reached: list[float] = field(default_factory=lambda: [0.0] * len(OTHERS))
    held: list[Held] | None = field(default_factory=list[Held])


class Frames:
    """One File for each file with boxes."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}

    def see(self, chats: Chats) -> None:
        """A batch of rows goes by."""
        if not chats.grammar.frame:
            return
        found = [(row, text, spot) for row, text, spot in chats.boxes() if len(spot.numbers) == 4]
        if not found:
            return
        limits = pixel_limits(
            RenderOptions(min_pixels=chats.settings.min_pixels, max_pixels=chats.settings.max_pixels), PIXELS
        )
        file = self.files.setdefault(chats.file, File(chats.file, chats.dialect.NAME, chats.grammar, limits))
        sizes = _sizes(chats, found)
        _count(file, np.array([spot.numbers for _, _, spot in found]), sizes)
        _hold(file, chats, found, sizes)


def beyond_picture(chats: Chats) -> Iterator[tuple[int, tuple[float, float]]]:
    """Which of `chats.spots` lie beyond their picture however it is resized, with the farthest that they may reach."""
    frame = chats.grammar.frame
    places = [at for at, each in enumerate(chats.spots) if len(each[2].numbers) == 4]
    if frame not in ("pixels", "resized") or not places:
        return
    found = [chats.spots[at][:3] for at in places]
    sizes = _sizes(chats, found)
    told = RenderOptions(min_pixels=chats.settings.min_pixels, max_pixels=chats.settings.max_pixels)
    limits = (*OTHERS, pixel_limits(told, PIXELS)) if frame == "resized" else ()
    ends = np.maximum.reduce([sizes, *(smart_resize(sizes, _FACTOR, each) for each in limits)])
    boxes = np.array([spot.numbers for _, _, spot in found])
    beyond = (boxes < -1).any(axis=1) | (boxes[:, 2:] > ends + 1).any(axis=1)
    for number in np.flatnonzero((sizes > 0).all(axis=1) & beyond).tolist():
        width, height = ends[number].tolist()
        yield places[number], (width, height)


def _sizes(chats: Chats, found: list[tuple[int, int, Spot]]) -> Boxes:
    """(n, 2) width and height of the picture of each box, 0 where it is not known which or how large."""
    first = np.searchsorted(chats.media.record, np.arange(len(chats.rows))).tolist()
    counts = chats.pictures_of_row.tolist()
    which = [
        first[row] + spot.picture - 1
        if 0 < spot.picture <= counts[row]
        else first[row]
        if counts[row] == 1 and not spot.picture
        else -1
        for row, _, spot in found
    ]
    places = np.array(which)
    sizes = np.zeros((len(found), 2))
    if (places >= 0).any():
        sizes[places >= 0] = chats.media.upright[places[places >= 0]]
    return sizes


def _count(file: File, boxes: Boxes, sizes: Boxes) -> None:
    sized = (sizes > 0).all(axis=1)
    file.boxes += len(boxes)
    file.top = max(file.top, float(boxes.max()))
    file.over += int((boxes.max(axis=1) > file.grammar.top).sum())
    file.fractions += int((boxes != np.rint(boxes)).any(axis=1).sum())
    if not sized.any():
        return
    boxes, sizes = boxes[sized], sizes[sized]
    far = boxes[:, 2:]
    file.sized += len(boxes)
    file.side = max(file.side, float(sizes.max()))
    file.small += int((sizes < 900).all(axis=1).sum())
    file.reach = max(file.reach, float((far / sizes).max()))
    file.whole += int((far > sizes + 1).any(axis=1).sum())
    file.resized += int((far > smart_resize(sizes, _FACTOR, file.limits) + 1).any(axis=1).sum())
    for at, limits in enumerate(OTHERS):
        resized = smart_resize(sizes, _FACTOR, limits)
        file.elsewhere[at] += int((far > resized + 1).any(axis=1).sum())
        file.reached[at] = max(file.reached[at], float((far / resized).max()))


def _hold(file: File, chats: Chats, found: list[tuple[int, int, Spot]], sizes: Boxes) -> None:
    """Keep the texts with their boxes for a fix; nothing at all once one cannot be mended or they are too many."""
    if file.held is None:
        return
    texts: dict[tuple[int, int], Held] = {}
    for number, (row, text, spot) in enumerate(found):
        width, height = sizes[number].tolist()
        if text >= 0:
            held = texts.setdefault(
                (row, text), Held(chats.texts[text].at, chats.texts[text].words, [], (width, height))
            )
            held.spots.append(spot)
        else:
            texts[row, -number - 1] = Held("", None, [spot], (width, height))
    for row in {row for row, text in texts if text < 0}:
        listed = chats.grammar.listed_boxes(chats.rows[row].value)
        mine = [held for (other, text), held in texts.items() if other == row and text < 0]
        for held, (pointer, _) in zip(mine, listed, strict=True):
            held.at = chats.rows[row].at + pointer
    file.held += texts.values()
    sized = all(all(held.size) for held in texts.values())
    if not sized or len(file.held) > HELD or not chats.editable:
        file.held = None


def wrong_grid(file: File) -> Located | None:
    """The finding for a file whose boxes are in another unit than its model's."""
    judged = {"pixels": _of_pixels, "resized": _of_resized}.get(file.grammar.frame, _of_grid)(file)
    if judged is None:
        return None
    unit, said = judged
    fix = _fix(file, file.limits if unit == _RESIZED else unit, f"Write the boxes as {file.model} has them")
    return Located(file.name, "", [file.top, file.side], f"{said}: these are {unit}", fix)


def stale_resize(file: File) -> Located | None:
    """The finding for a file whose boxes fit pictures that were resized by another setting."""
    if not _leaves(file.resized, file.sized) or _leaves(min(file.elsewhere), file.sized):
        return None
    best = file.elsewhere.index(min(file.elsewhere))
    smallest, largest = OTHERS[best]
    said = (
        f"{file.resized} of {file.sized} boxes leave their pictures as they are resized within {file.limits[0]} to "
        f"{file.limits[1]} pixels, and fit them resized within {smallest} to {largest}; say yours with --max-pixels"
    )
    fix = _fix(file, (smallest, largest), "Write them anew") if file.reached[best] > SURE else None
    return Located(file.name, "", [file.top, file.side], said, fix)


def _leaves(count: int, of: int) -> bool:
    return count >= FEW and count >= SHARE * of


def _of_grid(file: File) -> tuple[str, str] | None:
    """Of a model with parts of a side: pixels, thousandths where it has shares, or shares where it has thousandths."""
    frame = file.grammar.frame
    if frame != "shares" and (shares := _shares(file)):
        return shares
    if _leaves(file.over, file.boxes):
        return _beyond(file)
    small = frame == "thousandths" and file.small >= MANY and file.small == file.sized == file.boxes
    if small and file.reach > 0.9:  # thousandths do not all end at the picture's sides by chance
        of = f"none of {file.boxes} boxes is beyond its picture's sides"
        if not file.whole:
            return "pixels", f"{of}, of {file.side:g} at most"
        if not file.resized:
            return _RESIZED, f"{of} as it is resized within {file.limits[0]} to {file.limits[1]} pixels"
    return None


def _shares(file: File) -> tuple[str, str] | None:
    if file.top <= 1 and file.fractions and file.boxes >= FEW:
        return "shares", f"no number of {file.boxes} boxes is beyond 1"
    return None


def _beyond(file: File) -> tuple[str, str] | None:
    """What boxes beyond the grid of parts are."""
    coarse = file.grammar.frame in ("shares", "hundredths")
    has = f"{file.model} has 0 to {file.grammar.top:g}"
    if file.sized and not file.whole:
        return "pixels", f"boxes reach {file.top:g} on pictures whose longest side is {file.side:g}, and {has}"
    if coarse and file.top <= 1000 and (file.sized >= FEW or file.boxes >= MANY):
        return "thousandths", f"boxes reach {file.top:g}, and {has}"
    return None if file.sized or coarse else ("pixels", f"boxes reach {file.top:g}, and {has}")


def _of_pixels(file: File) -> tuple[str, str] | None:
    """Of a trainer that wants pixels of the picture as it is."""
    if shares := _shares(file):
        return shares
    if file.top <= 1000 and _leaves(file.whole, file.sized):
        outside = f"{file.whole} of {file.sized} boxes leave their pictures"
        return "thousandths", f"{outside}, whose longest side is {file.side:g}, and no number is beyond 1000"
    return None


def _of_resized(file: File) -> tuple[str, str] | None:
    """Of a trainer that wants pixels of the resized picture."""
    if shares := _shares(file):
        return shares
    if not _leaves(file.resized, file.sized) or stale_resize(file):
        return None
    said = f"{file.resized} of {file.sized} boxes leave their pictures as they are resized"
    if not _leaves(file.whole, file.sized):
        return "pixels", f"{said}, and fit them as they are, with a longest side of {file.side:g}"
    return ("thousandths", f"{said}, and no number is beyond 1000") if file.top <= 1000 else None


def _fix(file: File, unit: str | tuple[int, int], message: str) -> Fix | None:
    """All boxes of the file in its own unit; `unit` is what they are in now, limits of pixels those of a resize."""
    if not file.held or file.grammar.square:
        return None
    edits: list[Edit] = []
    for held in file.held:
        boxes = np.array([spot.numbers for spot in held.spots])
        size = np.tile(np.array([held.size]), 2)
        written = _written(file, _in_pixels(boxes, size, unit), size)
        if held.words is None:
            edits.append(Edit(file.name, held.at, "replace", written[0].tolist()))
            continue
        texts = [tuple(f"{number:g}" for number in each) for each in written.tolist()]
        words = with_numbers(held.words, list(zip(held.spots, texts, strict=True)))
        edits.append(Edit(file.name, held.at, "replace", words))
    return Fix("safe", message, tuple(edits))


def _in_pixels(boxes: Boxes, size: Boxes, unit: str | tuple[int, int]) -> Boxes:
    if isinstance(unit, tuple):
        resized = smart_resize(size[:, :2], _FACTOR, unit)
        return boxes * size / np.tile(resized, 2)
    return boxes * size / {"shares": 1, "thousandths": 1000}[unit] if unit != "pixels" else boxes


def _written(file: File, boxes: Boxes, size: Boxes) -> Boxes:
    """Pixels of the upright picture as the model has them."""
    frame, top = file.grammar.frame, file.grammar.top
    sizes = np.repeat(size, len(boxes), axis=0)
    if frame == "pixels":
        return np.round(boxes, 2)
    if frame == "resized":
        steps = np.tile(smart_resize(sizes[:, :2], _FACTOR, file.limits), 2)
        return encode(boxes, sizes, steps=steps, top=steps - 1, rounding="nearest").astype(np.float64)
    steps = np.full(sizes.shape, 100 if frame == "hundredths" else 1000)
    return encode(boxes, sizes, steps=steps, top=int(top), rounding="nearest").astype(np.float64)
