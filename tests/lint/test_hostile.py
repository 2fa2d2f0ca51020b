"""Hostile files: each kind of fault is found with its code, its place and what to do; and none breaks a conversion.

`hostile/index.yml` says what is wrong with each file, by which rule it is found, and where.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from mmdata.cli import mmdata
from mmdata.pipelines.lint.run import lint
from mmdata.pipelines.lint.settings import Settings

from .conftest import draw

HERE = Path(__file__).parent / "hostile"
INDEX: dict[str, list[dict[str, Any]]] = yaml.safe_load((HERE / "index.yml").read_text("utf-8"))
FILES = [pytest.param(kind, each, id=f"{kind}-{Path(each['file']).stem}") for kind in INDEX for each in INDEX[kind]]
PICTURES = {
    "coco": {"a.jpg": "64x48", "b.jpg": "64x48"},
    "label_studio": {"a.jpg": "64x48", "b.jpg": "64x48"},
    "voc": {"a.jpg": "64x48"},
    "csv": {"a.jpg": "64x48"},
    "yolo": {"images/a.jpg": "64x48"},
}


def laid_out(kind: str, entry: dict[str, Any], folder: Path) -> Path:
    """A copy of the file or folder, with its pictures."""
    source, copy = HERE / kind / entry["file"], folder / entry["file"]
    if source.is_dir():
        shutil.copytree(source, copy)
    else:
        shutil.copyfile(source, copy)
    for name, said in entry.get("pictures", PICTURES[kind]).items():
        drawn((copy if source.is_dir() else folder) / name, said)
    return copy


def drawn(path: Path, said: str) -> None:
    """A picture as `draw` makes it, or a web page under its name."""
    if said == "page":
        path.write_bytes(b"<!doctype html><title>404</title>")
    else:
        draw(path, said)


@pytest.mark.parametrize(("kind", "entry"), FILES)
def test_it_is_found_with_its_place_and_what_to_do(kind: str, entry: dict[str, Any], tmp_path: Path) -> None:
    path = laid_out(kind, entry, tmp_path)
    report = lint(path, Settings(**entry.get("settings", {})))
    found = [each for each in report.findings if (each.code, each.at) == (entry["code"], entry["at"])]
    assert found, [(each.code, each.at, each.message) for each in report.findings]
    assert found[0].message and found[0].remedy
    assert Path(found[0].file).name in {below.name for below in (tmp_path, *tmp_path.rglob("*"))}


@pytest.mark.parametrize(("kind", "entry"), FILES)
def test_a_conversion_ends_with_a_word_and_no_traceback(kind: str, entry: dict[str, Any], tmp_path: Path) -> None:
    path = laid_out(kind, entry, tmp_path)
    told = ["convert", kind.replace("_", "-"), str(path), "-o", str(tmp_path / "out")]
    result = CliRunner().invoke(mmdata, [*told, "--max-rejected", "100%"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in (0, 1, 2)
    assert "Traceback" not in result.output
    assert result.exit_code == 0 or result.output.strip()


def test_there_are_enough_and_each_file_is_in_the_index() -> None:
    named = {kind: {each["file"] for each in entries} for kind, entries in INDEX.items()}
    assert {kind: {path.name for path in (HERE / kind).iterdir()} for kind in INDEX} == named
    assert sum(map(len, INDEX.values())) >= 100
    assert len(named["coco"]) >= 24


@pytest.mark.parametrize("kind", INDEX)
def test_what_is_sound_has_no_error(kind: str, tmp_path: Path) -> None:
    """The faults are those of the files, not of the way in which they are made."""
    harmless = {"coco": "crowd.json", "voc": "difficult.xml", "yolo": "empty", "label_studio": "draft.json"}
    entry = next((each for each in INDEX[kind] if each["file"] == harmless.get(kind)), None)
    if entry is None:
        (tmp_path / "a.csv").write_text("filename,xmin,ymin,xmax,ymax,label\na.jpg,5,6,25,36,mug\n", "utf-8")
        drawn(tmp_path / "a.jpg", "64x48")
        path = tmp_path / "a.csv"
    else:
        path = laid_out(kind, entry, tmp_path)
    report = lint(path, Settings())
    assert not [each for each in report.findings if each.severity == "error" and each.code != "DU005"]
