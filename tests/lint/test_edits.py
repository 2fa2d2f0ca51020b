"""Edits of files: the same comes out as if the value were edited, whatever it is; other bytes stay as they were."""

import copy
import json
import random
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mmdata.pipelines.lint.fixing.edits import edited
from mmdata.pipelines.lint.fixing.json_edits import edit_json, edit_json_lines
from mmdata.pipelines.lint.fixing.line_edits import edit_lines
from mmdata.pipelines.lint.fixing.xml_edits import edit_xml
from mmdata.schemas.errors import InputError
from mmdata.schemas.finding import Edit

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=6))
KEYS = st.text(st.sampled_from('ab/~0"\\é-'), max_size=3)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


def step(name: object) -> str:
    return "/" + str(name).replace("~", "~0").replace("/", "~1")


def places(value: Any, at: str = "") -> list[str]:
    """The pointers of everything in a value."""
    found = [at]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, at + step(key))
    return found


def parent_and_key(value: Any, at: str) -> tuple[Any, Any]:
    *above, last = [each.replace("~1", "/").replace("~0", "~") for each in at.split("/")[1:]]
    for each in above:
        value = value[int(each)] if isinstance(value, list) else value[each]
    return value, int(last) if isinstance(value, list) else last


def value_at(value: Any, at: str) -> Any:
    if not at:
        return value
    holder, key = parent_and_key(value, at)
    return holder[key]


def by_value(value: Any, edits: list[Edit]) -> Any:
    """The value with the edits made, none of which is within another; the last places first, so that numbers hold."""
    value = copy.deepcopy(value)
    order = {at: number for number, at in enumerate(places(value))}
    for edit in sorted(edits, key=lambda edit: order[edit.at], reverse=True):
        if not edit.at:
            value = edit.value
            continue
        holder, key = parent_and_key(value, edit.at)
        if edit.op == "remove":
            del holder[key]
        else:
            holder[key] = edit.value
    return value


def spaced(value: Any, rng: random.Random) -> str:
    """The value as JSON with white space anywhere, and letters as they are or escaped."""
    gap = lambda: rng.choice(["", "", " ", "\n", "\t ", "\r\n"])  # noqa: E731
    text = lambda each: json.dumps(each, ensure_ascii=rng.random() < 0.5)  # noqa: E731
    if isinstance(value, dict):
        inner = ",".join(f"{gap()}{text(key)}{gap()}:{gap()}{spaced(each, rng)}{gap()}" for key, each in value.items())
        return f"{{{inner or gap()}}}"
    if isinstance(value, list):
        return f"[{','.join(f'{gap()}{spaced(each, rng)}{gap()}' for each in value) or gap()}]"
    return text(value)


@st.composite
def documents(draw: st.DrawFn) -> tuple[Any, str, list[Edit]]:
    """A value, a text that says it, and edits of it of which none is within another."""
    value = draw(VALUES)
    text = spaced(value, draw(st.randoms(use_true_random=False)))
    edits: list[Edit] = []
    for at in draw(st.lists(st.sampled_from(places(value)), max_size=5, unique=True)):
        if any(at.startswith(f"{each.at}/") or each.at.startswith(f"{at}/") for each in edits):
            continue
        op = "remove" if at and draw(st.booleans()) else "replace"
        edits.append(Edit("a.json", at, op, None if op == "remove" else draw(VALUES)))
    return value, text, draw(st.permutations(edits))


@settings(max_examples=400, deadline=None)
@given(documents())
def test_json_edited_in_place_is_the_value_edited(document: tuple[Any, str, list[Edit]]) -> None:
    value, text, edits = document
    assert json.loads(edit_json(text, edits)) == by_value(value, edits)


@settings(max_examples=200, deadline=None)
@given(documents())
def test_every_byte_that_no_edit_is_about_stays(document: tuple[Any, str, list[Edit]]) -> None:
    _, text, edits = document
    replaced = [edit for edit in edits if edit.op == "replace"]
    marked = [Edit(edit.file, edit.at, "replace", "#MARK#") for edit in replaced]
    pieces = edit_json(text, marked).split('"#MARK#"')
    assume(len(pieces) == len(replaced) + 1)
    at = 0
    for piece in pieces:
        at = text.index(piece, at) + len(piece)
    assert text.startswith(pieces[0]) and text.endswith(pieces[-1])
    assert edit_json(text, []) == text


@settings(max_examples=300, deadline=None)
@given(VALUES, KEYS, VALUES, st.randoms(use_true_random=False), st.data())
def test_a_member_is_added_where_there_is_none(
    value: Any, key: str, new: Any, rng: random.Random, data: st.DataObject
) -> None:
    at = data.draw(st.sampled_from(places(value)))
    held = value_at(value, at)
    text = spaced(value, rng)
    to = at + (step("-") if isinstance(held, list) else step(key))
    after = json.loads(edit_json(text, [Edit("a.json", to, "add", new)]))
    expected = copy.deepcopy(value)
    target = value_at(expected, at)
    if isinstance(target, list):
        target.append(new)
    elif isinstance(target, dict):
        target.setdefault(key, new)
    assert after == expected


