"""Recipes: what each says becomes jobs, every field of a job by one key; what does not fit is said with its line."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from mmdata.converters.yaml_reader import read_yaml
from mmdata.pipelines.filter.criteria import Keep
from mmdata.pipelines.job import Job, Limit
from mmdata.pipelines.recipe.plan import Planned, read_recipe
from mmdata.schemas.errors import ConfigError
from mmdata.schemas.recipe import KeepPart, Recipe, SourcePart, TargetPart, recipe_schema

HERE = Path(__file__).parent
BAD = yaml.safe_load((HERE / "bad.yaml").read_text("utf-8"))
LABELS = {"images": [], "annotations": [], "categories": []}

FULL = """\
version: 1
out: ../built
seed: 7
lang: en
split: {train: 0.75, val: 0.25}
group_by: '^(\\w+)\\.jpg$'
ledger: new
dedup: near
dedup_policy: most-annotated
dedup_text: near
against: hashes.txt
max_rejected: 2%
sources:
  - name: shelf
    source: coco
    input: ${DATA}/a.json
    images: pictures
    check_images: false
    options: {captions: a.json, keep-unlabelled: true}
    keep: {labels: [mug], min_side: 32, min_area_share: 0.01, scripts: [han, latin], lint: [GE018]}
    weight: 2
    tasks: [detect, count]
    lang: zh
    templates: words.yaml
    order: largest
    max_objects: 9
    negatives: 1
    answers: all
    crowd: keep
    difficult: drop
    exif_boxes: stored
    wrong_extension: keep
  - source: coco
    input: "exports/*.json"
