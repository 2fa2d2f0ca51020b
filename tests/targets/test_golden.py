"""Every conversation of `conversations/` as each target writes it, kept in `<target>/cases/<conversation>/`.

rows.jsonl: the rows as JSON; refused.json: [place in in.json, rule, value]. What is not refused is written, and only
that. `<target>/cases/options.json` has the target's own options, where it is not asked with its defaults.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mmdata.converters.targets import TARGETS, load_target
from mmdata.converters.targets.protocol import RenderOptions
from mmdata.schemas.published import published_schema
from mmdata.schemas.rule import RULES

HERE = Path(__file__).parent
CONVERSATIONS = sorted(path.name for path in (HERE / "conversations").iterdir())
OURS = [name for name in TARGETS if (HERE / name.replace("-", "_").replace(".", "_") / "cases" / "words").is_dir()]


def folder(target: str) -> Path:
    return HERE / target.replace("-", "_").replace(".", "_") / "cases"


def read(conversation: str, target: str) -> tuple[list[dict[str, Any]], RenderOptions]:
    place = HERE / "conversations" / conversation
    options, own = place / "options.json", folder(target) / "options.json"
    said = json.loads(options.read_text(encoding="utf-8")) if options.is_file() else {}
    if own.is_file():
        said["own"] = load_target(target).Options(**json.loads(own.read_text(encoding="utf-8")))
    return json.loads((place / "in.json").read_text(encoding="utf-8")), RenderOptions(**said)


def written(target: str, conversation: str, batch_of: Any) -> tuple[list[bytes], list[list[Any]]]:
    """The rows of what is not refused, and what is."""
    samples, options = read(conversation, target)
    module = load_target(target)
    refused = module.refuse(batch_of(samples), options)
    rows = {each.row for each in refused}
    sound = [sample for number, sample in enumerate(samples) if number not in rows]
    return module.render(batch_of(sound), options), [[each.row, each.code, each.value] for each in refused]


def test_the_targets_with_cases_are_all_but_the_first():
    assert [name for name in TARGETS if name != "qwen-vl"] == OURS


@pytest.mark.parametrize("conversation", CONVERSATIONS)
@pytest.mark.parametrize("target", OURS)
def test_rows_and_refusals_are_the_golden_ones(target, conversation, batch_of):
    rows, refused = written(target, conversation, batch_of)
    case = folder(target) / conversation
    golden = case / "refused.json"
    assert refused == (json.loads(golden.read_text(encoding="utf-8")) if golden.is_file() else [])
    assert {code for _, code, _ in refused} <= set(RULES)
    assert [row.decode("ascii") for row in rows] == (case / "rows.jsonl").read_text(encoding="ascii").splitlines()


@pytest.mark.parametrize("target", OURS)
def test_golden_rows_pass_the_published_schema(target):
    schema = published_schema(target.replace("-", "_").replace(".", "_"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for conversation in CONVERSATIONS:
        rows = (folder(target) / conversation / "rows.jsonl").read_text(encoding="ascii").splitlines()
        parsed = [json.loads(row) for row in rows]
        file = [parsed] if schema["type"] == "array" else parsed
        assert not [error.message for each in file for error in validator.iter_errors(each)]


@pytest.mark.parametrize("target", OURS)
def test_what_breaks_the_form_fails_the_published_schema(target):
    schema = published_schema(target.replace("-", "_").replace(".", "_"))
    validator = Draft202012Validator(schema)
    broken = [json.loads(line) for line in (folder(target) / "broken.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(broken) >= 4
    passed = [row for row in broken if validator.is_valid([row] if schema["type"] == "array" else row)]
    assert not passed


@pytest.mark.parametrize("target", OURS)
def test_pictures_and_turns_are_read_back(target, batch_of):
    module = load_target(target)
    for conversation in CONVERSATIONS:
        samples, options = read(conversation, target)
        refused = {each.row for each in module.refuse(batch_of(samples), options)}
        sound = [sample for number, sample in enumerate(samples) if number not in refused]
        for row, sample in zip(map(json.loads, module.render(batch_of(sound), options)), sound, strict=True):
            parts = [part for _, held in sample["turns"] for part in held if not isinstance(part, str)]
            shown = [sample["media"][part["image"]][0] for part in parts if "image" in part]
            assert len(module.pictures(row)) == len(shown)
            assert len(module.turns(row)) == len(sample["turns"])
            if not options.image_root and options.own is None:
                assert module.pictures(row) == shown


def test_an_empty_batch_has_no_rows(batch_of):
    for target in OURS:
        assert load_target(target).render(batch_of([]), RenderOptions()) == []
