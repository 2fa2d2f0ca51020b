"""Options that one target alone has: known with its `--to`, in the manifest, and told apart from a slip of the pen."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result
from mmdata.cli import mmdata
from mmdata.converters.options import option, option_fields
from mmdata.converters.sources import load_source, source_names
from mmdata.converters.targets import TARGETS, load_target, target_names
from mmdata.converters.targets.protocol import PLAIN, own_options
from mmdata.pipelines.job import Job


@dataclass(frozen=True)
class Options:
    """What the target of these tests lets choose."""

    shelf: str = option("", "The folder that pictures were put into.", metavar="ADDRESS", needed=True)
    detail: str = option("low", "How closely it looks.", choices=("low", "high"))
    loud: bool = option(False, "Say it twice.")


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """ms-swift's module under another name, with options."""
    module = ModuleType("a_target_with_options")
    of_swift = {name: value for name, value in vars(load_target("swift")).items() if not name.startswith("__")}
    vars(module).update(of_swift | {"NAME": "bucketed", "Options": Options})
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(TARGETS, "bucketed", module.__name__)
    return module


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "instances.json"
    path.write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "1.jpg", "width": 100, "height": 80}],
                "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40]}],
                "categories": [{"id": 1, "name": "mug"}],
            }
        )
    )
    return path


def convert(*args: object) -> Result:
    return CliRunner().invoke(mmdata, ["convert", *map(str, args), "--no-check-images"], catch_exceptions=False)


@pytest.mark.parametrize("source", ["coco", "auto"])
@pytest.mark.parametrize("to", [["--to", "bucketed"], ["--to=bucketed"], ["--to", "swift", "--to", "bucketed"]])
def test_they_reach_the_target_and_the_manifest(labels, target, tmp_path, monkeypatch, source, to):
    seen = []
    plain = target.render
    monkeypatch.setattr(target, "render", lambda batch, options: seen.append(options) or plain(batch, options))
    done = convert(source, labels, *to, "--shelf", "gs://b/p", "--loud", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["options"]["target_options"] == {"shelf": "gs://b/p", "detail": "low", "loud": True}
    assert own_options(seen[0], Options) == Options("gs://b/p", "low", loud=True)


def test_one_that_is_needed_is_asked_for(labels, target, tmp_path):
    done = convert("coco", labels, "--to", "bucketed", "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert done.stderr == (
        "Error: --shelf: is not given, and bucketed needs it\n  The folder that pictures were put into.\n"
    )
    assert not (tmp_path / "out").exists()


def test_one_of_another_target_says_whose_it_is(labels, target, tmp_path):
    done = convert("coco", labels, "--shelf", "gs://b/p", "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert done.stderr == (
        "Error: --shelf: is an option of the target bucketed, and this is for qwen-vl\n"
        "  Add --to bucketed, or leave it out.\n"
    )


def test_one_that_nobody_has_is_click_s_to_tell(labels, target, tmp_path):
    done = convert("coco", labels, "--shelfs", "gs://b/p", "--to", "bucketed", "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "No such option '--shelfs'" in done.stderr
    assert "'--shelf'" in done.stderr


def test_they_are_in_the_help_of_their_target_alone(target):
    assert "--shelf ADDRESS" in CliRunner().invoke(mmdata, ["convert", "coco", "--to", "bucketed", "--help"]).stdout
    assert "--shelf" not in CliRunner().invoke(mmdata, ["convert", "coco", "--help"]).stdout
    assert "--shelf --detail --loud" in CliRunner().invoke(mmdata, ["targets"]).stdout


def test_an_unknown_target_is_said_before_its_options(labels, tmp_path):
    done = convert("coco", labels, "--to", "swfit", "--shelf", "b", "-o", tmp_path / "out")
    assert "there is no target 'swfit'" in done.stderr


def test_nothing_chosen_is_the_defaults():
    assert own_options(PLAIN, Options) == Options()


def test_no_option_of_a_target_is_one_of_a_source_or_of_all():
    common = set(Job.__dataclass_fields__) | {"to", "task", "out", "format", "quiet", "input"}
    taken = common.union(*({each.name for each in option_fields(load_source(name).Options)} for name in source_names()))
    for name in target_names():
        own = getattr(load_target(name), "Options", None)
        assert not own or not taken & {each.name for each in option_fields(own)}, name
