r"""One line of a picture's text file as a word: its corners in pixels, what is written there, and its script.

    x1,y1,x2,y2,x3,y3,x4,y4,text            ICDAR 2015, SROIE: all after the eighth comma is text, commas and quotes too
    x1,y1,x2,y2,x3,y3,x4,y4,script,text     ICDAR 2017 and 2019 MLT
    x1, y1, x2, y2, "text"                  ICDAR 2013: left, top, right, bottom; also with spaces for commas;
                                            in quotes, \" and \\ for a quote and a backslash
    x1,y1,x2,y2,…,xn,yn,####text            Total-Text and CTW1500 as ABCNet has them: a ring of points

Two things no single line tells, so they are asked of the file as a whole: whether a field is the script, and whether
quotes around a text of the first form are part of it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from .object_error import ObjectError
from .text_lines import shortened

ILLEGIBLE: Final = "###"
"""The text of a region that is there and cannot be read; the competitions call it "don't care"."""

SCRIPTS: Final = frozenset(
    {"Arabic", "Bangla", "Chinese", "Devanagari", "Hindi", "Japanese", "Korean", "Latin", "Mixed", "None", "Symbols"}
)
"""What MLT writes into the script field (rrc.cvc.uab.es, challenges 8 and 15)."""

_NUMBER: Final = r"[ \t]*[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[ \t]*[-+]?(?:nan|inf(?:inity)?)"
_NUMBERS: Final = re.compile(rf"(?i:{_NUMBER})(?:[ \t]*,(?i:{_NUMBER}))*(?=[ \t]*(?:,|\Z))")
_SPACED: Final = re.compile(rf'((?i:{_NUMBER})(?:[ \t]+(?i:{_NUMBER})){{3,}})[ \t]+"(.*)"[ \t]*')
_RING: Final = "####"
_QUOTED: Final = re.compile(r'[ \t]*"(.*)"[ \t]*', re.DOTALL)
_ESCAPED: Final = re.compile(r'\\(["\\])')


@dataclass(frozen=True, slots=True)
class Form:
    """What is true of a file as a whole: its quads carry a script; quotes around texts are no text; it has no quads."""

    script: bool = False
    quotes: bool = False
    boxes: bool = False


class Word(NamedTuple):
    """4 numbers are left, top, right, bottom; 6 and more are corners in drawing order. `text` as it stands, or None."""

    points: list[float]
    text: str | None
    script: str | None = None


class _Split(NamedTuple):
    """The fields before the text, and the text with whether it was in quotes of the format's own."""

    fields: list[str]
    rest: str | None
    quoted: bool = False


def form_of(lines: Sequence[str], script: str = "auto", quotes: str = "auto") -> Form:
    """The form of a file of these lines. `script` is auto, yes or no; `quotes` is auto, text or marks.

    By itself a script is seen where every quad has one of MLT's words and one more field; quotes are marks where every
    text but ### stands in them.
    """
    splits = [_split(line) for line in lines]
    quads = [each.rest for each in splits if len(each.fields) == 8 and each.rest is not None and not each.quoted]
    scripted = script == "yes" or (script == "auto" and bool(quads) and all(_has_script(rest) for rest in quads))
    texts = [rest.partition(",")[2] if scripted else rest for rest in quads]
    texts = [text for text in texts if text != ILLEGIBLE]
    marked = quotes == "marks" or (quotes == "auto" and bool(texts) and all(map(_QUOTED.fullmatch, texts)))
    return Form(scripted, marked, not any(len(each.fields) == 8 for each in splits))


def is_word(line: str, form: Form | None = None) -> bool:
    """Whether a line has one of the forms above."""
    split = _split(line)
    form = form or Form(boxes=True)
    return len(split.fields) == 8 or split.quoted or _is_ring(split) or (form.boxes and len(split.fields) == 4)


def says_something(line: str) -> bool:
    """Whether a line has a text that is no number, so that it is no row of a table of numbers."""
    split = _split(line)
    return split.quoted or bool(split.rest and not re.fullmatch(rf"(?i:{_NUMBER}|[ \t,]+)*", split.rest))


def read_word(line: str, form: Form, at: str) -> Word:
    """The word of a line. `ObjectError` AN023 where numbers are missing before the text."""
    split = _split(line)
    if not split.fields:
        raise ObjectError("AN004", at, shortened(line), "the line begins with no coordinates")
    points = list(map(float, split.fields))  # which the patterns have seen to be numbers
    text, script = split.rest, None
    if _is_ring(split):
        text = (split.rest or "").removeprefix(_RING)
    elif len(points) == 8 and not split.quoted and text is not None:
        text, script = _parted(text, form)
    elif not split.quoted and not (len(points) == 8 or (form.boxes and len(points) == 4)):
        fact = "fewer than the 8 numbers of four corners stand before the text"
        raise ObjectError("AN023", at, shortened(line), fact)
    return Word(points, text or None, script)


@lru_cache(maxsize=1024)  # each line of a file is asked about thrice: what kind of file, what form, what word
def _split(line: str) -> _Split:
    """The line at the end of its coordinates: at the eighth comma, or sooner where a field is no number."""
    if spaced := _SPACED.fullmatch(line):
        fields = spaced[1].split()
        return _Split(fields, _plain(spaced[2]), quoted=True) if len(fields) in (4, 8) else _Split([], line)
    found = _NUMBERS.match(line)
    if found is None:
        return _Split([], line)
    fields, rest = found[0].split(","), line[found.end() :].lstrip(" \t")
    following = rest[1:] if rest else None
    if len(fields) > 8 and not (following or "").startswith(_RING):
        # a text may begin with numbers, or be one
        cut = len(",".join(fields[:8]))
        fields, following = fields[:8], line[cut + 1 :]
    if len(fields) == 4 and following is not None and (quoted := _QUOTED.fullmatch(following)):
        return _Split(fields, _plain(quoted[1]), quoted=True)
    if 4 < len(fields) < 8 and not (following or "").startswith(_RING):
        cut = len(",".join(fields[:4]))
        fields, following = fields[:4], line[cut + 1 :]
    return _Split(fields, following)


def _is_ring(split: _Split) -> bool:
    count = len(split.fields)
    return count >= 6 and count % 2 == 0 and count != 8 and (split.rest or "").startswith(_RING)


def _parted(rest: str, form: Form) -> tuple[str, str | None]:
    script = None
    if form.script and _has_script(rest):
        script, _, rest = rest.partition(",")
        script = script.strip()
    if form.quotes and (quoted := _QUOTED.fullmatch(rest)):
        rest = quoted[1]
    return rest, script


def _has_script(rest: str) -> bool:
    field, comma, _ = rest.partition(",")
    return bool(comma) and field.strip() in SCRIPTS


def _plain(quoted: str) -> str:
    """What a quoted text means, its two escapes undone."""
    return _ESCAPED.sub(r"\1", quoted)
