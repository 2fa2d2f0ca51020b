"""What mmdata builds for any target is what lint reads back, and finds no error in."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata
from mmdata.converters.targets import target_names
from mmdata.pipelines.lint.run import lint
from mmdata.pipelines.lint.settings import Settings

from .conftest import tarred

KITCHEN = Path(__file__).parents[2] / "examples" / "kitchen"
WITH = {"gemini": ["--bucket", "gs://b"]}
DOCUMENTS = {"obelics", "emu3", "openflamingo"}


@pytest.mark.parametrize("target", sorted(target_names()))
def test_a_build_of_ours_has_no_error(target: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    tasks = "caption" if target in DOCUMENTS else "detect,caption"
    files = [str(KITCHEN / "instances.json"), "--captions", str(KITCHEN / "captions.json")]
    options = ["--images", str(KITCHEN / "images"), "--task", tasks, "--to", target, "-o", str(out)]
    done = CliRunner().invoke(
        mmdata, ["convert", "coco", *files, *options, "--max-rejected", "100%", *WITH.get(target, [])]
    )
    assert done.exit_code == 0, done.output
    report = lint(out, Settings())
    assert not report.severities["error"], report.findings
    assert not {"CV001", "AN004", "DU004"} & set(report.counts), report.findings


@pytest.mark.parametrize("named", ["", "webdataset"])
def test_a_tar_by_itself_is_read_as_samples(named: str, tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "<image>What?"}, {"role": "bot", "content": "A mug."}]
    row = json.dumps({"messages": turns, "images": ["jpg"]})
    (tmp_path / "s.tar").write_bytes(tarred([["0.jpg", "x"], ["0.json", row]]))
    report = lint(tmp_path / "s.tar", Settings(source=named))
    assert [(each.code, each.at) for each in report.findings] == [("CV002", "/0/json/messages/1")]
