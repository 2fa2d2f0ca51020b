"""The configuration: what is found, what it means, what is refused with its place; and the schema that editors use."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.pipelines.lint.config import Config, configured
from mmdata.pipelines.lint.patterns import fits
from mmdata.pipelines.lint.rules import chosen, every_rule
from mmdata.schemas.errors import ConfigError
from mmdata.schemas.published import published_schema
from mmdata.schemas.rule import RULES


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_the_nearest_file_upwards_that_has_the_table_counts(tmp_path: Path) -> None:
    write(tmp_path, "mmdata.toml", '[lint]\nselect = ["GE"]\nbaseline = "known.json"\n')
    below = write(tmp_path / "a" / "b", "pyproject.toml", '[tool.mmdata.lint]\nignore = ["TG"]\nmax-length = 10\n')
    write(tmp_path / "a" / "b" / "c", "pyproject.toml", "[tool.other]\n")
    found = configured(below / "c")
    assert found == Config(below / "pyproject.toml", {"ignore": ("TG",), "max_length": 10})
    above = configured(tmp_path / "a")
    assert above.values == {"select": ("GE",), "baseline": tmp_path / "known.json"}


def test_where_there_is_none_nothing_is_set(tmp_path: Path) -> None:
    assert configured(write(tmp_path, "pyproject.toml", "[project]\n")).values == {}


@pytest.mark.parametrize(
    ("text", "place", "fact"),
    [
        ("[lint", "mmdata.toml", "is no TOML"),
        ("lint = 3", "mmdata.toml: lint", "3 is no table"),
        ("[lint]\nselct = []", "mmdata.toml: selct", "no such setting"),
        ('[lint]\nselect = "GE"', "mmdata.toml: select", "no list of codes"),
        ('[lint]\nselect = ["GE", "XX"]', "mmdata.toml: select", "there is no rule 'XX'"),
        ('[lint]\nselect = [""]', "mmdata.toml: select", "there is no rule ''"),
        ("[lint]\nmax-length = 0", "mmdata.toml: max-length", "0 is no number from 1 on"),
        ("[lint]\nmax-length = true", "mmdata.toml: max-length", "True is no number"),
        ('[lint]\ndeep = "yes"', "mmdata.toml: deep", "'yes' is no choice"),
        ("[lint]\nper-file-ignores = []", "mmdata.toml: per-file-ignores", "no table"),
        ('[lint.per-file-ignores]\n"a/*" = ["GE999"]', "mmdata.toml: per-file-ignores", "no rule 'GE999'"),
    ],
)
def test_what_cannot_be_followed_is_said_with_its_place(tmp_path: Path, text: str, place: str, fact: str) -> None:
    with pytest.raises(ConfigError) as raised:
        configured(write(tmp_path, "mmdata.toml", text))
    assert raised.value.place.endswith(place)
    assert fact in raised.value.fact
    assert raised.value.remedy


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(published_schema("mmdata_toml"))


VALUES = st.one_of(
    st.sampled_from(["GE", "empty-box", "qwen-vl"]),
    st.booleans(),
    st.integers(-2, 3),
    st.lists(st.sampled_from(["GE001", "TG", "ALL"]), max_size=2),
    st.dictionaries(st.sampled_from(["a/*", "b.json"]), st.lists(st.just("GE")), max_size=2),
)
KEYS = [*published_schema("mmdata_toml")["$defs"]["lint"]["properties"], "selects", "max_length"]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(table=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3))
def test_the_schema_takes_what_lint_takes(tmp_path: Path, table: dict[str, Any]) -> None:
    lines = ["[lint]"]
    for key, value in table.items():
        shown = json.dumps(value).replace(": [", " = [") if isinstance(value, dict) else json.dumps(value)
        lines.append(f"{key} = {shown}")
    folder = write(tmp_path, "mmdata.toml", "\n".join(lines))
    taken = jsonschema.Draft202012Validator(published_schema("mmdata_toml")).is_valid({"lint": table})
    try:
        configured(folder)
    except ConfigError:
        assert not taken, table
    else:
        assert taken, table


def codes(select: tuple[str, ...] = (), extend: tuple[str, ...] = (), ignore: tuple[str, ...] = ()) -> set[str]:
    return {rule.code for rule in chosen(select, extend, ignore)}


def test_the_longer_word_decides() -> None:
    stable = {code for code, rule in RULES.items() if rule.status == "stable"}
    geometry = {code for code in stable if code.startswith("GE")}
    assert codes() == codes(("ALL",)) == stable
    assert codes(("ge",)) == geometry
    assert codes(("GE",), ignore=("empty-box",)) == geometry - {"GE001"}
    assert codes(("GE001",), ignore=("GE",)) == {"GE001"} == codes(("Empty-Box",))
    assert codes(ignore=("GE",)) == stable - geometry
    assert codes(("GE",), ("TG001",), ("TG",)) == geometry | {"TG001"}
    assert codes(("GE001",), ignore=("GE001",)) == set()
    assert codes(("ALL",), ignore=("ALL",)) == set()


def test_a_preview_rule_runs_where_it_is_meant_by_its_whole_code_or_name() -> None:
    previews = [rule for rule in every_rule().values() if rule.status == "preview"]
    for rule in previews:
        assert rule.code not in codes() | codes(("ALL",)) | codes((rule.code[:4],))
        assert rule.code in codes((rule.code,)) & codes(extend=(rule.name,))


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("a.json", ["a.json", "x/a.json", "x/y/a.json"], ["ba.json", "a.json/b"]),
        ("*.xml", ["a.xml", "x/.xml"], ["a.xmls", "xml"]),
        ("old/*", ["old/a.json"], ["old/x/a.json", "new/old/a.json", "older/a.json"]),
        ("old/**", ["old/a.json", "old/x/a.json"], ["x/old/a.json"]),
        ("old/", ["old/a.json", "old/x/a.json", "x/old/a.json"], ["older/a.json", "old"]),
        ("./old/a.json", ["old/a.json"], ["x/old/a.json"]),
        ("**/val/*.txt", ["val/a.txt", "x/y/val/a.txt"], ["val/x/a.txt", "xval/a.txt"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["a/xb", "b"]),
        ("[ab]?.json", ["ax.json", "b1.json"], ["cx.json", "a.json", "a/.json"]),
        ("[!a].json", ["b.json"], ["a.json"]),
        ("a+(b).json", ["a+(b).json"], ["aab.json"]),
    ],
)
def test_patterns_of_files(tmp_path: Path, pattern: str, yes: list[str], no: list[str]) -> None:
    assert [name for name in yes if not fits(pattern, str(tmp_path / name), tmp_path)] == []
    assert [name for name in no if fits(pattern, str(tmp_path / name), tmp_path)] == []
