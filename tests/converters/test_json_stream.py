"""The JSON stream against Python's own parser: every layout, tiny blocks, every cut, and what no parser likes."""

import json
import math
import re
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mmdata.converters import json_window
from mmdata.converters.json_elements import Elements
from mmdata.converters.json_stream import Broken, reject_broken, stream
from mmdata.converters.json_top import top_level
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.errors import InputError

PROPERTY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)


class Box(msgspec.Struct):
    """An element of the tests' own."""

    id: int
    x: float = 0.0
    name: str = ""


@pytest.fixture
def block(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that sets the size of a block, in bytes."""
    return lambda size: monkeypatch.setattr(json_window, "BLOCK", size)


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "in.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return path


def read(path: Path, types: dict[str, Any]) -> dict[str, list[Any]]:
    """All elements by key, broken ones as `Broken`; their indices must be 0, 1, 2 …"""
    found: dict[str, dict[int, Any]] = {key: {} for key in types}
    for chunk in stream(path, types):
        assert chunk.values or chunk.broken, "an empty chunk"
        found[chunk.key].update(chunk.items)
        found[chunk.key].update((each.place, each) for each in chunk.broken)
    for key, elements in found.items():
        assert sorted(elements) == list(range(len(elements))), key
    return {key: [elements[place] for place in sorted(elements)] for key, elements in found.items()}


# Texts that look like structure, keys that look alike at every depth.
tricky = st.sampled_from(
    ["},{", "}, {", '"', "\\", '\\"', "[", "]", "{", "}", ",", '{"id": 1}', "\n", "é", "猫", "😀", ""]
)
texts = st.one_of(tricky, st.lists(tricky, max_size=4).map("".join), st.text(max_size=8))
numbers = st.one_of(st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False))
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
keys = st.one_of(st.sampled_from(["id", "result", "a"]), texts)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=12,
)
alike = st.recursive(  # elements whose own lists hold objects that begin as they do
    st.fixed_dictionaries({"id": numbers}),
    lambda inner: st.fixed_dictionaries({"id": numbers, "result": st.lists(inner, max_size=5)}),
    max_leaves=20,
)
arrays = st.one_of(
    st.lists(values, max_size=6),
    st.lists(alike, max_size=12),
    st.lists(scalars, max_size=30),
    st.lists(st.lists(numbers, max_size=5), max_size=12),
    st.lists(st.dictionaries(keys, values, max_size=3), max_size=8),
)
documents = st.dictionaries(keys.filter(bool), st.one_of(arrays, values), max_size=5)


@st.composite
def layouts(draw: st.DrawFn, data: Any) -> str:
    """The document as text, in any of the ways in which people's tools write it."""
    indent = draw(st.sampled_from([None, None, 1, 2, 3, 4, "\t"]))
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (",", ": "), (" , ", " : ")]))
    text = json.dumps(data, indent=indent, separators=separators, ensure_ascii=draw(st.booleans()))
    text = draw(st.sampled_from([text, text.replace("\n", "\r\n")]))
    return (
        draw(st.sampled_from(["", "\ufeff"]))
        + draw(st.sampled_from(["", "\n ", "\r\n"]))
        + text
        + draw(st.sampled_from(["", "\n", " \r\n\t"]))
    )


blocks = st.integers(16, 200)


@PROPERTY
@given(data=st.data(), document=documents, size=blocks)
def test_an_object_is_read_as_python_reads_it(
    tmp_path: Path, block: Any, data: st.DataObject, document: dict[str, Any], size: int
) -> None:
    block(size)
    path = written(tmp_path, data.draw(layouts(document)))
    wanted = {key: value for key, value in document.items() if isinstance(value, list) and data.draw(st.booleans())}
    assert read(path, dict.fromkeys(wanted, Any)) == wanted


@PROPERTY
@given(data=st.data(), elements=arrays, size=blocks)
def test_a_list_is_read_as_python_reads_it(
    tmp_path: Path, block: Any, data: st.DataObject, elements: list[Any], size: int
) -> None:
    block(size)
    assert read(written(tmp_path, data.draw(layouts(elements))), {"": Any}) == {"": elements}


