"""The grammars of tags: Qwen-VL's `<ref>` `<box>` `<quad>` `<img>`, and the tokens that Qwen2-VL has instead.

Both are read by `qwen_vl_tags`: an element is an opening tag, text without a control token, and its closing tag.
"""

import re
from collections.abc import Sequence
from typing import Any

from . import qwen2_tags, qwen_vl_tags
from .grammar import HUMAN_GPT, USER_ASSISTANT, Grammar, Marks, Spot, Turns, words
from .qwen_vl_tags import Fault, Lone, Parsed, Part, PartKind
from .qwen_vl_text import answer_faults, picture_faults, points_in


def read_qwen_vl(text: str) -> Marks:
    """What stands in a text of Qwen-VL."""
    parsed = qwen_vl_tags.parse(text)
    return _marks(parsed)


def _marks(parsed: Parsed) -> Marks:
    spots: list[Spot] = []
    label: str | None = None
    for at, part in enumerate(parsed.parts):
        if part.kind in ("box", "quad"):
            if part.numbers:
                spots.append(Spot(label, part.numbers, part.start, part.end, 0, tuple(range(len(part.numbers)))))
        elif part.kind == "ref":
            label = part.text
            spots += [
                Spot(label, p.numbers, p.start, p.end, 0, (0, 1)) for p in points_in(*parsed.parts[at + 1 : at + 2])
            ]
        else:
            label = None
    return Marks(parsed.faults, spots, sum(part.kind == "image" for part in parsed.parts), parsed.parts)


def check_qwen_vl(turns: Turns) -> list[Fault]:
    """What the tags of a row are wrong about together: numbers of pictures, half pairs, pictures in answers."""
    faults: list[Fault] = []
    shown = 0
    for index, (role, marks) in enumerate(turns):
        found = list(picture_faults(list(marks.parts), shown))
        found += answer_faults(list(marks.parts)) if role == "assistant" else ()
        faults += [fault._replace(turn=index) for fault in found]
        shown += marks.pictures
    return faults


QWEN_VL = Grammar(
    USER_ASSISTANT,
    re.compile("<"),
    read_qwen_vl,
    check_qwen_vl,
    frame="thousandths",
    top=qwen_vl_tags.TOP,
    family="Qwen-VL's tags",
)
"""Qwen-VL: pictures stand in the text by their tags."""

_KINDS: dict[str, PartKind] = {"object_ref": "ref", "box": "box", "quad": "quad"}
_WORDS = rf"(?:(?!{qwen2_tags.CONTROL_PATTERN.pattern}).)*"
_ELEMENT = re.compile(
    rf"<\|(object_ref|box|quad)_start\|>({_WORDS})<\|\1_end\|>|<\|(object_ref|box|quad)_(start|end)\|>", re.DOTALL
)


def parse_qwen2(text: str) -> Parsed:
    """The parts of a text with Qwen2-VL's tokens, and the faults that can be seen in it alone; never raises."""
    parts: list[Part] = []
    lone: list[Lone] = []
    end = 0
    for found in _ELEMENT.finditer(text):
        if found[1] is None:
            lone.append(Lone(_KINDS[found[3]], found[4] == "start", found, f"<|{found[3]}_end|>"))
            continue
        if end < found.start():
            parts.append(Part("text", text[end : found.start()], end, found.start()))
        end = found.end()
        kind = _KINDS[found[1]]
        parts.append(Part(kind, found[2], found.start(), end, qwen_vl_tags.numbers_in(kind, found[2])))
    if end < len(text):
        parts.append(Part("text", text[end:], end, len(text)))
    return Parsed(parts, qwen_vl_tags.faults_of(parts, lone, 1000))


def read_qwen2(text: str) -> Marks:
    """What stands in a text of Qwen2-VL."""
    return _marks(parse_qwen2(text))._replace(pictures=text.count("<image>"))


def check_places(turns: Turns) -> list[Fault]:
    """TG013: what stands for a picture in an answer."""
    return [
        Fault("TG013", 0, 0, "<image>", "a picture stands in an answer", index)
        for index, (role, marks) in enumerate(turns)
        if role == "assistant" and marks.pictures
    ]


