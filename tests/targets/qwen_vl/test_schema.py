"""The published JSON Schema of a Qwen-VL file, and that it agrees with the parser about texts."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from mmdata.converters.targets.qwen_vl_tags import RESERVED, parse
from mmdata.schemas.published import published_schema, schema_names

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "schema.yml").read_text(encoding="utf-8"))
SCHEMA = published_schema("qwen_vl")
VALIDATOR = Draft202012Validator(SCHEMA)
TEXT = Draft202012Validator(SCHEMA["$defs"]["text"])

texts = st.lists(
    st.sampled_from(
        [*RESERVED[:4], *RESERVED[-9:], "(1,2),(3,4)", "(1,2),(3,4),(5,6),(7,8)", "(1,1000),(2,3)", "<", " ", "dog\n"]
    ),
    min_size=1,
    max_size=8,
).map("".join)


def test_the_schema_is_one_with_a_lasting_name():
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == "urn:mmdata:schema:qwen-vl:1"
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


@pytest.mark.parametrize("case", CASES["good"].values(), ids=CASES["good"].keys())
def test_good_files_pass(case):
    assert [error.message for error in VALIDATOR.iter_errors(case)] == []


@pytest.mark.parametrize("case", CASES["bad"].values(), ids=CASES["bad"].keys())
def test_bad_files_are_refused(case):
    assert not VALIDATOR.is_valid(case)


@settings(deadline=None)
@given(texts)
def test_schema_and_parser_agree_about_texts(text):
    """But for corners in the wrong order, which a schema cannot see, and an empty path, which lint leaves to IM001."""
    parsed = parse(text)
    faults = {fault.code for fault in parsed.faults} - {"TG005"}
    no_path = any(part.kind == "image" and not part.text for part in parsed.parts)
    assert TEXT.is_valid(text) == (not faults and not no_path)


def test_a_long_text_is_checked_in_one_pass():
    pair = "<ref>dog</ref><box>(1,2),(3,4)</box>"
    assert TEXT.is_valid(pair * 2000)
    assert not TEXT.is_valid(pair * 2000 + "<ref>")
    assert not TEXT.is_valid("<ref>" + "< " * 20_000)


def test_every_published_schema_can_be_had_by_name():
    assert "qwen_vl" in schema_names()
    assert all(json.dumps(published_schema(name)) for name in schema_names())
    with pytest.raises(KeyError):
        published_schema("../qwen_vl")