targets:
  - to: qwen3-vl
    rotated: quad
    reserved_text: blunt
    upright: false
    rounding: floor
    image_root: pictures
    min_pixels: 1024
    max_pixels: 4096
    max_length: 512
    count_tokens: true
    over_length: reject
    max_shard_size: 5MB
    max_shard_samples: 99
    shuffle: true
    even: 3
    compress: zstd
    packing: true
    lengths: true
    max_side: 800
    pictures: link
  - {to: openai, name: plain, options: {url-prefix: 'https://example.org/'}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of recipes with what they name beside them."""
    home = tmp_path / "recipes"
    for name in ("exports", "pictures"):
        (home / name).mkdir(parents=True)
    for name in ("a.json", "exports/1.json", "exports/2.json"):
        (home / name).write_text(json.dumps(LABELS))
    (home / "hashes.txt").write_text("")
    (home / "words.yaml").write_text("en: {}")
    return home


def read(folder: Path, text: str, env: dict[str, str] | None = None, out: Path | None = None) -> Planned:
    (folder / "recipe.yaml").write_text(text, encoding="utf-8")
    return read_recipe(folder / "recipe.yaml", out, env or {})


def small(**more: Any) -> str:
    return yaml.safe_dump({"version": 1, "out": "out", "sources": [{"source": "coco", "input": "a.json"}], **more})


def options_of_coco() -> str:
    """A flag of coco's for the full recipe, whatever it is called today."""
    from mmdata.converters.options import option_fields
    from mmdata.converters.sources import load_source

    flags = [each.name for each in option_fields(load_source("coco").Options) if type(each.default) is bool]
    return f", {flags[0]}: {str(not flags[0]).lower()}" if flags else ""


def full() -> str:
    return FULL.replace(", keep-unlabelled: true", options_of_coco())


def test_a_recipe_that_says_everything(folder: Path) -> None:
    planned = read(folder, full(), {"DATA": "."})
    built = folder.parent / "built"
    plan = planned.plan
    assert plan.out == built
    assert [(each.name, [job.out for job in each.jobs]) for each in plan.outputs] == [
        ("qwen3-vl", [built / "qwen3-vl"] * 3),
        ("plain", [built / "plain"] * 3),
    ]
    first, second = plan.outputs
    assert [job.name for job in first.jobs] == ["shelf", "coco-1", "coco-2"] == [job.name for job in second.jobs]
    job = first.job
    assert (job.input, job.images, job.image_root) == (folder / "a.json", folder / "pictures", folder / "pictures")
    assert (job.against, job.templates) == (folder / "hashes.txt", folder / "words.yaml")
    assert job.source_options.captions == folder / "a.json"
    wanted = Keep(labels=("mug",), min_side=32, min_area_share=0.01, scripts=("han", "latin"), lint=("GE018",))
    assert job.keep == wanted
    assert job.split == (("train", 0.75), ("val", 0.25))
    assert (job.max_rejected, job.max_shard_size, job.weight) == (Limit(share=0.02), 5_000_000, 2)
    assert (job.tasks, job.lang, first.jobs[1].lang) == (("detect", "count"), "zh", "en")
    assert first.jobs[2].input == folder / "exports" / "2.json"
    assert (second.job.target, second.job.rotated, second.job.keep) == ("openai", "hull", wanted)


def test_every_field_of_a_job_is_reached(folder: Path) -> None:
    """In the recipe that says everything each field is something else, in some job, than where nobody says a word."""
    jobs = [each.job for each in read(folder, full(), {"DATA": "."}).plan.outputs]
    plain = Job("", Path(), Path())
    said = {each.name for each in fields(Job) for job in jobs if getattr(job, each.name) != getattr(plain, each.name)}
    assert {each.name for each in fields(Job)} == {*said, "shown"}, "a field of Job that no recipe can say"


def test_a_field_is_reached_by_one_key_alone() -> None:
    keys = [name for part in (Recipe, SourcePart, TargetPart) for name in part.model_fields]
    shared = {name for name in keys if keys.count(name) > 1}
    assert shared == {"lang", "name", "options"}  # a source's language counts more; each has a name and options


def test_the_closed_sets_are_those_of_jobs() -> None:
    hints = get_type_hints(Job)
    for part in (Recipe, SourcePart, TargetPart):
        for name, field in part.model_fields.items():
            if name in hints and (values := _values(field.annotation)) and name != "version":
                assert values == get_args(hints[name]), name
    assert list(KeepPart.model_fields) == [each.name for each in fields(Keep)]


def _values(annotation: Any) -> tuple[Any, ...]:
    found = get_args(annotation)
    if found and all(isinstance(each, str) for each in found):
        return found
    return next((inner for each in found if (inner := _values(each))), ())


def test_nothing_said_is_what_convert_does(folder: Path) -> None:
    job = read(folder, small()).plan.outputs[0].job
    from mmdata.converters.sources import load_source
    from mmdata.converters.targets import load_target

    kind = getattr(load_target("qwen-vl"), "Options", None)
    plain = Job(
        "coco",
        folder / "a.json",
        folder / "out",
        source_options=load_source("coco").Options(),
        target_options=kind() if kind else None,
    )
    assert job == plain


def test_what_was_resolved_is_told(folder: Path) -> None:
    planned = read(folder, full(), {"DATA": "."})
    said = {each.at: (each.said, each.became) for each in planned.resolved}
    assert said["sources[0].input"] == ("${DATA}/a.json", str(folder / "a.json"))
    assert said["sources[1].input"][1] == f"{folder / 'exports/1.json'}, {folder / 'exports/2.json'}"
    assert said["out"] == ("../built", str(folder.parent / "built"))
    told = dict(planned.plan.told)["recipe"]
    assert isinstance(told, dict)
    assert [each["at"] for each in told["resolved"]] == [each.at for each in planned.resolved]
    assert json.dumps(told)
    assert planned.plan.read == (folder / "recipe.yaml",)


def test_the_command_line_s_folder_counts_more(folder: Path, tmp_path: Path) -> None:
    assert read(folder, small(), out=tmp_path / "other").plan.out == tmp_path / "other"
    with pytest.raises(ConfigError, match="nothing says where the data set goes"):
        read(folder, small().replace("out: out\n", ""))


def test_relative_names_stay_relative(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    (folder / "recipe.yaml").write_text(small())
    assert read_recipe(Path("recipes/recipe.yaml")).plan.outputs[0].job.input == Path("recipes/a.json")


def test_off_is_off(folder: Path) -> None:
    assert read(folder, "dedup: off\n" + small()).plan.outputs[0].job.dedup == "off"


def test_two_dollars_are_one(folder: Path) -> None:
    planned = read(folder, small(group_by="$${x}|\\.jpg$"))
    assert planned.plan.outputs[0].job.group_by == "${x}|\\.jpg$"


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ([("coco-2", "a.json"), (None, "a.json"), (None, "a.json")], ["coco-2", "coco", "coco-3"]),
        ([("coco", "a.json"), (None, "a.json"), (None, "a.json")], ["coco", "coco-2", "coco-3"]),
        ([(None, "a.json"), (None, "a.json"), ("coco-2", "a.json")], ["coco", "coco-3", "coco-2"]),
        ([("x", "exports/*.json"), ("x-2", "a.json")], ["x-1", "x-2-2", "x-2"]),
        ([(None, "exports/*.json"), (None, "a.json")], ["coco-1", "coco-2", "coco-3"]),
        ([(None, "a.json"), (None, "a.json"), (None, "a.json")], ["coco", "coco-2", "coco-3"]),
    ],
)
def test_names_that_nobody_gave_avoid_those_that_are_taken(
    given: list[tuple[str | None, str]], names: list[str], folder: Path
) -> None:
    sources = [{"source": "coco", "input": path, **({"name": name} if name else {})} for name, path in given]
    text = yaml.safe_dump({"version": 1, "out": "out", "sources": sources})
    assert [job.name for job in read(folder, text).plan.outputs[0].jobs] == names


