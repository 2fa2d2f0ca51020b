"""From the conversation table to rows and back: every box within the grid's bound, with its words and picture."""

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.converters.targets.protocol import RenderOptions
from mmdata.converters.targets.qwen_vl import render
from mmdata.converters.targets.qwen_vl_tags import blunt
from mmdata.converters.targets.qwen_vl_text import check_row, decode
from mmdata.schemas.conversation import CONVERSATIONS, KINDS, MEDIA, PART, ROLES, TURN
from mmdata.schemas.grid import error_bound

NOTHING = {"text": None, "media": 0, "x1": 0.0, "y1": 0.0, "x2": 0.0, "y2": 0.0, "quad": None}
QUESTION = {**NOTHING, "kind": "text", "text": "Find everything."}

sizes = st.tuples(st.integers(1, 9000), st.integers(1, 9000))
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).map(blunt).filter(str.strip)
share = st.floats(0, 1)


@st.composite
def objects(draw, size):
    """A box or a quad in pixels of a picture of that size, with its words."""
    xs = sorted(draw(st.tuples(share, share)))
    ys = sorted(draw(st.tuples(share, share)))
    (x1, x2), (y1, y2) = ([value * size[0] for value in xs], [value * size[1] for value in ys])
    quad = draw(st.sampled_from([None, [x1, y1, x2, y1, x2, y2, x1, y2]]))
    kind = "box" if quad is None else "quad"
    return {"kind": kind, "text": draw(words), "media": 0, "x1": x1, "y1": y1, "x2": x2, "y2": y2, "quad": quad}


@st.composite
def samples(draw):
    """A sample of rounds: a new picture each, a question, and the boxes on it."""
    shown = draw(st.lists(sizes, min_size=1, max_size=3))
    rounds = [draw(st.lists(objects(size), min_size=1, max_size=4)) for size in shown]
    return shown, [[{**thing, "media": media} for thing in things] for media, things in enumerate(rounds)]


def _dictionary(values, words, index):
    codes = [None if value is None else words.index(value) for value in values]
    return pa.DictionaryArray.from_arrays(pa.array(codes, index), pa.array(words, pa.string()))


def _struct(rows, kind, dictionaries):
    columns = []
    for field in kind:
        values = [row[field.name] for row in rows]
        if field.name in dictionaries:
            columns.append(_dictionary(values, dictionaries[field.name], field.type.index_type))
        else:
            columns.append(values if isinstance(values, pa.Array) else pa.array(values, field.type))
    return pa.StructArray.from_arrays(columns, fields=list(kind))


def _lists(lengths, values, field):
    offsets = pa.array([sum(lengths[:count]) for count in range(len(lengths) + 1)], pa.int32())
    return pa.ListArray.from_arrays(offsets, values).cast(pa.list_(field))


def _batch(drawn):
    """The conversation batch of these samples, with the dictionaries that the table's contract names."""
    media, turns, lengths = [], [], {"media": [], "turns": []}
    for number, (shown, rounds) in enumerate(drawn):
        lengths["media"].append(len(shown))
        lengths["turns"].append(2 * len(rounds))
        media += [
            {"kind": "image", "path": f"/d/{number} {at}.jpg", "width": size[0], "height": size[1], "duration": None}
            for at, size in enumerate(shown)
        ]
        for at, things in enumerate(rounds):
            turns += [("user", [{**NOTHING, "kind": "image", "media": at}, QUESTION]), ("assistant", things)]
    parts = [part for _, held in turns for part in held]
    texts = sorted({part["text"] for part in parts} - {None})
    part_array = _struct(parts, PART, {"kind": list(KINDS), "text": texts})
    held = _lists([len(parts) for _, parts in turns], part_array, TURN.field("parts").type.value_field)
    roles = _dictionary([role for role, _ in turns], list(ROLES), pa.int8())
    turn_array = pa.StructArray.from_arrays([roles, held], fields=list(TURN))
    columns = [
        pa.array([f"s{number}" for number in range(len(drawn))]),
        _dictionary(["detect"] * len(drawn), ["detect"], pa.int8()),
        pa.array(range(len(drawn)), pa.int32()),
        pa.array([[] for _ in drawn], pa.list_(pa.int32())),
        _lists(
            lengths["media"], _struct(media, MEDIA, {"kind": ["image"]}), CONVERSATIONS.field("media").type.value_field
        ),
        _lists(lengths["turns"], turn_array, CONVERSATIONS.field("turns").type.value_field),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=CONVERSATIONS)


def _corners(thing):
    return thing["quad"] or [thing[name] for name in ("x1", "y1", "x2", "y2")]


@pytest.mark.parametrize("rounding", ["nearest", "floor"])
@settings(deadline=None)
@given(drawn=st.lists(samples(), min_size=1, max_size=3))
def test_every_box_comes_back_within_the_grids_bound(drawn, rounding):
    rows = render(_batch(drawn), RenderOptions(rounding=rounding))
    assert len(rows) == len(drawn)
    for row, (shown, rounds) in zip(map(json.loads, rows), drawn, strict=True):
        assert check_row(row) == []
        given_things = [thing for things in rounds for thing in things]
        found = decode(row, shown)
        assert [(each.label, each.media) for each in found] == [(t["text"], t["media"]) for t in given_things]
        for each, thing in zip(found, given_things, strict=True):
            for at, (back, given_) in enumerate(zip(each.quad or each.box, _corners(thing), strict=True)):
                size = shown[thing["media"]][at % 2]
                bound = error_bound(size, steps=1000, top=999, rounding=rounding)
                assert abs(back - given_) <= bound * (1 + 1e-9)
