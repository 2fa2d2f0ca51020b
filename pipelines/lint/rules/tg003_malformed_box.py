"""A box that is not written as the model writes boxes.

What
    Where a box is meant stands another form than the dialect's one: spaces, fractions, three numbers, missing
    zeros.

Why it hurts training
    Trainers do not check it. The model learns a second spelling, and what reads its answers passes over such boxes
    in silence: CogVLM's parser takes groups of digits and commas alone.

Example
    `<box>(10, 20), (30, 40)</box>`; `[[12, 40, 300, 93]]` for CogVLM; `{"bbox_2d": "10 20 30 40"}`

Instead
    Write `(x1,y1),(x2,y2)` in whole numbers without spaces, or what `mmdata targets` says of the model.

Fix safety
    Safe where spaces, a fraction of zero or CogVLM's zeros are all that is wrong: the numbers stay the same.
    Nothing is offered for other forms.

Sources
    QwenLM/Qwen-VL README ("(x1,y1),(x2,y2)"); QwenLM/Qwen3-VL #762 (boxes with spaces); THUDM/CogVLM,
    utils/utils/grounding_parser.py.

"""

import re
from collections.abc import Callable, Iterator

from ....converters.targets.grammar import Marks
from ....converters.targets.qwen_vl_tags import Fault
from ....schemas.finding import Fix
from ..chats import Chats
from ..hits import Hits
from ..marks import marked, rewritten

_SPACE = re.compile(r"\s+")
_WHOLE = re.compile(r"(\d)\.0+(?!\d)")
_DIGITS = re.compile(r"\d+")


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Boxes in another form."""

    def fix(text: int) -> Fix | None:
        return rewritten(chats, text, "TG003", _tidy(chats.grammar.read), "safe", "Write the box without spaces")

    yield from marked(chats, "TG003", fix)


def _tidy(read: Callable[[str], Marks]) -> Callable[[Fault, str], str | None]:
    def tidy(_fault: Fault, said: str) -> str | None:
        bare = _WHOLE.sub(r"\1", _SPACE.sub("", said))
        wide = _DIGITS.sub(lambda number: number[0].zfill(3), bare)
        return next((each for each in (bare, wide) if _sound(read(each))), None)

    return tidy


def _sound(marks: Marks) -> bool:
    return bool(marks.spots) and not any(fault.code == "TG003" for fault in marks.faults)
