"""docs/add-a-source.md is true: its module, as it stands there, is installed, run and held to what the page says."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from mmdata.converters import sources
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.targets.qwen_vl import decode
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.annotation import ANNOTATIONS
from PIL import Image

KEYS = ("code", "kind", "file", "at", "value", "message")


@pytest.fixture(scope="module")
def page(root: Path) -> dict[str, list[str]]:
    """The page's blocks by their language, in order."""
    text = (root / "docs" / "add-a-source.md").read_text(encoding="utf-8")
    blocks: dict[str, list[str]] = {}
    for language, block in re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL):
        blocks.setdefault(language, []).append(block)
    return blocks


@pytest.fixture
def drawings(page: dict[str, list[str]], tmp_path: Path) -> Path:
    """The page's example as a user has it."""
    folder = tmp_path / "drawings"
    folder.mkdir()
    (folder / "cup.marks").write_text(page["text"][0], encoding="utf-8")
    Image.new("RGB", (100, 50)).save(folder / "cup.png")
    return folder


@pytest.fixture
def package(page: dict[str, list[str]], tmp_path: Path) -> Path:
    """The module installed as somebody's package is: a file, and metadata with the page's entry point."""
    site = tmp_path / "site"
    metadata = site / "marks-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / "marks.py").write_text(page["python"][0], encoding="utf-8")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: marks\nVersion: 1.0\n")
    lines = []
    for group, points in tomllib.loads(page["toml"][0])["project"]["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return site


def run(package: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(package)}
    command = [sys.executable, "-m", "mmdata", *arguments]
    return subprocess.run(command, cwd=folder, env=env, check=False, capture_output=True, text=True)


def test_the_installed_module_is_a_command(page: dict[str, list[str]], package: Path, drawings: Path) -> None:
    command = page["sh"][0].split()
    assert command.pop(0) == "mmdata"
    done = run(package, drawings.parent, *command)
    assert done.returncode == 0, done.stderr
    assert page["text"][1] in done.stderr
    (row,) = json.loads((drawings.parent / "out" / "train" / "train.json").read_text(encoding="utf-8"))
    found = [(each.label, [round(side) for side in each.box]) for each in decode(row, [(100, 50)])]
    assert found == [("mug", [4, 6, 24, 30]), ("coffee table", [30, 8, 70, 44])]
    rejected = (drawings.parent / "out" / "rejected.jsonl").read_text(encoding="utf-8").splitlines()
    assert [(line["code"], line["at"]) for line in map(json.loads, rejected)] == [("AN004", "3:1"), ("GE002", "4:1")]


def test_it_is_listed_has_its_options_and_is_recognised(package: Path, drawings: Path) -> None:
    assert "marks files, one beside each picture" in run(package, drawings.parent, "sources").stdout
    assert "--suffix SUFFIX" in run(package, drawings.parent, "convert", "marks", "--help").stdout
    done = run(package, drawings.parent, "convert", "auto", "drawings", "--max-rejected", "2", "-o", "auto")
    assert done.returncode == 0, done.stderr
    assert "a folder of .marks files" in done.stderr


def test_an_empty_folder_is_told(package: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run(package, tmp_path, "convert", "marks", "empty", "-o", "out")
    assert done.returncode == 2
    assert "there is no .marks file here" in done.stderr


def test_the_line_in_the_registry_is_all_that_is_needed(
    page: dict[str, list[str]], drawings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((name, module_name),) = json.loads("{" + page["python"][1].strip().rstrip(",") + "}").items()
    module = ModuleType(module_name)
    monkeypatch.setitem(sys.modules, module_name, module)
    monkeypatch.setitem(sources.SOURCES, name, module_name)
    exec(compile(page["python"][0], module_name, "exec"), vars(module))  # noqa: S102 (the page's own code)
    assert json.loads(page["json"][0]) == outcome(name, drawings)


def outcome(name: str, folder: Path) -> dict[str, Any]:
    """What a case's `out.json` holds: rows without what is null, false or empty; rejections; remarks."""
    lines: list[bytes] = []
    accounting = Accounting(lines.append)
    source = sources.load_source(name)
    rows = []
    for batch in source.read(folder, source.Options(), Pictures(folder), accounting):
        assert batch.schema == ANNOTATIONS
        rows += batch.to_pylist()
    rejected = [[str(found[key]).removeprefix(f"{folder}/") for key in KEYS] for found in map(json.loads, lines)]
    return {"records": [_short(row) for row in rows], "rejected": rejected, "remarks": accounting.findings}


def _short(row: dict[str, Any]) -> dict[str, Any]:
    def kept(thing: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in thing.items() if value not in (None, False, [], 0)}

    return {"id": row["id"], "at": row["at"], **{name: [*map(kept, row[name])] for name in ("media", "objects")}}


def test_the_module_names_and_does_all_that_the_protocol_asks(page: dict[str, list[str]]) -> None:
    from mmdata.converters.sources.protocol import Source

    module = ModuleType("marks")
    sys.modules["marks"] = module
    try:
        exec(compile(page["python"][0], "marks", "exec"), vars(module))  # noqa: S102
    finally:
        del sys.modules["marks"]
    wanted = set(Source.__annotations__) | {name for name in vars(Source) if name in ("sniff", "read")}
    assert wanted <= vars(module).keys()
    assert module.__doc__
    assert len(module.__doc__.strip().splitlines()) <= 6
