"""A coordinate beyond the model's grid.

What
    A number of a box is below 0 or above the largest that the dialect has: 999 for Qwen-VL, 1000 for Qwen2-VL,
    Qwen3-VL and Gemini, 100 for MiniGPT-v2, 1 for LLaVA. Of a dialect in pixels: a box that is beyond its picture by
    more than one, however the picture may be resized.

Why it hurts training
    The model has seen no such place: 1000 is no cell of Qwen-VL's grid of [0, 1000). Many of them at once mean
    pixels where thousandths belong, which GE010 says of the whole file.

Example
    `<box>(12,40),(1000,93)</box>` for Qwen-VL

Instead
    Clamp what lies on the edge to the last cell; look where the others come from.

Fix safety
    Safe where 1000 stands for the far edge of a grid that ends at 999: it becomes 999. Nothing is offered for other
    numbers.

Sources
    QwenLM/Qwen-VL README ("normalized to [0, 1000)"); THUDM/CogVLM README ("Format of coordination").

"""

import re
from collections.abc import Iterator

from ....converters.targets.qwen_vl_tags import Fault
from ....schemas.finding import Fix
from ..chats import Chats
from ..frames import beyond_picture
from ..hits import Hits
from ..marks import marked, rewritten

_EDGE = re.compile(r"(?<!\d)1000(?!\d)")
_NUMBER = re.compile(r"-?\d+")


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Numbers beyond the grid."""

    def fix(text: int) -> Fix | None:
        return rewritten(chats, text, "TG004", _clamped, "safe", "Write 999 for the far edge")

    yield from marked(chats, "TG004", fix if chats.grammar.top == 999 else None)
    ends = dict(beyond_picture(chats))

    def said(at: int) -> str:
        width, height = ends[at]
        return f"the box is in pixels, and its picture ends at {width:g}x{height:g} at most"

    yield Hits("spots", list(ends), said, lambda at: list(chats.spots[at][2].numbers))


def _clamped(_fault: Fault, said: str) -> str | None:
    numbers = [int(each) for each in _NUMBER.findall(said)]
    return _EDGE.sub("999", said) if all(0 <= each <= 1000 for each in numbers) else None