@settings(max_examples=150, deadline=None)
@given(st.lists(documents(), min_size=1, max_size=5), st.sampled_from(["\n", "\r\n"]))
def test_json_lines(rows: list[tuple[Any, str, list[Edit]]], end: str) -> None:
    texts = [" ".join(text.split("\n")).replace("\r", " ") for _, text, _ in rows]
    edits = [
        Edit("a.jsonl", f"{number}:1{edit.at}", edit.op, edit.value)
        for number, (_, _, own) in enumerate(rows, 1)
        for edit in own
    ]
    gone = [Edit("a.jsonl", "1:1", "remove")]
    after = edit_json_lines(end.join(texts) + end, edits).split("\n")
    assert [json.loads(line) for line in after[:-1]] == [by_value(value, own) for value, _, own in rows]
    assert after[-1] == ""
    assert edit_json_lines(end.join(texts) + end, gone) == "".join(text + end for text in texts[1:])


LINES = st.lists(st.text(st.sampled_from("ab 1\u2028\x0b\x85,é"), max_size=5), max_size=6)


@settings(max_examples=300, deadline=None)
@given(LINES, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.data())
def test_lines(lines: list[str], end: str, ended: bool, data: st.DataObject) -> None:
    text = end.join(lines) + (end if ended and lines else "")
    assume(not lines or lines[-1] or ended)
    wanted: dict[int, Edit] = {}
    edits: list[Edit] = []
    for number in data.draw(st.lists(st.integers(0, len(lines) + 2), max_size=6)):
        op = data.draw(st.sampled_from(["remove", "replace"]))
        column = data.draw(st.sampled_from(["", ":1"]))
        edit = Edit("a.txt", f"{number}{column}", op, "new" if op == "replace" else None)
        edits.append(edit)
        wanted.setdefault(number, edit)
    after = [
        (wanted[number].value if wanted[number].op == "replace" else None) if number in wanted else line
        for number, line in enumerate(lines, 1)
    ]
    ends = [end] * len(lines) if ended else [*[end] * (len(lines) - 1), ""]
    assert edit_lines(text, edits) == "".join(
        f"{line}{tail}" for line, tail in zip(after, ends, strict=False) if line is not None
    )


@st.composite
def elements(draw: st.DrawFn, depth: int = 0) -> ET.Element:
    element = ET.Element(draw(st.sampled_from(["a", "b"])), {"x": draw(st.sampled_from(["", ">", '"/>', "é"]))})
    element.text = draw(st.sampled_from([None, "1", " \n ", "é&<"]))
    for _ in range(draw(st.integers(0, 3)) if depth < 3 else 0):
        below = draw(elements(depth + 1))
        below.tail = draw(st.sampled_from([None, "\n  ", "t"]))
        element.append(below)
    return element


def paths(element: ET.Element, at: str) -> list[tuple[str, ET.Element]]:
    found = [(at, element)]
    counts: dict[str, int] = {}
    for below in element:
        counts[below.tag] = counts.get(below.tag, 0) + 1
        found += paths(below, f"{at}/{below.tag}[{counts[below.tag]}]")
    return found


@settings(max_examples=300, deadline=None)
@given(elements(), st.data())
def test_xml_edited_in_place_is_the_tree_edited(root: ET.Element, data: st.DataObject) -> None:
    content = ET.tostring(root, encoding="utf-8", short_empty_elements=data.draw(st.booleans()))
    known = paths(root, f"/{root.tag}[1]")
    parents = {below: element for _, element in known for below in element}
    edits: list[Edit] = []
    for at, element in data.draw(st.lists(st.sampled_from(known), max_size=3, unique_by=lambda each: each[0])):
        if any(at.startswith(f"{each.at}/") or each.at.startswith(f"{at}/") for each in edits):
            continue
        if element in parents and data.draw(st.booleans()):
            edits.append(Edit("a.xml", at, "remove"))
            above = parents[element]
            before = list(above).index(element)
            tail = element.tail or ""
            if before:
                above[before - 1].tail = (above[before - 1].tail or "") + tail
            else:
                above.text = (above.text or "") + tail
            above.remove(element)
        elif len(element) == 0 and element.text is not None:
            edits.append(Edit("a.xml", at, "replace", "né<w"))
            element.text = "né<w"
    after = ET.fromstring(edit_xml(content, edits))  # noqa: S314
    assert squeezed(after) == squeezed(root)


def squeezed(element: ET.Element) -> Any:
    """An element without white space, of which a removed one may take some along."""
    text = "".join((element.text or "").split())
    tail = "".join((element.tail or "").split())
    return element.tag, element.attrib, text, [squeezed(below) for below in element], tail


@pytest.mark.parametrize(
    ("name", "content", "at"),
    [
        ("a.json", b'{"a": [1, ', "/a/0"),
        ("a.xml", b"<a><b></a>", "/a/b"),
        ("a.xml", b'<!DOCTYPE a [<!ENTITY x "y">]><a><b>&x;</b></a>', "/a/b"),
    ],
)
def test_what_is_torn_is_not_edited(name: str, content: bytes, at: str) -> None:
    with pytest.raises(InputError, match=name):
        edited(Path(name), content, [Edit(name, at, "remove")])


def test_edits_that_lead_nowhere_change_nothing() -> None:
    nowhere = [Edit("a", at, op, 1) for at in ("/b", "/a/7", "/a/x", "9:1", "") for op in ("remove", "replace")]
    text = b'{"a": [1, 2]}'
    assert edited(Path("a.json"), text, nowhere[:6]) == text
    assert edited(Path("a.xml"), b"<a><b/></a>", nowhere[:6]) == b"<a><b/></a>"
    assert edited(Path("a.txt"), b"1 2\n3", [Edit("a", "9:1", "remove")]) == b"1 2\n3"


def test_bytes_that_are_no_utf_8_stay() -> None:
    assert edited(Path("a.json"), b'{"a": "\xff", "b": 1}', [Edit("a", "/b", "replace", 2)]) == b'{"a": "\xff", "b": 2}'
