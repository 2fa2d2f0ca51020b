"""Files as they stand: every value goes by once with its place, keys that stand twice are found wherever they stand."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.converters import json_window
from mmdata.converters.json_pointer import step
from mmdata.pipelines.lint.fixing.json_edits import edit_json, edit_json_lines
from mmdata.pipelines.lint.raw import raw_parts
from mmdata.pipelines.lint.rules import an002_duplicate_json_key as twice
from mmdata.pipelines.lint.rules import an003_non_finite_number as finite
from mmdata.schemas.finding import Edit

KEYS = st.sampled_from(["a", "b", 'c":', "d/~", "é", "{"])
LEAVES = st.one_of(st.none(), st.integers(-9, 9), st.floats(allow_nan=False, width=32), KEYS)


class Pairs(list[tuple[str, Any]]):
    """A JSON object as it may stand in a file: its members in order, keys twice."""


VALUES = st.recursive(
    LEAVES,
    lambda below: st.one_of(st.lists(below, max_size=4), st.lists(st.tuples(KEYS, below), max_size=4).map(Pairs)),
    max_leaves=20,
)
SPACES = st.sampled_from([("", ""), (" ", ""), (" ", " "), ("\n\t", "\n")])


def as_text(value: Any, space: tuple[str, str]) -> str:
    """The value as JSON, with white space behind commas and colons, and before colons."""
    behind, before = space
    if isinstance(value, Pairs):
        members = (f"{json.dumps(key)}{before}:{behind}{as_text(each, space)}" for key, each in value)
        return "{" + f",{behind}".join(members) + "}"
    if isinstance(value, list):
        return "[" + f",{behind}".join(as_text(each, space) for each in value) + "]"
    return json.dumps(value)


def stands_twice(value: Any, at: str = "") -> Iterator[str]:
    """Places of keys that stand twice, of what parsers keep: the last of each key."""
    if isinstance(value, Pairs):
        keys = [key for key, _ in value]
        yield from (at + step(key) for key in set(keys) if keys.count(key) > 1)
        for key, each in dict(value).items():
            yield from stands_twice(each, at + step(key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from stands_twice(each, f"{at}/{number}")


def found(path: Path) -> set[str]:
    return {each.at for part in raw_parts(path) for each in twice.check_raw(part)}


@settings(deadline=None)
@given(value=st.one_of(st.lists(VALUES), st.lists(st.tuples(KEYS, VALUES)).map(Pairs)), space=SPACES)
def test_keys_that_stand_twice_are_found_where_they_stand(
    value: Any, space: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("raw") / "a.json"
    path.write_text(as_text(value, space) + "\n", "utf-8")
    if not isinstance(value, Pairs) or len(dict(value)) == len(value):
        assert found(path) == set(stands_twice(value))
    else:  # at the top each of two lists goes by, so more than the last may be said
        assert found(path) >= {at for at in stands_twice(value) if at.count("/") == 1}


@given(rows=st.lists(st.lists(st.tuples(KEYS, VALUES), min_size=1).map(Pairs), min_size=2))
def test_so_in_lines(rows: list[Pairs], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("raw") / "a.jsonl"
    path.write_text("".join(as_text(row, ("", "")) + "\n" for row in rows), "utf-8")
    assert found(path) == {f"{line}:1{at}" for line, row in enumerate(rows, 1) for at in stands_twice(row)}


@pytest.mark.parametrize("size", [64, 300, 1 << 20])
def test_every_value_goes_by_once_however_the_file_is_cut(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_window, "BLOCK", size)
    entries = [{"id": number, "bbox": [number, 0.5, {"x": "]"}]} for number in range(60)]
    document = {"info": {"by": "a" * 40}, "images": entries[:7], "annotations": entries, "none": []}
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document, indent=1), "utf-8")
    seen = {part.at(place): value for part in raw_parts(path) for place, value in enumerate(part.values)}
    wanted = {
        f"/{key}/{number}": each for key in ("images", "annotations") for number, each in enumerate(document[key])
    }
    assert seen == {"/info": document["info"], **wanted}
    assert all(json.loads(part.text) == part.values for part in raw_parts(path))
    assert not found(path)


@pytest.mark.parametrize("size", [64, 300, 1 << 20])
def test_nan_in_one_element_is_found_there(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_window, "BLOCK", size)
    entries = [{"id": number, "bbox": [1.5, number]} for number in range(60)]
    entries[31]["bbox"] = [1.5, float("nan")]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"annotations": entries, "info": {"scale": float("inf")}}), "utf-8")
    said = [each.at for part in raw_parts(path) for each in finite.check_raw(part)]
    assert said == ["/annotations/31/bbox/1", "/info/scale"]


def test_what_stops_being_json_ends_without_a_word(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": [{"b": 1, "b": 2}, {"b": 3}', "utf-8")
    assert found(path) <= {"/a/0/b"}
    path.write_bytes(b"\xff\xfe[\0")
    assert found(path) == set()
    assert list(raw_parts(tmp_path / "none.json")) == []


@given(ids=st.lists(st.one_of(st.integers(0, 5), st.sampled_from(["1", "x", None])), min_size=1))
def test_a_new_number_is_no_one_elses(ids: list[Any]) -> None:
    again = [place for place, each in enumerate(ids) if each in ids[:place]]
    text = json.dumps({"annotations": [{"id": each, "n": place} for place, each in enumerate(ids)]})
    edits = [Edit("a.json", f"/annotations/{place}/id", "renumber") for place in again]
    after = [each["id"] for each in json.loads(edit_json(text, edits))["annotations"]]
    assert [each for place, each in enumerate(after) if place not in again] == [
        each for place, each in enumerate(ids) if place not in again
    ]
    assert len({str(after[place]) for place in again}) == len(again)
    assert not {str(after[place]) for place in again} & {str(each) for each in ids}


def test_so_in_lines_of_rows() -> None:
    text = '{"id": "1", "a": 2}\n\n{"id": "1", "a": 3}\n'
    assert (
        edit_json_lines(text, [Edit("a.jsonl", "3:1/id", "renumber")]) == '{"id": "1", "a": 2}\n\n{"id": "2", "a": 3}\n'
    )


@pytest.mark.parametrize("huge", ["1e999", "-2.5E+400", "9" * 400 + ".0", "1" * 250 + "e99"])
def test_a_number_beyond_all_numbers_is_found_where_no_reader_looks(huge: str, tmp_path: Path) -> None:
    """Nothing else in the file is odd, so only its own look can tell."""
    odd = '{"id": 2, "more": [' + huge + "]}"
    (tmp_path / "a.json").write_text('{"annotations": [{"id": 1, "more": {"x": [0.5]}}, ' + odd + "]}")
    found = [each.at for raw in raw_parts(tmp_path / "a.json", "coco") for each in finite.check_raw(raw)]
    assert found == ["/annotations/1/more/0"]
