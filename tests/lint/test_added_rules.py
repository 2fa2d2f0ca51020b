"""Rules of other packages, by the entry point `mmdata.rules`: found, looked by, explained; broken ones refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RULE = '''
"""A label that shouts.

What
    A label in capitals.

Why it hurts training
    It does not; this is a test.

Example
    `MUG`.

Instead
    `mug`.

Fix safety
    None.

Sources
    None.
"""
from mmdata.pipelines.lint.hits import Hits
from mmdata.schemas.rule import Rule

RULE = Rule("{code}", "{name}", "warning", "Say it quietly.", status="{status}")


def check_labels(labels):
    loud = [at for at, code in enumerate(labels.labels) if labels.label_names[code].isupper()]
    yield Hits("objects", loud, lambda at: f"{{labels.label_names[labels.labels[at]]}} is loud")
'''
LABELS = {
    "images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}],
    "annotations": [{"id": n, "image_id": 1, "category_id": n, "bbox": [10 * n, 4, 5, 6]} for n in (1, 2)],
    "categories": [{"id": 1, "name": "MUG"}, {"id": 2, "name": "cup"}],
}


def installed(site: Path, code: str, text: str, point: str = "") -> None:
    """A package that adds a rule, as an installer leaves it."""
    module = f"rule_{code.lower()}"
    site.mkdir(exist_ok=True)
    (site / f"{module}.py").write_text(text)
    info = site / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[mmdata.rules]\n{point or code} = {module}\n")


def run(folder: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    (folder / "instances.json").write_text(json.dumps(LABELS))
    path = os.pathsep.join([str(folder / "site"), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", "mmdata", *args],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def rule(code: str = "XY001", name: str = "loud-label", status: str = "stable") -> str:
    return RULE.format(code=code, name=name, status=status)


LINT = ("lint", "instances.json", "--no-check-images", "--extend-select")


def test_it_is_looked_by_like_ours(tmp_path: Path) -> None:
    installed(tmp_path / "site", "XY001", rule())
    done = run(tmp_path, *LINT[:-1], "--output-format", "json")
    told = json.loads(done.stdout)
    assert told["counts"]["XY001"] == 1, done.stderr
    [found] = [each for each in told["findings"] if each["code"] == "XY001"]
    assert (found["at"], found["message"], found["remedy"]) == ("/annotations/0", "MUG is loud", "Say it quietly.")
    assert "XY001 loud-label (warning)" in run(tmp_path, *LINT[:-1], "--select", "loud-label").stdout
    assert "XY001" not in run(tmp_path, *LINT[:-1], "--ignore", "XY").stdout
    assert '"XY001"' in run(tmp_path, *LINT[:-1], "--output-format", "sarif").stdout


def test_its_page_is_explained(tmp_path: Path) -> None:
    installed(tmp_path / "site", "XY001", rule())
    assert "A label that shouts." in run(tmp_path, "explain", "loud-label").stdout
    assert "XY001  warning  loud-label" in run(tmp_path, "explain").stdout


def test_a_preview_rule_runs_where_it_is_asked_for(tmp_path: Path) -> None:
    installed(tmp_path / "site", "XY001", rule(status="preview"))
    assert "XY001" not in run(tmp_path, *LINT, "XY").stdout
    assert "XY001" in run(tmp_path, *LINT, "XY001").stdout


@pytest.mark.parametrize(
    ("code", "text", "point", "fact"),
    [
        ("XY001", "import nothing_of_that_name", "", "cannot be loaded: ModuleNotFoundError"),
        ("XY001", "", "", "its RULE is None"),
        ("XY001", rule("XY002"), "", "RULE must be a Rule with the code XY001"),
        ("GE001", rule("GE001"), "", "GE001 loud-label is there already"),
        ("XY001", rule(name="empty-box"), "", "XY001 empty-box is there already"),
    ],
)
def test_one_that_cannot_be_is_named_with_its_package(
    tmp_path: Path, code: str, text: str, point: str, fact: str
) -> None:
    installed(tmp_path / "site", code, text, point)
    done = run(tmp_path, *LINT[:-1])
    assert done.returncode == 2
    assert f"rule {code} of rule_{code.lower()}" in done.stderr
    assert fact in done.stderr
