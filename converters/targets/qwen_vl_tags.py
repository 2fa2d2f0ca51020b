"""Qwen-VL's tags: what stands in a text, where, and whether the tokenizer will read it as meant.

The tags are control tokens of the vocabulary (QwenLM/Qwen-VL, tokenization_qwen.py and README, "Fine-tuning"):

    <img>PATH</img>                         a picture; PATH fills 256 positions
    <ref>WORDS</ref>                        words that point at something
    <box>(x1,y1),(x2,y2)</box>              integers in [0, 1000), thousandths of the picture's width and height
    <quad>(x,y),(x,y),(x,y),(x,y)</quad>    four corners

The tokenizer knows no escape: any of these strings in a label becomes the token (`allowed_special="all"`), so does
`<|im_end|>`, which ends the turn. `reserved_in` finds such text and `blunt` makes it harmless.

`parse` never raises: parts tile the text, faults name a rule, a place in characters and a value. `qwen_vl_text`
reads whole rows with it.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple
from unicodedata import combining, normalize

RESERVED: tuple[str, ...] = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    *(f"<|extra_{number}|>" for number in range(205)),
    "<ref>",
    "</ref>",
    "<box>",
    "</box>",
    "<quad>",
    "</quad>",
    "<img>",
    "</img>",
    "<imgpad>",
)
"""Every control token of the vocabulary, in the order of its ids from 151643 on (tokenization_qwen.py)."""

TOP = 999
"""The largest coordinate: the README's range is [0, 1000)."""

_TAGS = "ref|box|quad|img"
_AFTER_BRACKET = (
    rf"(?:/?(?:{_TAGS})|imgpad"
    r"|\|(?:endoftext|im_start|im_end|extra_(?:[0-9]|[1-9][0-9]|1[0-9]{2}|20[0-4]))\|)>"
)
RESERVED_PATTERN = re.compile(f"<{_AFTER_BRACKET}")
"""Matches exactly the strings of `RESERVED`, without a group."""

_WORDS = rf"[^<]*+(?:<(?!{_AFTER_BRACKET})[^<]*+)*+"
_ELEMENT = re.compile(rf"<({_TAGS})>({_WORDS})</\1>|<{_AFTER_BRACKET}")
_NUMBER = "(0|-?[1-9][0-9]{0,8})"
_POINT = rf"\({_NUMBER},{_NUMBER}\)"
_SHAPES = {"box": re.compile(",".join([_POINT] * 2)), "quad": re.compile(",".join([_POINT] * 4))}
_SHAPE_WORDS = {"box": "(x1,y1),(x2,y2)", "quad": "(x1,y1),(x2,y2),(x3,y3),(x4,y4)"}

PartKind = Literal["text", "image", "ref", "box", "quad", "point"]
_KINDS: dict[str, PartKind] = {"img": "image", "ref": "ref", "box": "box", "quad": "quad"}


class Part(NamedTuple):
    """One piece of a text, tags included: characters `start` to `end`.

    `text` is what stands between the tags (the path of an image, the words of a ref), or all of a plain text.
    `numbers` are the grid coordinates of a box (4) or a quad (8); empty for the rest and where they are malformed.
    """

    kind: PartKind
    text: str
    start: int
    end: int
    numbers: tuple[int, ...] = ()


class Fault(NamedTuple):
    """One broken rule: its code, the characters it is about, the value there, what is wrong, and in which turn."""

    code: str
    start: int
    end: int
    value: str
    message: str
    turn: int = 0


class Lone(NamedTuple):
    """A control token outside a well-formed element: the kind that it opens or closes, None where it does neither.

    `closing` is what closes such an element.
    """

    kind: PartKind | None
    opens: bool
    found: re.Match[str]
    closing: str


class Parsed(NamedTuple):
    """A text taken apart: its parts in order, without a gap, and what is wrong with them by place."""

    parts: list[Part]
    faults: list[Fault]


def reserved_in(text: str) -> str | None:
    """What in `text` would change the control tokens around it, or None.

    That is the first string of `RESERVED`, or a leading mark that normalisation joins to the `>` of the tag before
    it (U+0338 makes `≯`, and the tag is gone). To look at the text as it is suffices, because NFC makes none of the
    reserved strings' characters out of others; a test holds that over all of Unicode.
    """
    found = RESERVED_PATTERN.search(text)
    if found:
        return found[0]
    return text[0] if _swallows(text) else None


def blunt(text: str) -> str:
    """`text` made harmless and kept readable: `<ref>` becomes `< ref>`, a leading joining mark gets a space before it.

    Text without `reserved_in` comes back as it is. No new reserved string can arise: nothing is taken away, and
    none has a space after its bracket.
    """
    blunted = RESERVED_PATTERN.sub(lambda found: f"< {found[0][1:]}", text)
    return f" {blunted}" if _swallows(blunted) else blunted


