"""What mmdata builds for any target is what lint reads back, and finds no error in."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata
from mmdata.converters.targets import target_names
from mmdata.pipelines.lint.run import lint
from mmdata.pipelines.lint.settings import Settings

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
