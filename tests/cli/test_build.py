"""`mmdata build` as a person uses it: real recipes, what is said before and after, what comes of them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from mmdata.cli import mmdata
from mmdata.schemas.manifest import Manifest

from .test_convert import coco


def run(*args: object, env: dict[str, str] | None = None) -> Result:
    return CliRunner(env=env).invoke(mmdata, ["build", *map(str, args)], catch_exceptions=False)


def recipe(folder: Path, **more: Any) -> Path:
    """A recipe of a COCO file without pictures, `more` over it."""
    coco(folder, broken=more.pop("broken", 0))
    source = {"source": "coco", "input": "instances.json", "check_images": False, **more.pop("source", {})}
    said = {"version": 1, "out": "out", "sources": [source], **more}
    (folder / "recipe.yaml").write_text(yaml.safe_dump(said))
    return folder / "recipe.yaml"


def manifest(out: Path) -> dict[str, Any]:
    text = (out / "manifest.json").read_bytes()
    Manifest.model_validate_json(text)
    return json.loads(text)


def files(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def test_one_target_lies_in_out_itself(tmp_path):
    done = run(recipe(tmp_path, split={"train": 0.75, "val": 0.25}))
    assert done.exit_code == 0, done.stderr
    assert done.stdout == ""
    assert f"resolved:\n  out: out is {tmp_path}/out\n" in done.stderr
    assert "train            3        75.0%" in done.stderr
    assert manifest(tmp_path / "out")["splits"]["train"]["samples"] == 3
    told = manifest(tmp_path / "out")["recipe"]
    assert {"at": "sources[0].input", "said": "instances.json", "became": str(tmp_path / "instances.json")} in told[
        "resolved"
    ]


def test_it_is_what_convert_makes(tmp_path):
    """But for what the manifest tells of the recipe."""
    assert run(recipe(tmp_path), "-q").exit_code == 0
    args = ["convert", "coco", tmp_path / "instances.json", "--no-check-images", "-q", "-o", tmp_path / "converted"]
    assert CliRunner().invoke(mmdata, list(map(str, args))).exit_code == 0
    built, converted = files(tmp_path / "out"), files(tmp_path / "converted")
    assert built.keys() == converted.keys()
    assert [name for name in built if built[name] != converted[name]] == ["manifest.json"]
    mine, theirs = manifest(tmp_path / "out"), manifest(tmp_path / "converted")
    assert {name for name in mine if mine[name] != theirs.get(name)} == {"recipe"}


def test_several_sources_and_targets(root, tmp_path):
    out = tmp_path / "mixed"
    done = run(root / "examples" / "recipe.yaml", "-o", out)
    assert done.exit_code == 0, done.stderr
    whole = manifest(out)
    assert {name.partition("/")[0] for name in whole["splits"]} == {"qwen-vl", "qwen3"}
    for name in ("qwen-vl", "qwen3"):
        each = manifest(out / name)
        assert [part["name"] for part in each["parts"]] == ["shelf", "shelf-zh", "label-studio"]
        for kind, counts in each["accounting"].items():
            parts = [part["accounting"][kind] for part in each["parts"]]
            assert counts["read"] == sum(part["read"] for part in parts)
            assert counts["written"] == sum(part["written"] for part in parts)
        assert "parts" not in whole
    rejected = [json.loads(line) for line in (out / "qwen3" / "rejected.jsonl").read_bytes().splitlines()]
    assert {"AN033"} <= {each["code"] for each in rejected}
    lines = [line.split() for line in done.stderr.splitlines()]
    names = [line[0] for line in lines if line]
    assert names.count("shelf-zh") == names.count("train") == 1, "the same of both is said once, without their names"
    assert "shelf" in names
    assert "records by label, 10 of 14" in done.stderr
    assert "left out:\n" in done.stderr  # the same of both, so it is said once


def test_no_picture_is_in_two_splits(root, tmp_path):
    assert run(root / "examples" / "recipe.yaml", "-q", "-o", tmp_path / "mixed").exit_code == 0
    shown: dict[str, set[str]] = {}
    for split in ("train", "val"):
        rows = json.loads((tmp_path / "mixed" / "qwen-vl" / split / f"{split}.json").read_text())
        names = {row["conversations"][0]["value"].partition("<img>")[2].partition("</img>")[0] for row in rows}
        shown[split] = {Path(name).name for name in names}
    assert shown["train"]
    assert not shown["train"] & shown["val"]


def test_the_same_recipe_gives_the_same_bytes_whatever_does_the_work(root, tmp_path):
    out = tmp_path / "mixed"
    made = []
    for extra in ((), ("--workers", "2")):
        program = [sys.executable, "-m", "mmdata", "build", root / "examples" / "recipe.yaml", "-o", out, "-q", *extra]
        subprocess.run([*map(str, program)], check=True, capture_output=True)
        made.append(files(out))
        shutil.rmtree(out)
    assert made[0] == made[1]


def test_a_dry_run_writes_nothing(root, tmp_path):
    done = run(root / "examples" / "recipe.yaml", "--dry-run", "-o", tmp_path / "mixed")
    assert done.exit_code == 0, done.stderr
    assert "  shelf: coco " in done.stdout
    assert "    kept: min_area_share 0.002; lint GE018" in done.stdout
    said = [line.split() for line in done.stdout.splitlines()]
    assert ["shelf-zh:", "detect", "54", "54", "4", "4"] in said
    assert ["train", "15", "75.0%"] in said
    assert ["AN033", "unwanted-label", "12"] in said
    assert not list(tmp_path.iterdir())


def test_a_variable_of_the_environment(tmp_path):
    (tmp_path / "data").mkdir()
    path = recipe(tmp_path / "data")
    path.write_text(path.read_text().replace("input: instances.json", "input: ${LABELS}/instances.json"))
    done = run(path, env={"LABELS": "."})
    assert done.exit_code == 0, done.stderr
    assert f"sources[0].input: ${{LABELS}}/instances.json is {tmp_path}/data/instances.json" in done.stderr
    done = run(path, env={"LABELS": ""})
    assert done.exit_code == 2
    assert "sources[0].input: the variable LABELS is empty" in done.stderr


def test_a_slip_is_said_with_its_line(tmp_path):
    path = recipe(tmp_path, source={"lables": ["mug"]})
    done = run(path)
    assert done.exit_code == 2
    first, second = done.stderr.splitlines()
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if "lables" in text)
    assert first == f"Error: {path}:{line}: sources[0].lables: there is no key 'lables'"
    assert second == "  Did you mean labels? It stands under keep."
    assert not (tmp_path / "out").exists()


def test_an_input_of_another_source(tmp_path):
    path = recipe(tmp_path)
    (tmp_path / "instances.json").write_text('[{"data": {"image": "a.jpg"}, "annotations": []}]')
    done = run(path)
    assert done.exit_code == 2
    assert "this is no coco, it is label-studio" in done.stderr


def test_over_the_limit_nothing_is_written(tmp_path):
    done = run(recipe(tmp_path, broken=1))
    assert done.exit_code == 1
    assert not (tmp_path / "out").exists()
    assert run(recipe(tmp_path, broken=1, max_rejected="20%")).exit_code == 0


def test_a_filter_is_no_fault(tmp_path):
    done = run(recipe(tmp_path, max_rejected=0, source={"keep": {"labels": ["mug"]}}))
    assert done.exit_code == 0, done.stderr
    assert "4 annotations: AN033 unwanted-label" in done.stderr
    assert manifest(tmp_path / "out")["accounting"]["annotations"] == {
        "read": 8,
        "written": 4,
        "rejected": {"AN033": 4},
    }


def test_a_label_that_nothing_bears_is_said(tmp_path):
    done = run(recipe(tmp_path, source={"keep": {"labels": ["mug"], "drop_labels": ["plaet"]}}))
    assert done.exit_code == 0, done.stderr
    assert "the recipe names the label 'plaet', and nothing here bears it; did you mean 'plate'?" in done.stderr
    assert "label 'mug'" not in done.stderr
    assert "coco: AN014 unused-category: the recipe names" in run(tmp_path / "recipe.yaml", "--dry-run").stdout


def test_out_may_not_swallow_the_recipe(tmp_path):
    done = run(recipe(tmp_path, out="."))
    assert done.exit_code == 2
    assert (tmp_path / "recipe.yaml").exists()


def test_quiet_and_json(tmp_path):
    done = run(recipe(tmp_path, broken=1, max_rejected=1), "-q", "--format", "json")
    assert done.stderr == f"left out: 1 annotations; each in {tmp_path}/out/rejected.jsonl\n"
    assert json.loads(done.stdout) == manifest(tmp_path / "out")


@pytest.mark.skipif(os.environ.get("TERM") == "dumb", reason="this terminal has no tables")
def test_on_a_terminal_of_80_columns_the_tables_fit(tmp_path):
    from mmdata.cli.tables import Table, drawn, plain

    rows = [("a name \x1b[31m of a label that nobody would think of, and longer " * 2, "1,234,567", "9", "3", "4", "5")]
    table = Table(("records by label, 10 of 1,000", "train", "val", "test", "holdout", "test-unseen"), rows)
    lines = drawn(table, 80).splitlines()
    assert len(lines) == 3
    assert all(len(line) <= 80 for line in lines)
    assert "1,234,567" in lines[2]
    assert "\x1b[31m" not in drawn(table, 80) + plain(table)


@pytest.mark.parametrize("dedup", ["off", "near"])
def test_what_a_dry_run_says_is_what_a_build_makes(root, tmp_path, dedup):
    text = (root / "examples" / "recipe.yaml").read_text().replace("kitchen", str(root / "examples" / "kitchen"))
    policy = "keep-first" if dedup == "near" else "none"
    text = text.replace("dedup: exact", f"dedup: {dedup}").replace("dedup_policy: none", f"dedup_policy: {policy}")
    (tmp_path / "recipe.yaml").write_text(text)
    done = run(tmp_path / "recipe.yaml", "--dry-run", "--format", "json", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert run(tmp_path / "recipe.yaml", "-q", "-o", tmp_path / "out").exit_code == 0
    for each in told["outputs"]:
        made = manifest(tmp_path / "out" / each["name"])
        assert {name: split["records"] for name, split in each["splits"].items()} == {
            name: split["records"] for name, split in made["splits"].items()
        }
        assert {name: split["labels"] for name, split in each["splits"].items()} == {
            name: split["labels"] for name, split in made["splits"].items()
        }
        read = made["accounting"]["annotations"]["read"]
        assert read == sum(part["read"]["annotations"] for part in each["parts"])
        choices = made["accounting"]["annotations"]["rejected"]
        for code in ("AN033", "AN016", "GE001"):
            assert choices[code] == sum(part["rejected"].get("annotations", {}).get(code, 0) for part in each["parts"])
    assert bool(told["outputs"][0]["records_left_out"]) == (dedup == "near")


REAL = """
version: 1
split: {train: 0.8, val: 0.2}
dedup: near
max_rejected: 30%
sources:
  - name: coco
    source: coco
    input: ${DATA}/coco/instances_ccby/annotations/instances_val2017.json
    images: ${DATA}/coco/instances_ccby/val2017
    keep: {min_area_share: 0.001, drop_labels: [person], lint: [GE018]}
  - {name: cells, source: voc, input: "${DATA}/voc/bccd", keep: {labels: [RBC, WBC], min_side: 100}}
  - name: ls
    source: label-studio
    input: ${DATA}/label_studio/sdk/tests/custom/converter/data/test_export_[cy]*o/data.json