@pytest.mark.parametrize("case", BAD, ids=[case["name"] for case in BAD])
def test_what_does_not_fit_is_said_with_its_line(case: dict[str, Any], folder: Path) -> None:
    line = next(number for number, text in enumerate(case["recipe"].splitlines(), 1) if text.rstrip().endswith("#"))
    with pytest.raises(ConfigError) as caught:
        read(folder, case["recipe"], case.get("env"), folder / "out")
    said = f"{caught.value.place}: {caught.value.fact}\n{caught.value.remedy}"
    assert said.startswith(f"{folder / 'recipe.yaml'}:{line}:"), said
    assert caught.value.remedy
    for words in case["says"]:
        assert words in said, said
    assert "canary" not in said


def test_a_folder_that_is_called_like_a_home_folder_is_one(folder: Path) -> None:
    (folder / "~root").mkdir()
    (folder / "~root" / "a.json").write_text(json.dumps(LABELS))
    planned = read(folder, "version: 1\nsources: [{source: coco, input: ./~root/a.json}]\n", None, folder / "out")
    assert planned.plan.outputs[0].jobs[0].input == folder / "~root" / "a.json"


def test_a_file_that_is_nested_without_end(tmp_path: Path) -> None:
    (tmp_path / "deep.yaml").write_text("[" * 50_000)
    with pytest.raises(ConfigError, match="nested more than 20 deep"):
        read_yaml(tmp_path / "deep.yaml")


def test_a_file_that_is_not_there_or_empty(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_yaml(tmp_path / "absent.yaml")
    (tmp_path / "empty.yaml").write_text("")
    with pytest.raises(ConfigError, match="nothing in it"):
        read_yaml(tmp_path / "empty.yaml")


WORDS = st.sampled_from(["version", "sources", "source", "input", "keep", "labels", "out", "1", "coco", "a.json", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(value=VALUES, at=st.sampled_from(["top", "source", "keep", "target", "split"]))
def test_whatever_a_recipe_says_is_followed_or_refused(
    value: Any, at: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / "whatever"
    folder.mkdir(exist_ok=True)
    (folder / "a.json").write_text("{}")
    source = {"source": "coco", "input": "a.json"}
    said = {
        "top": value,
        "source": {"version": 1, "sources": [value]},
        "keep": {"version": 1, "sources": [{**source, "keep": value}]},
        "target": {"version": 1, "sources": [source], "targets": [value]},
        "split": {"version": 1, "sources": [source], "split": value},
    }[at]
    try:
        read(folder, yaml.safe_dump(said, allow_unicode=True), out=folder / "out")
    except ConfigError as error:
        assert str(folder) in error.place
        assert error.fact
        assert error.remedy


@given(st.text(max_size=60))
def test_whatever_a_file_holds_is_read_or_refused(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            document = read_yaml(path)
        except ConfigError as error:
            assert str(path) in error.place
            return
        assert document.lines[()] >= 1


def test_the_published_schema_is_current(root: Path) -> None:
    published = json.loads((root / "schemas" / "recipe.schema.json").read_text())
    assert published == recipe_schema(), "python -m mmdata.schemas.recipe > schemas/recipe.schema.json"
    jsonschema.Draft202012Validator.check_schema(published)
    jsonschema.validate(yaml.safe_load(full()), published)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**yaml.safe_load(full()), "colour": 1}, published)


def test_the_page_names_every_key_and_shows_the_example(root: Path) -> None:
    page = (root / "docs" / "recipes.md").read_text(encoding="utf-8")
    for part in (Recipe, SourcePart, TargetPart, KeepPart):
        assert [name for name in part.model_fields if f"`{name}`" not in page] == []
    example = (root / "examples" / "recipe.yaml").read_text(encoding="utf-8")
    assert example[example.index("version:") :] in page
    Recipe.model_validate(yaml.safe_load(example))
