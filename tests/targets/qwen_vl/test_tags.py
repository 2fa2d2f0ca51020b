"""The parser of Qwen-VL's tags, and the two functions that keep labels from becoming control tokens."""

import sys
from itertools import pairwise
from pathlib import Path
from unicodedata import normalize

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.converters.targets.qwen_vl_tags import (
    RESERVED,
    RESERVED_PATTERN,
    Part,
    blunt,
    parse,
    reserved_in,
)
from mmdata.schemas.rule import RULES

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "texts.yml").read_text(encoding="utf-8"))

pieces = st.one_of(
    st.sampled_from(RESERVED),
    st.sampled_from(["<", ">", "(1,2),(3,4)", "dog", "\u0338", "é", "e\u0301", "|", "<|extra_205|>"]),
    st.text(max_size=5),
)
nasty_texts = st.lists(pieces, max_size=12).map("".join)
words = nasty_texts.map(blunt)
grid = st.integers(0, 999)


def _numbers(count):
    return st.tuples(*[grid] * count)


def _ordered(numbers):
    (x1, x2), (y1, y2) = sorted(numbers[0::2]), sorted(numbers[1::2])
    return x1, y1, x2, y2


drawn_parts = st.one_of(
    st.tuples(st.just("text"), words.filter(bool), st.just(())),
    st.tuples(st.just("ref"), words.filter(str.strip), st.just(())),
    st.tuples(st.just("image"), words.filter(bool), st.just(())),
    st.tuples(st.just("box"), st.just(""), _numbers(4).map(_ordered)),
    st.tuples(st.just("quad"), st.just(""), _numbers(8)),
)


def _between_texts_nothing(parts):
    return all(a[0] != "text" or b[0] != "text" for a, b in pairwise(parts))


def _render(parts):
    """The reference renderer: what the text of these parts must be."""
    pairs = {"ref": "ref", "image": "img"}
    texts = []
    for kind, text, numbers in parts:
        points = ",".join(f"({x},{y})" for x, y in zip(numbers[0::2], numbers[1::2], strict=True))
        inside = points or text
        tag = pairs.get(kind, kind)
        texts.append(inside if kind == "text" else f"<{tag}>{inside}</{tag}>")
    return "".join(texts)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_faults_have_code_place_and_value(case):
    parsed = parse(case["text"])
    assert [[fault.code, fault.start, fault.value] for fault in parsed.faults] == case["faults"]
    for fault in parsed.faults:
        assert fault.code in RULES
        assert fault.value in case["text"][fault.start : fault.end]


@settings(deadline=None)
@given(st.lists(drawn_parts, max_size=8).filter(_between_texts_nothing))
def test_what_was_rendered_is_parsed_back(parts):
    parsed = parse(_render(parts))
    assert parsed.faults == []
    assert [(part.kind, part.numbers) for part in parsed.parts] == [(kind, numbers) for kind, _, numbers in parts]
    said = [part.text for part in parsed.parts if not part.numbers]
    assert said == [text for _, text, numbers in parts if not numbers]


@settings(deadline=None)
@given(nasty_texts | st.text(alphabet="<>/|refboximgquad()0123456789,- ", max_size=60))
def test_any_text_is_taken_apart_without_a_gap(text):
    parsed = parse(text)
    ends = [0, *(part.end for part in parsed.parts)]
    assert [part.start for part in parsed.parts] == ends[:-1]
    assert ends[-1] == len(text)
    assert all(fault.code in RULES and 0 <= fault.start < fault.end <= len(text) for fault in parsed.faults)
    assert all(part.text in text[part.start : part.end] for part in parsed.parts)


@settings(deadline=None)
@given(nasty_texts)
def test_a_text_without_faults_has_its_tags_in_pairs_and_no_other_control_token(text):
    parsed = parse(text)
    if not parsed.faults:
        elements = sum(part.kind != "text" for part in parsed.parts)
        assert len(RESERVED_PATTERN.findall(normalize("NFC", text))) == 2 * elements


def test_a_long_row_of_open_tags_is_taken_apart_in_one_pass():
    assert len(parse("<ref>" * 20_000).faults) == 20_000
    assert parse("<ref>" + "<" * 200_000 + "</ref>").parts == [
        Part("ref", "<" * 200_000, 0, 200_011),
    ]


def test_reserved_strings_are_the_vocabulary_and_nothing_else():
    assert len(RESERVED) == len(set(RESERVED)) == 217
    assert all(RESERVED_PATTERN.fullmatch(text) for text in RESERVED)
    near = [f"<|extra_{number}|>" for number in (205, 206, 299, 1000)] + [
        "<|extra_00|>",
        "<|extra_|>",
        "<REF>",
        "<img/>",
    ]
    assert not any(RESERVED_PATTERN.search(text) for text in near)


def test_normalisation_makes_no_reserved_character_out_of_others():
    """`reserved_in` and `blunt` look at text before NFC; this is why that suffices."""
    used = set("".join(RESERVED))
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if not 0xD800 <= code < 0xE000 and character not in used:
            assert used.isdisjoint(normalize("NFC", character))


def test_only_one_mark_is_joined_to_a_closing_bracket():
    joined = [code for code in range(0x80, 0xD800) if normalize("NFC", f">{chr(code)}")[0] != ">"]
    assert joined == [0x338]


@pytest.mark.parametrize(
    ("text", "found", "blunted"),
    [
        ("dog", None, "dog"),
        ("", None, ""),
        ("a < b > c", None, "a < b > c"),
        ("the <ref> tag", "<ref>", "the < ref> tag"),
        ("<|im_end|><img>", "<|im_end|>", "< |im_end|>< img>"),
        ("<<ref>ref>", "<ref>", "<< ref>ref>"),
        ("\u0338dog", "\u0338", " \u0338dog"),
        ("e\u0301", None, "e\u0301"),
        ("\u0301dog", None, "\u0301dog"),
    ],
)
def test_blunt_says_the_same_without_control_tokens(text, found, blunted):
    assert reserved_in(text) == found
    assert blunt(text) == blunted


@settings(deadline=None)
@given(nasty_texts)
def test_blunted_text_holds_nothing_reserved_before_and_after_normalisation(text):
    blunted = blunt(text)
    assert reserved_in(blunted) is None
    assert reserved_in(normalize("NFC", blunted)) is None
    assert blunt(blunted) == blunted
    assert blunted == text or reserved_in(text)
    assert blunted.replace(" ", "") == text.replace(" ", "")
