"""Pictures that were put into OUT and are of records that were left out later: none stays that no row shows."""

import json
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
from mmdata.converters.records import Media, Object, Record
from mmdata.pipelines.commit.commit import Staging
from mmdata.pipelines.report.out import read_manifest, rows
from mmdata.schemas.errors import OutputError

from .test_settle import ALL, SPOT, record, save, spotted
from .test_shards_convert import KITCHEN, kitchen, run

SHORT = ["--max-length", 700, "--over-length", "reject", "--max-rejected", "99%"]
"""Leaves one record out when it is rendered."""


def shown(out: Path) -> set[str]:
    """The pictures that rows name."""
    manifest = read_manifest(out)
    texts = [json.dumps(row) for split in manifest.splits for row in rows(out, manifest, split)]
    return {text.partition("<img>")[2].partition("</img>")[0] for text in texts}


def there(out: Path) -> set[str]:
    """The files under OUT/images, which are those that the manifest and the list of pictures name."""
    found = {str(path.relative_to(out)) for path in (out / "images").glob("*")}
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert {each["path"] for each in manifest["files"] if each["path"].startswith("images/")} == found
    listed = parquet.read_table(out / "pictures.parquet").column("path").to_pylist()
    assert set(listed) == found
    assert sum(manifest["pictures"].values()) == len(listed)
    return found


def whole(out: Path) -> None:
    assert run("verify", out).exit_code == 0
    assert not (out / ".attempts").exists()


@pytest.mark.parametrize("how", ["link", "copy"])
@pytest.mark.parametrize("more", [["--workers", 2], ["--split", "train=0.6,val=0.4", "--resume"]])
def test_of_records_that_are_too_long_none_stays(how: str, more: list[object], tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = kitchen(out, "qwen-vl", "--pictures", how, *SHORT, *more)
    assert done.exit_code == 0, done.stderr
    assert there(out) == shown(out)
    assert len(there(out)) == len(list((KITCHEN / "images").iterdir())) - 1
    whole(out)


def test_what_a_cache_remembers_is_the_same(tmp_path: Path) -> None:
    for name in ("first", "second"):
        cached = ["--pictures", "copy", *SHORT, "--cache", tmp_path / "cache"]
        assert kitchen(tmp_path / "out", "qwen-vl", *cached).exit_code == 0
        assert there(tmp_path / "out") == shown(tmp_path / "out")
        whole(tmp_path / "out")
        (tmp_path / "out").rename(tmp_path / name)
    assert there(tmp_path / "first") == there(tmp_path / "second")


def test_of_several_data_sets_each_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(f"""
version: 1
max_rejected: 99%
sources:
  - {{source: coco, input: {KITCHEN}/instances.json, images: {KITCHEN}/images, tasks: [detect]}}
targets:
  - {{to: qwen-vl, name: short, pictures: copy, max_length: 700, over_length: reject}}
  - {{to: qwen-vl, name: long, pictures: copy}}
""")
    done = run("build", tmp_path / "recipe.yaml", "-q", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    for name in ("short", "long"):
        assert there(tmp_path / "out" / name) == shown(tmp_path / "out" / name)
    assert there(tmp_path / "out" / "short") < there(tmp_path / "out" / "long")
    whole(tmp_path / "out")


def test_a_turned_picture_that_no_row_shows_goes_with_its_folder(make, tmp_path: Path) -> None:
    (photos := tmp_path / "photos").mkdir()
    save(photos / "a.jpg", 6)
    spotted().save(photos / "b.png")
    asked = {"check_images": True, "tasks": ("detect",), "max_rejected": ALL}
    made = make(record("a.jpg", box=None), record("b.png"), images=photos, **asked)
    assert len(made.rows()) == 1
    assert not (made.out / "images").exists()


def test_of_a_record_of_several_pictures_those_stay_that_are_asked_about(make, tmp_path: Path) -> None:
    (photos := tmp_path / "photos").mkdir()
    for name in ("a.png", "b.png"):
        spotted().save(photos / name)
    pages = [Media(name, 0, 0) for name in ("a.png", "b.png")]
    both = Record("a", "labels.json", "/a", pages, [Object("/a/0", "spot", SPOT, 1)])
    made = make(both, images=photos, check_images=True, tasks=("detect",), pictures="copy", max_rejected=ALL)
    text = json.dumps(made.rows())
    assert all(path in text for path in there(made.out))


def test_who_comes_late_brings_none_back(tmp_path: Path) -> None:
    with Staging(tmp_path / "out") as staging:
        early, late = staging.alone(), staging.alone()
        with early.open("images/a.png") as picture:
            picture.write(b"a")
        (made := late.attempt("images/a.png")).write_bytes(b"a")
        staging.take(early.receipts)
        staging.drop(early.receipts)
        staging.seal({"mmdata": "0", "format": 1})
        staging.sweep()
        with pytest.raises(OutputError):
            late.adopt("images/a.png", made)
        assert not (staging.folder / "images").exists()