targets: [{to: qwen3-vl}, {to: swift}]
"""


def test_real_data_of_three_kinds_in_one(shared, tmp_path):
    (tmp_path / "recipe.yaml").write_text(REAL)
    done = run(tmp_path / "recipe.yaml", "-o", tmp_path / "out", env={"DATA": str(shared / "data")})
    assert done.exit_code == 0, done.stderr
    for name in ("qwen3-vl", "swift"):
        made = manifest(tmp_path / "out" / name)
        parts = {part["name"]: part["accounting"]["annotations"] for part in made["parts"]}
        assert list(parts) == ["coco", "cells", "ls-1", "ls-2"]
        assert parts["coco"]["rejected"]["AN033"] > 0
        assert parts["coco"]["rejected"]["AN035"] > 0
        assert parts["cells"]["rejected"]["GE001"] == 2  # the two boxes without area are faults, not choices
        assert all(each["read"] == each["written"] + sum(each["rejected"].values()) for each in parts.values())
        rejected = (tmp_path / "out" / name / "rejected.jsonl").read_bytes().splitlines()
        counts = made["accounting"].values()
        assert len(rejected) == sum(sum(each["rejected"].values()) for each in counts)
        labels = {label for split in made["splits"].values() for label, count in split["labels"].items() if count}
        assert {"RBC", "WBC"} <= labels
        assert not {"person", "Platelets"} & labels
    verified = CliRunner().invoke(mmdata, ["verify", str(tmp_path / "out")])
    assert verified.exit_code == 0, verified.output


def test_what_differs_between_data_sets_is_said_of_each(root, tmp_path):
    recipe = yaml.safe_load((root / "examples" / "recipe.yaml").read_text())
    for source in recipe["sources"]:
        source.update(input=str(root / "examples" / source["input"]), images=str(root / "examples" / source["images"]))
        source.pop("options", None)
    recipe["targets"] = [{"to": "qwen-vl"}, {"to": "qwen3-vl", "name": "short", "max_length": 450}]
    recipe["max_rejected"] = "100%"
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    done = run(tmp_path / "recipe.yaml", "-o", tmp_path / "mixed")
    assert done.exit_code == 0, done.stderr
    names = [line.partition("  ")[0] for line in done.stderr.splitlines()]
    assert "qwen-vl: shelf" in names
    assert "short: shelf" in names
    assert "shelf" not in names


def test_what_went_from_one_part_to_another_is_in_the_rows_of_both(root, tmp_path):
    kitchen = root / "examples" / "kitchen"
    names = [each["file_name"] for each in json.loads((kitchen / "instances.json").read_text())["images"]]
    (tmp_path / "told.csv").write_text("\n".join(["image,caption", *(f"{name},A room." for name in names)]))
    sources = [
        {"source": "coco", "input": str(kitchen / "instances.json"), "images": str(kitchen / "images")},
        {"source": "captions", "input": "told.csv", "images": str(kitchen / "images")},
    ]
    said = {"version": 1, "sources": sources, "dedup": "exact", "dedup_policy": "merge"}
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(said))
    done = run(tmp_path / "recipe.yaml", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    rows = [line.split() for line in done.stderr.splitlines()]
    assert ["annotations", "of", "read", "merged", "written", "left", "out", "samples"] in rows
    assert ["coco", "162", "+12", "172", "2", "24"] in rows
    assert ["captions", "12", "-12", "0", "0", "0"] in rows
    assert ["2", "times", "IM004", "exif-rotated"] in rows
    said["sources"] = sources[:1]
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(said))
    done = run(tmp_path / "recipe.yaml", "-o", tmp_path / "out")
    assert "\n  once IM004 exif-rotated\n" in done.stderr


@pytest.mark.parametrize(
    ("source", "targets", "said"),
    [
        ({}, [{"to": "qwen-vl"}, {"to": "llava", "compress": "zstd"}], ["targets[1].compress: what reads llava"]),
        (
            {},
            [{"to": "qwen3-vl", "packing": True, "max_length": 99}, {"to": "qwen3-vl", "name": "b", "packing": True}],
            ["targets[1].packing: needs to know", "Give max_length."],
        ),
        (
            {"tasks": ["caption"]},
            [{"to": "qwen-vl"}],
            ["sources[0].tasks: ", "Ask what is there, such as tasks: [detect]"],
        ),
        ({}, [{"to": "qwen-vl", "max_side": 99}], ["targets[0].max_side: ", "check_images: false"]),
    ],
)
def test_a_fault_that_is_found_late_has_its_line_too(source, targets, said, tmp_path):
    path = recipe(tmp_path, source=source, targets=targets)
    done = run(path, "-q")
    assert done.exit_code == 2
    key = said[0].partition(":")[0].rpartition(".")[2]
    lines = [number for number, text in enumerate(path.read_text().splitlines(), 1) if f"{key}:" in text]
    assert any(done.stderr.startswith(f"Error: {path}:{line}: {said[0]}") for line in lines), done.stderr
    assert all(words in done.stderr for words in said)
    assert "--" not in done.stderr


def test_remedies_speak_of_keys(root, tmp_path):
    kitchen = root / "examples" / "kitchen"
    source = {"source": "coco", "input": str(kitchen / "instances.json"), "images": str(kitchen / "images")}
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump({"version": 1, "sources": [source]}))
    done = run(tmp_path / "recipe.yaml", "-o", tmp_path / "out")
    assert "Keep crowds with crowd: keep." in done.stderr
    assert "--" not in done.stderr