def check_qwen2(turns: Turns) -> list[Fault]:
    """Half pairs of references and boxes, and pictures in answers."""
    faults = check_places(turns)
    for index, (role, marks) in enumerate(turns):
        if role == "assistant":
            faults += [fault._replace(turn=index) for fault in answer_faults(list(marks.parts))]
    return faults


CONTROL = words(
    *(
        token
        for token in qwen2_tags.CONTROL
        if token.startswith("<|") and "_start|" not in token and "_end|" not in token
    ),
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
)
"""Control tokens that no writer means: not those of boxes, and neither thoughts nor calls of tools."""

QWEN2_VL = Grammar(
    HUMAN_GPT,
    re.compile(r"<\||<image>"),
    read_qwen2,
    check_qwen2,
    frame="thousandths",
    family="Qwen2-VL's tokens",
    place="<image>",
    reserved=CONTROL,
    mask=qwen2_tags.ANSWER_MARK,
    masked=("user",),
)
"""Qwen2-VL in its own trainer."""


def swift_boxes(row: dict[str, Any]) -> list[tuple[str, Spot]]:
    """The boxes of ms-swift's `objects`, by their pointer in the row; those that are no numbers are not in it."""
    objects = row.get("objects")
    if not isinstance(objects, dict) or objects.get("bbox_type") not in (None, "real"):
        return []
    held, images = objects.get("bbox"), objects.get("image_id")
    found: list[tuple[str, Spot]] = []
    for number, box in enumerate(held if isinstance(held, list) else []):
        if isinstance(box, list) and len(box) == 4 and all(type(each) in (int, float) for each in box):
            which = images[number] + 1 if isinstance(images, list) and _is_place(images, number) else 1
            found.append((f"/objects/bbox/{number}", Spot(None, tuple(map(float, box)), 0, 0, which)))
    return found


def swift_faults(row: dict[str, Any]) -> list[tuple[str, Fault]]:
    """What is wrong about the boxes of ms-swift's `objects`, by their pointer in the row."""
    objects = row.get("objects")
    if not isinstance(objects, dict) or not isinstance(held := objects.get("bbox"), list):
        return []
    found: list[tuple[str, Fault]] = []
    for number, box in enumerate(held):
        if fault := _fault_of(box):
            found.append((f"/objects/bbox/{number}", Fault(fault[0], 0, 0, str(box), fault[1])))
    listed, images = objects.get("image_id"), row.get("images")
    count = len(images) if isinstance(images, list) else 1
    for number, which in enumerate(listed if isinstance(listed, list) else []):
        if type(which) is not int or not 0 <= which < count:
            fact = f"the box is in picture {which!r} from 0, and the row has {count}"
            found.append((f"/objects/image_id/{number}", Fault("TG003", 0, 0, str(which), fact)))
    return found


def _fault_of(box: Any) -> tuple[str, str] | None:
    """The rule that a box beside the turns breaks, and how."""
    if not (isinstance(box, list) and len(box) in (2, 4) and all(type(each) in (int, float) for each in box)):
        return "TG003", "a box is a list of four numbers, a point of two: [x1, y1, x2, y2]"
    if len(box) == 4 and (box[0] > box[2] or box[1] > box[3]):
        return "TG005", "the second corner lies left of or above the first"
    return None


def _is_place(images: Sequence[Any], number: int) -> bool:
    return number < len(images) and type(images[number]) is int


def read_places(text: str) -> Marks:
    """A text in which nothing but places of pictures stands."""
    return Marks(pictures=text.count("<image>"))


SWIFT = Grammar(
    hint=re.compile("<image>"),
    read=read_places,
    check=check_places,
    frame="pixels",
    family="ms-swift's places",
    place="<image>",
    untagged=True,
    reserved=CONTROL,
    listed_boxes=swift_boxes,
    listed_faults=swift_faults,
)
"""ms-swift: boxes stand beside the turns, in pixels."""
