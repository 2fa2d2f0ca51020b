"""What is in OUT: splits, duplicates, limits, the reports beside the data, and the same bytes every time."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from mmdata.converters.records import Media, Object, Record
from mmdata.pipelines.job import Limit
from mmdata.schemas.box import Box
from mmdata.schemas.errors import ConfigError, LimitError
from PIL import Image

HALVES = (("train", 0.5), ("val", 0.5))


def record(name: str, *pages: str, label: str = "car", box: Box | None = None, group: str | None = None) -> Record:
    media = [Media(page, 100, 80) for page in pages or (f"{name}.jpg",)]
    thing = Object(f"/{name}/0", label, box or Box(1, 2, 30, 40))
    return Record(name, "labels.json", f"/{name}", media, [thing], group=group)


def pictures_of(rows: list[dict]) -> set[str]:
    return {
        line.partition("<img>")[2].partition("</img>")[0]
        for row in rows
        for turn in row["conversations"]
        for line in turn["value"].splitlines()
        if "<img>" in line
    }


# Splits


def test_shares_are_kept(make) -> None:
    made = make(*(record(f"r{n}") for n in range(40)), split=(("train", 0.8), ("val", 0.15), ("test", 0.05)))
    assert {name: split["samples"] for name, split in made.manifest["splits"].items()} == {
        "train": 32,
        "val": 6,
        "test": 2,
    }
    assert not pictures_of(made.rows("train")) & pictures_of(made.rows("val"))


def test_a_split_depends_on_names_and_seed_alone(make) -> None:
    records = [record(f"r{n}") for n in range(30)]
    one, other = make(*records, split=HALVES), make(*records[::-1], split=HALVES, rows=4)
    assert pictures_of(one.rows("val")) == pictures_of(other.rows("val"))
    assert pictures_of(one.rows("val")) != pictures_of(make(*records, split=HALVES, seed=1).rows("val"))


def test_all_tasks_of_a_picture_are_in_one_split(make) -> None:
    made = make(*(record(f"r{n}") for n in range(20)), split=HALVES, tasks=("detect", "ground", "count"), rows=3)
    assert len(made.rows("train")) == len(made.rows("val")) == 30
    assert not pictures_of(made.rows("train")) & pictures_of(made.rows("val"))


def test_a_picture_of_several_records_is_never_in_two_splits(make) -> None:
    """By its name in two records, as a page of two documents, by a group, and by all of these in a chain."""
    chain = [record("a", "1.jpg", "2.jpg"), record("b", "2.jpg", "3.jpg"), record("c", "3.jpg", group="g")]
    chain += [record("d", "9.jpg", group="g"), record("e", "9.jpg")]
    for seed in range(8):
        made = make(*chain, *(record(f"r{n}") for n in range(12)), split=HALVES, seed=seed)
        assert not pictures_of(made.rows("train")) & pictures_of(made.rows("val"))
        ids = {row["id"][0] for row in made.rows("train")} & set("abcde")
        assert ids in (set(), set("abcde"))


def test_an_empty_split_is_an_empty_list(make) -> None:
    made = make(record("only"), split=(("train", 1.0), ("val", 0.0)))
    assert made.rows("val") == []
    assert made.manifest["splits"]["val"]["shards"][0]["samples"] == 0
    card = yaml.safe_load((made.out / "README.md").read_text().split("---")[1])
    assert [each["split"] for each in card["configs"][0]["data_files"]] == ["train"], "a loader stops at an empty file"


# Duplicates


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """a and b have the same bytes, as have turned and same_turn, which EXIF turns; c is alone."""
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("RGB", (100, 80), "red").save(folder / "a.jpg")
    (folder / "b.jpg").write_bytes((folder / "a.jpg").read_bytes())
    Image.new("RGB", (100, 80), "blue").save(folder / "c.jpg")
    exif = Image.Exif()
    exif[274] = 6
    Image.new("RGB", (80, 100), "green").save(folder / "turned.jpg", exif=exif)
    (folder / "same_turn.jpg").write_bytes((folder / "turned.jpg").read_bytes())
    return folder


def test_one_of_the_same_pictures_is_kept(make, photos: Path) -> None:
    made = make(record("a"), record("b"), record("c"), images=photos, check_images=True, dedup="exact")
    assert pictures_of(made.rows()) == {str(photos / "a.jpg"), str(photos / "c.jpg")}
    assert made.manifest["accounting"]["images"] == {"read": 3, "written": 2, "rejected": {"DU001": 1}}
    assert {(line["kind"], line["code"], line["value"]) for line in made.rejected} == {
        ("images", "DU001", str(photos / "b.jpg")),
        ("annotations", "DU001", str(photos / "b.jpg")),
    }
    assert str(photos / "a.jpg") in made.rejected[0]["message"]


@pytest.mark.parametrize("other", [{"label": "bus"}, {"box": Box(1, 2, 30, 41)}])
def test_contradicting_boxes_are_told_apart(make, photos: Path, other: dict) -> None:
    made = make(record("a"), record("b", **other), images=photos, check_images=True, dedup="exact")
    assert made.manifest["accounting"]["annotations"]["rejected"] == {"DU005": 1}
    assert "other labels" in made.rejected[0]["message"]


def test_without_dedup_both_stay(make, photos: Path) -> None:
    assert len(make(record("a"), record("b"), images=photos, check_images=True).rows()) == 2


def test_duplicates_are_found_among_rewritten_pictures_and_named_by_where_they_are(make, photos: Path) -> None:
    given = {"images": photos, "check_images": True, "dedup": "exact"}
    made = make(record("turned"), record("same_turn"), **given)
    (kept,) = pictures_of(made.rows())
    assert Path(kept).is_file()
    assert kept in made.rejected[0]["message"]
    assert ".partial" not in (made.out / "rejected.jsonl").read_text()


# The limit


def damaged(count: int, of: int) -> list[Record]:
    return [record(f"r{n}", box=Box(5, 5, 5, 9) if n < count else None) for n in range(of)]


@pytest.mark.parametrize(
    ("limit", "bad", "kept"),
    [
        (Limit(), 1, True),
        (Limit(), 2, False),
        (Limit(share=0.02), 2, True),
        (Limit(share=None, count=2), 2, True),
        (Limit(share=None, count=2), 3, False),
        (Limit(share=None, count=0), 1, False),
        (Limit(share=0.0), 1, False),
        (Limit(share=0.0), 0, True),
    ],
    ids=str,
)
def test_the_limit_bites_where_it_says(make, tmp_path: Path, limit: Limit, bad: int, *, kept: bool) -> None:
    out = tmp_path / "out"
    make(record("before"), out=out)
    before = (out / "manifest.json").read_bytes()
    if kept:
        made = make(*damaged(bad, 100), max_rejected=limit, out=out)
        assert len(made.rows()) == 100 - bad
        return
    with pytest.raises(LimitError) as caught:
        make(*damaged(bad, 100), max_rejected=limit, out=out)
    assert (out / "manifest.json").read_bytes() == before, "the version that was there is still there"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert f"{bad} of 100 annotations ({bad}.0%)" in caught.value.fact
    assert f"--max-rejected {limit}" in caught.value.fact
    many = f"{bad} annotations" if bad > 1 else "1 annotation"
    first, second = caught.value.remedy.splitlines()
    assert first.startswith(f"Look first at GE001 empty-box ({many}), such as labels.json: /r0/0: the box has")
    assert second == "  Redraw the box, or delete it: it has no area."
    assert caught.value.exit_code == 1


def test_choices_are_no_faults(make) -> None:
    crowd = record("crowd")
    crowd.objects[0].crowd = True
    made = make(crowd, record("r"), max_rejected=Limit(share=None, count=0))
    assert made.manifest["accounting"]["annotations"]["rejected"] == {"AN016": 1}
    assert made.manifest["accounting"]["images"]["rejected"] == {"AN015": 1}


@pytest.mark.parametrize("records", [[], [Record("r", "f", "/", [Media("r.jpg", 9, 9)])]], ids=["none", "bare"])
def test_nothing_is_never_written(make, tmp_path: Path, records: list[Record]) -> None:
    with pytest.raises(LimitError, match="not one sample"):
        make(*records, out=tmp_path / "out", max_rejected=Limit(share=1.0))
    assert not list(tmp_path.iterdir())


def test_the_commonest_fault_is_named_first(make) -> None:
    things = [record(f"r{n}", box=Box(5, 5, 2, 9)) for n in range(3)] + damaged(2, 4)
    with pytest.raises(LimitError) as caught:
        make(*things)
    assert "Look first at GE002 inverted-box (3 annotations)" in caught.value.remedy


# What is beside the data


def test_lint_json_holds_what_was_noted(make) -> None:
    made = make(record("over", box=Box(-5, 2, 130, 40)), record("r"))
    assert made.lint["counts"] == {"GE004": 1}
    (finding,) = made.lint["findings"]
    assert finding.keys() == {"code", "name", "severity", "file", "at", "value", "message", "fix"}
    assert (finding["code"], finding["file"], finding["at"]) == ("GE004", "labels.json", "/over/0")
    assert finding["value"] == [-5, 2, 130, 40]


def test_twenty_of_a_kind_are_shown_and_all_are_counted(make) -> None:
    made = make(*(record(f"r{n}", box=Box(-5, 2, 130, 40)) for n in range(50)))
    assert made.lint["counts"] == {"GE004": 50}
    assert len(made.lint["findings"]) == 20


def test_rejected_jsonl_has_place_value_and_remedy(make) -> None:
    made = make(*damaged(1, 3), max_rejected=Limit(share=1.0))
    line = made.rejected[0]
    assert line == {
        "code": "GE001",
        "name": "empty-box",
        "severity": "error",
        "kind": "annotations",
        "file": "labels.json",
        "at": "/r0/0",
        "value": [5.0, 5.0, 5.0, 9.0],
        "message": "the box has no area: 0 wide, 4 high",
        "remedy": "Redraw the box, or delete it: it has no area.",
    }


def test_no_number_of_json_lines_is_no_json(make) -> None:
    made = make(record("r"), record("nan", box=Box(float("nan"), 1, 2, float("inf"))), max_rejected=Limit(share=1.0))
    assert [line["value"] for line in made.rejected if line["kind"] == "annotations"] == [["nan", 1.0, 2.0, "inf"]]


def test_the_card_names_the_files_that_are_there(make) -> None:
    made = make(*damaged(1, 10), split=HALVES, max_rejected=Limit(share=1.0))
    head, text = (made.out / "README.md").read_text().split("---\n")[1:]
    (config,) = yaml.safe_load(head)["configs"]
    assert [each["split"] for each in config["data_files"]] == ["train", "val"]
    for each in config["data_files"]:
        assert all((made.out / path).is_file() for path in each["path"])
    assert "| annotations | 10 | 9 | GE001 1 |" in text


def test_the_rows_are_one_a_line_and_ascii(make) -> None:
    made = make(record("r", label="红绿灯"), record("s", label='a "\\ \u2028'))
    text = (made.out / "train" / "train.json").read_bytes()
    assert text.isascii()
    assert [json.loads(line.rstrip(b",")) for line in text.splitlines()[1:-1]] == made.rows()
    assert made.said("detect")[0][1].startswith("<ref>红绿灯</ref>")


def test_a_user_s_control_token_is_refused_before_anything_is_read(make, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text('en: {detect: {ask: ["Find.", "Find <box>."]}}')
    with pytest.raises(ConfigError, match=r"own\.yaml: en\.detect\.ask\[1\]: <box>"):
        make(record("r"), templates=own)


def test_pieces_that_make_a_control_token_together_are_refused(make, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text('en: {ground: {ask: ["<{label}>"]}}')
    made = make(record("r", label="ref"), record("s"), templates=own, tasks=("ground",), max_rejected=Limit(share=1.0))
    assert made.manifest["accounting"]["samples"]["rejected"] == {"TG008": 1}
    assert [row["id"] for row in made.rows()] == ["s-ground"]


def test_blunted_labels_become_one(make) -> None:
    """A label that is blunted to the name of another is that other."""
    from mmdata.converters.targets.qwen_vl import blunt

    both = [record("r", label="<ref>"), record("s", label=blunt("<ref>"))]
    both[0].objects.append(Object("/r/1", blunt("<ref>"), Box(50, 50, 60, 60)))
    made = make(*both, reserved_text="blunt", tasks=("count",))
    assert made.said("count")[0][1::2] == ["2"]
    assert made.lint["counts"] == {"TG008": 1}


# The same bytes


def test_the_same_job_gives_the_same_bytes(make, tmp_path: Path) -> None:
    records = [record(f"r{n}", label=f"l{n % 7}") for n in range(30)] + damaged(1, 1)
    given = {"split": HALVES, "negatives": 2, "tasks": ("detect", "ground", "count"), "max_rejected": Limit(share=1.0)}
    out = tmp_path / "out"
    first = make(*records, **given, out=out).files()
    assert make(*records, **given, out=out).files() == first
    assert len([name for name in first if not name.startswith("job/")]) == 7


LABELS = {
    "images": [{"id": n, "file_name": f"{n}.png", "width": 100, "height": 80} for n in range(12)],
    "annotations": [{"id": n, "image_id": n, "category_id": 1, "bbox": [n, 1, 10, 10 * (n > 0)]} for n in range(12)],
    "categories": [{"id": 1, "name": "mug"}],
}


def run(folder: Path, labels: str, **environment: str) -> dict[str, bytes]:
    arguments = ["coco", labels, "--images", "photos", "--split", "a=0.5,b=0.5", "--max-rejected", "50%", "-o", "out"]
    command = [sys.executable, "-m", "mmdata", "convert", *arguments]
    subprocess.run(command, cwd=folder, env=os.environ | environment, check=True, capture_output=True)
    return {str(path.relative_to(folder)): path.read_bytes() for path in (folder / "out").rglob("*") if path.is_file()}


def test_the_day_the_place_and_the_way_to_it_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for n in range(12):
        Image.new("RGB", (100, 80), (n, n, n)).save(tmp_path / "photos" / f"{n}.png")
    (tmp_path / "labels.json").write_text(json.dumps(LABELS))
    first = run(tmp_path, "labels.json")
    assert run(tmp_path, "labels.json", TZ="Pacific/Kiritimati", LC_ALL="C", PYTHONHASHSEED="7") == first
    other = run(tmp_path, f"../{tmp_path.name}/labels.json")
    assert {name for name in first if other[name] != first[name]} == {"out/manifest.json", "out/rejected.jsonl"}
    mine, theirs = (json.loads(each["out/manifest.json"]) for each in (first, other))
    for manifest in (mine, theirs):
        del manifest["options"]["input"], manifest["inputs"], manifest["files"]  # files: rejected.jsonl says the path
    assert mine == theirs


def test_an_interrupt_leaves_the_version_that_was_there(tmp_path: Path) -> None:
    """The labels are many enough for the run to be on its way when its staging folder is seen."""
    (tmp_path / "photos").mkdir()
    few = {**LABELS, "annotations": LABELS["annotations"][1:]}
    (tmp_path / "labels.json").write_text(json.dumps(few))
    command = [sys.executable, "-m", "mmdata", "convert", "coco", "labels.json", "--no-check-images", "-o", "out"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    many = {**few, "images": [{**LABELS["images"][0], "id": n} for n in range(60_000)]}
    (tmp_path / "labels.json").write_text(json.dumps(many))
    started = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE)
    while not list(tmp_path.glob(".out.*.partial")):
        assert started.poll() is None
        time.sleep(0.005)
    started.send_signal(signal.SIGINT)
    started.communicate()
    assert started.returncode == 130
    before[tmp_path / "labels.json"] = (tmp_path / "labels.json").read_bytes()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


PROGRAM = """
import json, sys
from pathlib import Path
from mmdata.cli.lean import be_lean
be_lean()
from mmdata.pipelines.convert import convert
from mmdata.pipelines.job import Job, Limit
from mmdata.pipelines.progress import Silent
folder = Path(sys.argv[1])
convert(Job("coco", folder / "labels.json", folder / "out", check_images=False, tasks=("detect", "ground")), Silent())
# not ru_maxrss, which a process takes over from the one that started it
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def peak(folder: Path, images: int) -> int:
    """KiB of the whole process, for that many images with seven boxes each."""
    folder.mkdir()
    data = {
        "images": [{"id": n, "file_name": f"{n:012}.jpg", "width": 640, "height": 480} for n in range(images)],
        "annotations": [
            {"id": n, "image_id": n // 7, "category_id": 1 + n % 80, "bbox": [n % 600, n % 400, 20.5, 30.25]}
            for n in range(7 * images)
        ],
        "categories": [{"id": n, "name": f"kind {n}"} for n in range(1, 81)],
    }
    (folder / "labels.json").write_text(json.dumps(data))
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(folder)], check=True, capture_output=True, text=True)
    return int(done.stdout)


def test_memory_does_not_grow_with_the_data(tmp_path: Path) -> None:
    """More than one batch, and three times as much: 168 000 boxes more may cost their columns and no objects."""
    small, large = peak(tmp_path / "small", 12_000), peak(tmp_path / "large", 36_000)
    assert large < 300 * 1024
    assert large - small < 60 * 1024