def parse(text: str) -> Parsed:
    """The parts of one turn's text, with the faults that can be seen in it alone.

    TG001 unclosed-tag, TG002 crossed-tags, TG003 malformed-box, TG004 box-out-of-range, TG005 box-inverted-in-text,
    TG007 empty-ref, TG008 reserved-text. A tag without its partner stays in the text around it. Linear in the text.
    """
    parts: list[Part] = []
    lone: list[Lone] = []
    end = 0
    for found in _ELEMENT.finditer(text):
        tag, inside = found.groups()
        if tag is None:
            name = found[0].strip("</>")
            lone.append(Lone(_KINDS.get(name), not found[0].startswith("</"), found, f"</{name}>"))
            continue
        if end < found.start():
            parts.append(Part("text", text[end : found.start()], end, found.start()))
        end = found.end()
        parts.append(Part(_KINDS[tag], inside, found.start(), end, numbers_in(tag, inside)))
    if end < len(text):
        parts.append(Part("text", text[end:], end, len(text)))
    faults = faults_of(parts, lone, TOP)
    if not text.isascii():
        faults = sorted([*faults, *_swallowed(text, parts)], key=lambda fault: fault.start)
    return Parsed(parts, faults)


def numbers_in(tag: str, inside: str) -> tuple[int, ...]:
    """The coordinates of a box or quad, of what stands between its tags; empty for the rest and where malformed."""
    shape = _SHAPES.get(tag)
    match = shape.fullmatch(inside) if shape else None
    return tuple(map(int, match.groups())) if match else ()


def faults_of(parts: list[Part], lone: list[Lone], top: int) -> list[Fault]:
    """What is wrong with the elements and the tokens between them, by place; `top` is the largest coordinate."""
    faults = [fault for part in parts if part.kind != "text" for fault in _part_faults(part, top)]
    if lone:
        faults += _lone_faults(lone)
    return sorted(faults, key=lambda fault: fault.start)


def _part_faults(part: Part, top: int) -> Iterator[Fault]:
    if part.kind in _SHAPES:
        yield from _box_faults(part, top)
    elif part.kind == "ref" and not part.text.strip():
        yield _fault("TG007", part, "the reference has no words")


def _box_faults(part: Part, top: int) -> Iterator[Fault]:
    if not part.numbers:
        yield _fault("TG003", part, f"a {part.kind} reads {_SHAPE_WORDS[part.kind]} in whole numbers without spaces")
        return
    if min(part.numbers) < 0 or max(part.numbers) > top:
        yield _fault("TG004", part, f"a coordinate lies outside 0 to {top}")
    if part.kind == "box":
        x1, y1, x2, y2 = part.numbers
        if x1 > x2 or y1 > y2:
            yield _fault("TG005", part, "the second corner lies left of or above the first")


def _lone_faults(lone: list[Lone]) -> Iterator[Fault]:
    """Control tokens outside a well-formed element: an opening tag waits for its partner, across others or in vain."""
    waiting: dict[str, Lone] = {}
    for each in lone:
        if each.kind is None:
            yield _lone("TG008", each.found, "the words become a control token")
        elif each.opens:
            if each.kind in waiting:
                yield _unclosed(waiting[each.kind])
            waiting[each.kind] = each
        elif each.kind in waiting:
            opened = waiting.pop(each.kind).found
            yield _lone("TG002", opened, f"another tag stands between it and its {each.found[0]}")
        else:
            yield _lone("TG001", each.found, "it closes a tag that was not opened")
    yield from map(_unclosed, waiting.values())


def _swallowed(text: str, parts: list[Part]) -> Iterator[Fault]:
    """Elements whose tag the tokenizer does not see, because a mark after it is joined to its `>`."""
    for part in parts:
        inside = part.start if part.kind == "text" else text.index(">", part.start) + 1
        if text[inside - 1 : inside] == ">" and _swallows(part.text):
            message = f"the mark U+{ord(part.text[0]):04X} is joined to the '>' before it, and the tag is lost"
            yield Fault("TG008", inside, inside + 1, part.text[0], message)


def _swallows(text: str) -> bool:
    return bool(text and combining(text[0])) and not normalize("NFC", f">{text}").startswith(">")


def _fault(code: str, part: Part, message: str) -> Fault:
    return Fault(code, part.start, part.end, part.text, message)


def _lone(code: str, found: re.Match[str], message: str) -> Fault:
    return Fault(code, found.start(), found.end(), found[0], message)


def _unclosed(lone: Lone) -> Fault:
    return _lone("TG001", lone.found, f"no {lone.closing} follows")