boxes = st.lists(
    st.fixed_dictionaries(
        {"id": st.one_of(st.integers(0, 9), texts)},
        optional={"x": st.one_of(st.floats(), numbers), "name": scalars, "result": st.lists(alike, max_size=3)},
    ),
    max_size=25,
)


def expected(place: int, value: dict[str, Any]) -> Any:
    try:
        return msgspec.convert(value, Box)
    except msgspec.ValidationError as fault:
        return Broken(place, value, str(fault))


@PROPERTY
@given(data=st.data(), elements=boxes, size=blocks)
def test_an_element_of_the_wrong_type_is_broken_and_no_other_is(
    tmp_path: Path, block: Any, data: st.DataObject, elements: list[dict[str, Any]], size: int
) -> None:
    """NaN and Infinity are among the numbers: they are read, wherever they stand."""
    block(size)
    found = read(written(tmp_path, data.draw(layouts({"boxes": elements}))), {"boxes": Box})["boxes"]
    assert repr(found) == repr([expected(place, value) for place, value in enumerate(elements)])


class Loose(msgspec.Struct):
    """As `Box`, with any id."""

    id: Any


def test_the_next_type_takes_over_where_an_element_does_not_fit(tmp_path: Path, block: Any) -> None:
    block(64)
    elements: list[Any] = (
        [{"id": number} for number in range(40)] + [{"id": "a"}] + [{"id": 7}] * 5 + [{"x": 1}, {"id": math.nan}]
    )
    path = written(tmp_path, json.dumps({"a": elements}))
    found = read(path, {"a": (Box, Loose)})["a"]
    assert [type(each).__name__ for each in found[:2]] == ["Box", "Box"]
    assert [each.id for each in found[:46]] == [each["id"] for each in elements[:46]]
    assert isinstance(found[46], Broken) and math.isnan(found[47].id)
    for chunk in stream(path, {"a": (Box, Loose)}):
        assert len({type(value) for value in chunk.values}) < 2, "one chunk, two types"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("NaN", "nan"),
        ("Infinity", "inf"),
        ("-Infinity", "-inf"),
        ("1e999", "inf"),
        ("-1e999", "-inf"),
        ("1" * 1_000_000, "inf"),
        ("0." + "1" * 1_000_000, str(1 / 9)),
    ],
)
def test_numbers_that_json_or_msgspec_does_not_know_are_floats(tmp_path: Path, number: str, shown: str) -> None:
    text = '{"boxes":[{"id":1},{"id":2,"x":' + number + '},{"id":3}]}'
    assert [str(box.x) for box in read(written(tmp_path, text), {"boxes": Box})["boxes"]] == ["0.0", shown, "0.0"]


@pytest.mark.parametrize("size", range(16, 48))
def test_a_number_may_be_cut_anywhere(tmp_path: Path, block: Any, size: int) -> None:
    """Half of a number is a number, or looks like one: `12.`, `1e`, `-`."""
    block(size)
    text = "[1000000000000000.5, -2.5e-10, 3E+7, -Infinity, 12345.0, true, null, NaN, -0.0, 1e5]"
    assert str(read(written(tmp_path, text), {"": Any})[""]) == str(json.loads(text))


def test_a_broken_element_is_rejected_with_its_place_and_value(tmp_path: Path) -> None:
    text = '[{"id":1},{"id":2,"x":"12"},{"x":3},{"id":4,"name":"\\ud800"},{"id":' + "1" * 5000 + "},7]"
    path, lines = written(tmp_path, text), list[bytes]()
    accounting = Accounting(lines.append)
    for chunk in stream(path, {"": Box}, accounting):
        reject_broken("annotations", path, chunk, accounting)
    found = [json.loads(line) for line in lines]
    assert [(each["code"], each["at"]) for each in found] == [
        ("AN004", "/1/x"),
        ("AN023", "/2"),
        ("AN004", "/3/name"),
        ("AN004", "/4/id"),
        ("AN004", "/5"),
    ]
    assert found[0]["value"] == "12" and found[0]["message"] == "expected `float`, got `str`"
    assert found[2]["value"] == r"'\ud800'"
    assert found[4]["value"] == 7
    assert all(each["remedy"] for each in found)


