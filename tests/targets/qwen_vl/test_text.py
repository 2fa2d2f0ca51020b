"""Rows read back: boxes in pixels with their words and pictures, and faults that need the conversation."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.converters.targets.protocol import Decoded
from mmdata.converters.targets.qwen_vl_text import check_row, decode
from mmdata.schemas.box import Box
from mmdata.schemas.errors import InputError
from mmdata.schemas.rule import RULES

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "rows.yml").read_text(encoding="utf-8"))

PICTURE = "Picture 1: <img>a.jpg</img>\n"
TWO = PICTURE + "Picture 2: <img>b.jpg</img>\n"


def _row(*values):
    return {"id": "s", "conversations": [{"from": "user", "value": value} for value in values]}


def _turns(turns):
    return turns and [{"from": role, "value": value} for role, value in turns]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_faults_of_rows(case):
    faults = check_row({"id": "s", "conversations": _turns(case["turns"])})
    assert [[fault.code, fault.turn, fault.start] for fault in faults] == case["faults"]
    assert all(fault.code in RULES for fault in faults)


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["from", "value"]), inner),
    )
)
def test_no_row_makes_the_check_fail(turns):
    assert all(fault.code in RULES for fault in check_row({"conversations": turns}))


def test_boxes_come_back_in_pixels_with_their_words():
    row = _row(
        PICTURE + "Find.",
        "<ref>two mugs</ref><box>(0,100),(500,999)</box><box>(1,2),(3,4)</box>, <box>(5,6),(7,8)</box>",
    )
    assert decode(row, [(640, 480)]) == [
        Decoded("two mugs", Box(0.0, 48.0, 320.0, 479.52), 0),
        Decoded("two mugs", Box(0.64, 0.96, 1.92, 1.92), 0),
        Decoded(None, Box(3.2, 2.88, 4.48, 3.84), 0),
    ]


def test_a_quad_keeps_its_corners_and_has_a_hull():
    row = _row(PICTURE, "<ref>sign</ref><quad>(100,0),(200,100),(100,200),(0,100)</quad>")
    [sign] = decode(row, [(1000, 500)])
    assert sign == Decoded("sign", Box(0, 0, 200, 100), 0, [100, 0, 200, 50, 100, 100, 0, 50])


@pytest.mark.parametrize(
    ("values", "pictures"),
    [
        ([TWO, "<box>(1,2),(3,4)</box>"], [1]),
        ([TWO, "Picture 1: <box>(1,2),(3,4)</box>\nPicture 2: <box>(1,2),(3,4)</box>"], [0, 1]),
        ([TWO, "Picture 1: <box>(1,2),(3,4)</box>", "<box>(1,2),(3,4)</box>"], [0, 1]),
        ([TWO, "Picture 3: <box>(1,2),(3,4)</box>"], [1]),
        ([TWO, "as in Picture 1 <box>(1,2),(3,4)</box>"], [1]),
        ([PICTURE, "<box>(1,2),(3,4)</box>", "Picture 2: <img>b.jpg</img>\n<box>(1,2),(3,4)</box>"], [0, 1]),
    ],
)
def test_a_box_lies_on_the_last_picture_unless_a_heading_names_another(values, pictures):
    assert [found.media for found in decode(_row(*values), [(10, 10), (20, 20)])] == pictures


def test_faults_that_leave_boxes_as_they_are_do_not_stop_the_decoder():
    row = _row(PICTURE, "<ref></ref><box>(0,0),(500,500)</box><|im_end|>")
    assert decode(row, [(10, 10)]) == [Decoded("", Box(0, 0, 5, 5), 0)]


def test_a_row_without_boxes_gives_none():
    assert decode(_row("Hi", "Hello"), []) == []


@pytest.mark.parametrize(
    ("row", "place", "fact"),
    [
        ({"id": 7}, "row 7: /conversations", "None is not a list of turns"),
        ({"id": "s", "conversations": ["Hi"]}, "row 's': /conversations", "['Hi'] is not"),
        (_row(PICTURE, "a <ref>dog"), "/conversations/1/value, character 2", "TG001: no </ref> follows: '<ref>'"),
        (_row(PICTURE, "<box>(1,2)</box>"), "/conversations/1/value, character 0", "TG003"),
        (_row("Hi", "<box>(1,2),(3,4)</box>"), "(1,2),(3,4)", "picture 0 of 1"),
        (_row(TWO, "<box>(1,2),(3,4)</box>"), "(1,2),(3,4)", "picture 2 of 1"),
    ],
)
def test_what_cannot_be_decoded_is_named_with_its_place(row, place, fact):
    with pytest.raises(InputError) as caught:
        decode(row, [(640, 480)])
    assert place in caught.value.place
    assert fact in caught.value.fact
    assert caught.value.remedy
