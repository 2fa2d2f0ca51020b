"""Conversations of odd forms: what a target writes of them is what its published schema accepts, or it is refused."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from mmdata.converters.targets import TARGETS, load_target
from mmdata.converters.targets.protocol import RenderOptions
from mmdata.schemas.published import published_schema
from mmdata.schemas.rule import RULES

ONE, TWO = ["/d/a.jpg", 640, 480], ["/d/b.jpg", 64, 48]
MUG = {"box": [10, 20, 300, 400], "text": "mug"}
PICTURE, SECOND = {"image": 0}, {"image": 1}
ODD = {
    "within the words": ([ONE], [["user", ["Look at ", PICTURE, ", what is it?"]], ["assistant", ["A mug."]]]),
    "after the words": ([ONE], [["user", ["What is it?", PICTURE]], ["assistant", [MUG]]]),
    "without words": ([ONE], [["user", [PICTURE]], ["assistant", ["A mug."]]]),
    "in a later turn": (
        [ONE],
        [["user", ["Hello"]], ["assistant", ["Hi."]], ["user", [PICTURE]], ["assistant", [MUG]]],
    ),
    "within a later turn": (
        [ONE],
        [["user", ["Hi"]], ["assistant", ["Hi."]], ["user", ["See ", PICTURE, "?"]], ["assistant", ["Yes."]]],
    ),
    "in an answer": ([ONE], [["user", ["Draw."]], ["assistant", [PICTURE, "Here."]]]),
    "the answer": ([ONE], [["user", ["Draw."]], ["assistant", [PICTURE]]]),
    "two without words": ([ONE, TWO], [["user", [PICTURE, SECOND]], ["assistant", ["Two."]]]),
    "no picture": ([], [["user", ["Hi"]], ["assistant", ["Hello."]]]),
    "a system's turn": ([ONE], [["system", ["Be brief."]], ["user", [PICTURE, "What?"]], ["assistant", ["A mug."]]]),
    "several rounds": (
        [ONE],
        [["user", [PICTURE, "What?"]], ["assistant", [MUG]], ["user", ["Sure?"]], ["assistant", ["Yes."]]],
    ),
}


HERE = Path(__file__).parent


def options_of(module, target):
    own = HERE / target.replace("-", "_").replace(".", "_") / "cases" / "options.json"
    said = json.loads(own.read_text(encoding="utf-8")) if own.is_file() else None
    return RenderOptions() if said is None else RenderOptions(own=module.Options(**said))


def odd_samples():
    return [
        {"id": name.replace(" ", "-"), "media": media, "turns": turns} for name, (media, turns) in sorted(ODD.items())
    ]


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_written_is_what_the_schema_accepts(target, batch_of):
    module, samples = load_target(target), odd_samples()
    options = options_of(module, target)
    refused = module.refuse(batch_of(samples), options)
    assert {each.code for each in refused} <= set(RULES)
    sound = [sample for row, sample in enumerate(samples) if row not in {each.row for each in refused}]
    schema = published_schema(target.replace("-", "_").replace(".", "_"))
    validator = Draft202012Validator(schema)
    rows = [json.loads(row) for row in module.render(batch_of(sound), options)]
    assert len(rows) == len(sound)
    for sample, row in zip(sound, rows, strict=True):
        errors = validator.iter_errors([row] if schema["type"] == "array" else row)
        assert not [(sample["id"], error.message) for error in errors]


@pytest.mark.parametrize("target", ["llava", "yi-vl", "vary-toy"])
def test_the_picture_stands_before_the_words_of_its_turn(target, batch_of):
    module = load_target(target)
    moved = {"id": "s", "media": [ONE], "turns": [["user", ["See ", PICTURE, "this ", MUG]], ["assistant", [MUG, "."]]]}
    rows = module.render(batch_of([moved, moved | {"id": "t"}]), RenderOptions())
    front = moved | {"turns": [["user", [PICTURE, "See ", "this ", MUG]], ["assistant", [MUG, "."]]]}
    assert rows == module.render(batch_of([front, front | {"id": "t"}]), RenderOptions())
    assert json.loads(rows[1])["conversations"][0]["value"].startswith("<image>\nSee this ")