CUT_DOWN = [
    '{"info": {"a": [1, {"b": "}"}]}, "boxes": [{"id": 1, "x": 1.5}, '
    '{"id": 22, "name": "a},{\\"b\\u00e9"},{"id": 3}], "z": [1, 2]}',
    '[{"id": 1, "result": [{"id": 2}, {"id": 3}]}, {"id": 4, "on": true, "off": null}]',
    '{\n  "boxes": [\n    {\n      "id": 1\n    },\n    {\n      "id": 2, "s": "猫"\n    }\n  ]\n}',
]


@pytest.mark.parametrize("size", [16, 64, 4096])
@pytest.mark.parametrize("text", CUT_DOWN)
def test_a_file_torn_at_any_byte_says_where_it_ends(tmp_path: Path, block: Any, text: str, size: int) -> None:
    block(size)
    whole, types = json.loads(text), {"boxes": Any} if text[0] == "{" else {"": Any}
    elements = whole["boxes"] if text[0] == "{" else whole
    raw = text.encode()
    for cut in range(len(raw)):
        path, found = written(tmp_path, raw[:cut]), list[Any]()
        with pytest.raises(InputError) as caught:
            for chunk in stream(path, types):
                found += chunk.values
        assert found == elements[: len(found)], cut
        line, column = raw[:cut].count(b"\n") + 1, cut - raw[:cut].rfind(b"\n")
        assert caught.value.place == f"{path}:{line}:{column}", (cut, str(caught.value))
        assert f"(byte {cut} of {cut})" in caught.value.fact


@pytest.mark.parametrize("size", [16, 64, 4096])
@pytest.mark.parametrize(
    "text",
    [
        '{"boxes":[{"id":1},{"id":2}]} x',
        '{"boxes":[{"id":1},{"id":2}]}]',
        '{"boxes":[{"id":1},{"id":2},]}',
        '{"boxes":[{"id":1},,{"id":2}]}',
        '{"boxes":[,{"id":1}]}',
        '{"boxes":[{"id":1} {"id":2}]}',
        '{"boxes":[{"id":1}},{"id":2}]}',
        '{"boxes":[{"id":1}],}',
        '{"boxes":[{"id":NaN},{"id":2},]}',
        '{"boxes":[{"id":NaN},{"id":01}]}',
        '{"boxes":[{"id":1, "x":[1,]}]}',
        "{'boxes':[{'id':1}]}",
        '{"boxes" [{"id":1}]}',
        '{"boxes":[{"id":1}],"z":tru}',
        '{"boxes":[{"id":1}],"z":[1,2,}',
        '{"boxes":[{"id":1}],"z":{"a":1,,}}',
        '{boxes:[{"id":1}]}',
        '{"boxes":[{"id":"a\nb"}]}',
        '{"boxes":[{"id":"\\x"}]}',
        '{"boxes":[{"id":1}],"boxes":{"id":2}}',
        '{"boxes":{"id":1}}',
        '{"boxes":null}',
        '{"boxes":[{"id":1}]}\0',
        "nothing",
        "",
        " \n ",
        '"boxes"',
        "12",
    ],
)
def test_what_is_no_json_is_an_error_and_never_an_element_more(
    tmp_path: Path, block: Any, text: str, size: int
) -> None:
    block(size)
    path, found = written(tmp_path, text), list[Any]()
    with pytest.raises(InputError) as caught:
        for chunk in stream(path, {"boxes": Any}):
            found += chunk.values
    assert len(found) <= 2
    assert str(found) in (str([{"id": 1}, {"id": 2}][: len(found)]), "[{'id': nan}]", "[{'id': nan}, {'id': 2}]")
    place = re.fullmatch(rf"{re.escape(str(path))}:(\d+):(\d+)", caught.value.place)
    assert place is not None and caught.value.remedy


