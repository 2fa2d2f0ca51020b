"""Files with one fault each, by kind: tests/lint/hostile/KIND/index.yml says for each what is found, and where.

    - {file: spaces.json, code: TG003, at: /1/conversations/1/value}      `as` where content does not say what it is

Other findings may stand beside it: what is wrong in one way is often wrong in two.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml
from mmdata.pipelines.lint.run import lint
from mmdata.pipelines.lint.settings import Settings

HERE = Path(__file__).parent / "hostile"


def listed() -> list[Any]:
    """Every file of every index."""
    return [
        pytest.param(index.parent, entry, id=f"{index.parent.name}-{entry['file']}")
        for index in sorted(HERE.glob("*/index.yml"))
        for entry in yaml.safe_load(index.read_text("utf-8"))
    ]


@pytest.mark.parametrize(("folder", "entry"), listed())
def test_a_hostile_file_is_caught_with_code_place_and_remedy(folder: Path, entry: dict[str, Any]) -> None:
    report = lint(folder / entry["file"], Settings(source=entry.get("as", ""), shown=None))
    found = [each for each in report.findings if (each.code, each.at) == (entry["code"], entry["at"])]
    assert found, [(each.code, each.at, each.message) for each in report.findings]
    assert all(each.message and each.remedy for each in found)


@pytest.mark.parametrize(
    "folder", sorted({index.parent for index in HERE.glob("*/index.yml")}), ids=lambda path: path.name
)
def test_every_file_is_listed(folder: Path) -> None:
    entries = yaml.safe_load((folder / "index.yml").read_text("utf-8"))
    named = [entry["file"].split("/")[0] for entry in entries]
    there = {path.name for path in folder.iterdir() if path.suffix in (".json", ".jsonl")}
    assert there <= {*named, "index.yml"}
