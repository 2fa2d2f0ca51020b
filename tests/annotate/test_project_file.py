"""project.yaml: published as it is, and every fault in a file found at its place."""

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.annotate.project_file import read_project
from mmdata.annotate.projects import key_of, with_key
from mmdata.schemas.errors import ConfigError
from mmdata.schemas.project import Project, published_schema

GOOD = "version: 1\nkey: cats\ntitle: Cats\nlabel_config: <View/>\n"


def test_the_published_schema_is_that_of_the_model(root: Path) -> None:
    published = json.loads((root / "schemas" / "project.schema.json").read_text(encoding="utf-8"))
    assert published == published_schema(), "python -m mmdata.schemas.project > schemas/project.schema.json"
    jsonschema.Draft202012Validator.check_schema(published)


def test_the_schema_and_the_model_take_the_same(root: Path) -> None:
    good = {
        "version": 1,
        "key": "cats",
        "title": "Cats",
        "label_config": "<View/>",
        "webhooks": [{"url": "http://h/x"}],
    }
    jsonschema.validate(good, published_schema())
    Project.model_validate(good)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(good | {"more": 1}, published_schema())


@pytest.mark.parametrize(
    ("text", "place", "fact"),
    [
        (GOOD + "title: Dogs\n", ":1", "'title' stands there twice"),
        (GOOD + "settings:\n  color: '#000000'\n  color: '#ffffff'\n", ":6", "'color' stands there twice"),
        (GOOD + "settings: [1]\n", "settings", "valid"),
        (GOOD.replace("cats", "no blanks here"), "key", "match"),
        (GOOD + "members: [no address]\n", "members.0", "match"),
        ("title: Cats\n", "version", "required"),
        ("- 1\n", "", "no mapping"),
        ("", "", "no mapping"),
        ("a: [", ":1:5", "no YAML"),
        ("a: &x 1\nb: *x\n", ":1", "again by an alias"),
        ("a: !!python/object:os.system x\n", ":1", "could not determine a constructor"),
        ("[" * 5000, "", "nested too deep"),
    ],
)
def test_a_fault_is_found_at_its_place(text: str, place: str, fact: str, tmp_path: Path) -> None:
    file = tmp_path / "project.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=fact) as fault:
        read_project(file)
    assert place in fault.value.place.removeprefix(str(file))


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: (GOOD + text).encode("utf-8", "replace")))
def test_any_bytes_are_a_project_or_one_error(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "project.yaml"
        file.write_bytes(data)
        try:
            read_project(file)
        except ConfigError as fault:
            assert str(file) in fault.place


@pytest.mark.parametrize("words", ["", "Cats", "Cats\n\nand dogs", " mmdata: a tool "])
def test_a_key_is_found_in_the_description_that_holds_it(words: str) -> None:
    assert key_of(with_key(words, "a.b-c")) == "a.b-c"


@pytest.mark.parametrize("description", [None, "", "xmmdata:key=a", "mmdata:key=", "mmdata:key= a"])
def test_what_is_no_key_is_none(description: str | None) -> None:
    assert key_of(description) is None