def test_errors_point_at_the_very_byte(tmp_path: Path, block: Any) -> None:
    for size in (16, 4096):
        block(size)
        path = written(tmp_path, '{"boxes": [\n {"id": 1},\n {"id": 2, "x": oops}\n]}')
        with pytest.raises(InputError, match=r"in.json:3:17: no JSON: .*last whole element is boxes\[0\]"):
            list(stream(path, {"boxes": Any}))


@pytest.mark.parametrize(
    ("head", "said"),
    [(b"\xff\xfe{\0", "UTF-16"), (b"\xfe\xff\0{", "UTF-16"), (b"PK\3\4", "ZIP"), (b"\x1f\x8b\x08", "gzip")],
)
def test_other_kinds_of_file_are_named(tmp_path: Path, head: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        list(stream(written(tmp_path, head), {"boxes": Any}))


def test_the_wrong_shape_at_the_top_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a list stands at the top, where an object with 'boxes'"):
        list(stream(written(tmp_path, "[1]"), {"boxes": Any}))
    with pytest.raises(InputError, match="an object stands at the top"):
        list(stream(written(tmp_path, '{"": [1]}'), {"": Any}))


def test_bytes_that_are_no_utf8_cost_their_element(tmp_path: Path) -> None:
    text = b'{"boxes":[{"id":1},{"id":2,"name":"caf\xe9"},{"id":3,"other":"\xff"}]}'
    first, second, third = read(written(tmp_path, text), {"boxes": Box})["boxes"]
    assert (first.id, third.id) == (1, 3)
    assert isinstance(second, Broken) and second.message.endswith("at `$.name`")


@pytest.mark.parametrize("text", ['{"id":', "", '{"id":NaN,"x":'])
@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_brackets_nested_too_deep_are_an_error(tmp_path: Path, text: str, opening: str) -> None:
    for before in ('{"boxes":[{"id":1},', '{"other":[', '{"other":'):
        path = written(tmp_path, before + text + opening * 100_000)
        with pytest.raises(InputError, match="nested too deep"):
            list(stream(path, {"boxes": Any}))


def test_a_million_brackets_are_refused_in_bounded_memory(tmp_path: Path) -> None:
    path = written(tmp_path, '{"boxes":[' + "[" * 20_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="nested too deep"):
            list(stream(path, {"boxes": Any}))
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_one_element_has_a_limit(tmp_path: Path, block: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    block(64)
    monkeypatch.setattr(json_window, "LARGEST_ELEMENT", 1000)
    fits, beyond = {"id": 1, "name": "n" * 500}, {"id": 2, "name": "n" * 5000}
    assert len(read(written(tmp_path, json.dumps([fits] * 5)), {"": Box})[""]) == 5
    path, found = written(tmp_path, json.dumps([fits, fits, beyond])), list[Any]()
    with pytest.raises(InputError, match="larger than"):
        for chunk in stream(path, {"": Box}):
            found += chunk.values
    assert len(found) == 2


def test_the_window_is_small_again_after_a_large_element(tmp_path: Path, block: Any) -> None:
    block(1000)
    elements = [{"id": 0, "name": "n" * 50_000}] + [{"id": number} for number in range(1, 2000)]
    path, longest = written(tmp_path, json.dumps(elements)), 0
    for chunk in stream(path, {"": Box}):
        longest = max(longest, len(chunk.values) if chunk.indices[0] > 100 else 0)
    assert 0 < longest < 200


def test_a_key_that_stands_twice_is_streamed_twice(tmp_path: Path) -> None:
    path = written(tmp_path, '{"boxes":[{"id":1}],"boxes":[{"id":2},{"id":3}]}')
    assert read(path, {"boxes": Any}) == {"boxes": [{"id": 1}, {"id": 2}, {"id": 3}]}


def test_keys_are_what_they_spell(tmp_path: Path) -> None:
    assert read(written(tmp_path, r'{"b\u006fxes":[1],"box\"es":[2]}'), {"boxes": Any, 'box"es': Any}) == {
        "boxes": [1],
        'box"es': [2],
    }


def test_size_and_hash_are_of_the_whole_file(tmp_path: Path, block: Any) -> None:
    import hashlib

    block(50)
    path = written(tmp_path, json.dumps({"z": list(range(500)), "boxes": [{"id": 1}] * 50}) + "\n\n")
    accounting = Accounting()
    list(stream(path, {"boxes": Box}, accounting))
    held = path.read_bytes()
    assert [tuple(msgspec.structs.astuple(each)) for each in accounting.inputs] == [
        (str(path), len(held), hashlib.sha256(held).hexdigest())
    ]


def test_nothing_is_an_input_that_was_not_read_to_its_end(tmp_path: Path) -> None:
    accounting = Accounting()
    with pytest.raises(InputError):
        list(stream(written(tmp_path, '{"boxes":[1,2'), {"boxes": Any}, accounting))
    assert not accounting.inputs


@pytest.fixture
def slow_blocks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many elements were read one by one, a block at a time."""
    seen: list[int] = []
    whole = Elements.one_by_one

    def counted(self: Elements) -> Any:
        chunk = whole(self)
        seen.append(len(chunk.values) + len(chunk.broken))
        return chunk

    monkeypatch.setattr(Elements, "one_by_one", counted)
    return seen


def region(number: int) -> dict[str, Any]:
    return {"id": number, "value": {"x": 1.5, "labels": ["a}, {", "b"]}, "result": [{"id": 1}]}


@pytest.mark.parametrize("layout", [{}, {"separators": (",", ":")}, {"indent": 2}])
def test_objects_that_begin_as_elements_do_are_no_reason_to_be_slow(
    tmp_path: Path, slow_blocks: list[int], layout: dict[str, Any]
) -> None:
    """Label Studio's tasks: regions begin like tasks. Blocks are still taken whole."""
    tasks = [
        {"id": number, "annotations": [{"id": 1, "result": [region(each) for each in range(number % 40)]}], "data": {}}
        for number in range(5000)
    ]
    path = written(tmp_path, json.dumps(tasks, **layout))
    assert path.stat().st_size > 3 * json_window.BLOCK
    assert read(path, {"": Any}) == {"": tasks}
    assert slow_blocks == []


def test_one_nan_costs_its_block_and_no_more(tmp_path: Path, slow_blocks: list[int]) -> None:
    elements = [{"id": number, "name": "n" * 100} for number in range(60_000)]
    elements[30_000]["x"] = math.nan
    path = written(tmp_path, json.dumps({"boxes": elements}))
    assert len(read(path, {"boxes": Box})["boxes"]) == 60_000
    assert len(slow_blocks) == 1 and slow_blocks[0] < 30_000


@PROPERTY
@given(head=st.one_of(st.binary(max_size=60), st.text(alphabet='[]{}",:\\ab1 \n').map(str.encode)))
@example(b'{"a":')
@example(b'{"\\')
def test_sniffing_never_raises(tmp_path: Path, head: bytes) -> None:
    found = top_level(written(tmp_path, head))
    assert found is None or isinstance(found, dict)


def test_sniffing_names_the_keys_at_the_top_alone(tmp_path: Path) -> None:
    text = '\ufeff {"a": {"b": [1]}, "c\\u0064": "x: \\"y\\": {", "e": [{"f": 1}]'
    assert list(top_level(written(tmp_path, text)) or {}) == ["a", "cd", "e"]
    assert list(top_level(written(tmp_path, " [1]")) or {}) == [""]
    assert top_level(tmp_path / "absent.json") is None


@PROPERTY
@given(text=st.text(alphabet='[]{}",:\\ab1N \n', max_size=40), size=blocks)
@example(text=",1111111111111", size=16)
def test_any_text_is_json_to_both_or_to_neither(tmp_path: Path, block: Any, text: str, size: int) -> None:
    block(size)
    document = f'{{"boxes":[{text}]}}'
    try:
        wanted = json.loads(document)
    except (json.JSONDecodeError, RecursionError):
        wanted = None
    path = written(tmp_path, document)
    if wanted is None or len(re.findall('"boxes"', document)) > 1:
        if wanted is None:
            with pytest.raises(InputError):
                read(path, {"boxes": Any})
        return
    assert read(path, {"boxes": Any}) == {"boxes": wanted["boxes"]}
