"""A box whose second corner lies left of or above its first.

What
    In a text, x2 is less than x1 or y2 less than y1.

Why it hurts training
    The model learns both orders of corners. A box from another order of axes (Gemini's has y first) looks like this
    in half of all cases, so look at some before they are swapped.

Example
    `<box>(310,40),(17,93)</box>`

Instead
    Write the left top corner first.

Fix safety
    Unsafe: the corners are put in order, which is a guess at what was meant.

Sources
    pytorch/vision #1128, #2740 (inverted boxes), here in a text that is no longer tied to its source.

"""

from collections.abc import Iterator

from ....converters.targets.grammar import Spot
from ....schemas.finding import Fix
from ..chats import Chats
from ..hits import Hits
from ..marks import NUMBER, marked, with_numbers


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Boxes with their corners the other way."""

    def fix(text: int) -> Fix | None:
        words = chats.texts[text].words
        wrong = [spot for spot in chats.marked[text].spots if len(spot.numbers) == 4 and _inverted(spot)]
        new = with_numbers(words, [(spot, _ordered(words, spot)) for spot in wrong])
        return chats.reworded(text, new, "unsafe", "Put the corners in order")

    yield from marked(chats, "TG005", fix)


def _inverted(spot: Spot) -> bool:
    return spot.numbers[0] > spot.numbers[2] or spot.numbers[1] > spot.numbers[3]


def _ordered(words: str, spot: Spot) -> tuple[str, ...]:
    """The numbers as they are written, corners in order."""
    said = NUMBER.findall(words[spot.start : spot.end])[:4]
    by_axis = [said[spot.order.index(at)] for at in range(4)]
    xs, ys = sorted(by_axis[0::2], key=float), sorted(by_axis[1::2], key=float)
    return xs[0], ys[0], xs[1], ys[1]
