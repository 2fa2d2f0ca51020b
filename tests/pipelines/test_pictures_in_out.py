"""All pictures in OUT, and large ones smaller: what rows name is there, and boxes lie where they lay."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.pictures.upright import size_within
from mmdata.converters.records import Media, Object, Record
from mmdata.converters.targets import load_target
from mmdata.converters.targets.qwen_vl import decode
from mmdata.pipelines.report.out import read_manifest, rows
from mmdata.schemas.box import Box
from PIL import Image

from .test_settle import HEIGHT, SPOT, WIDTH, record, save, shown_in, spotted, stored_record
from .test_shards_convert import kitchen, run


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


def provenance(out: Path) -> list[dict]:
    return parquet.read_table(out / "pictures.parquet").to_pylist()


@pytest.mark.parametrize("how", ["link", "copy"])
def test_all_pictures_are_in_out_under_names_that_move_with_it(make, photos: Path, how: str) -> None:
    spotted().save(photos / "a.png")
    save(photos / "b.jpg", 6)
    made = make(record("a.png"), record("b.jpg"), record("a.png"), images=photos, check_images=True, pictures=how)
    names = [str(shown_in(row)) for row in made.rows()]
    assert all(name.startswith("images/") for name in names)
    assert names[0] == names[2]
    plain, turned = (made.out / name for name in names[:2])
    assert plain.read_bytes() == (photos / "a.png").read_bytes()
    assert plain.samefile(photos / "a.png") == (how == "link")
    with Image.open(turned) as picture:
        assert picture.size == (WIDTH, HEIGHT)
    assert [each["how"] for each in provenance(made.out)] == [{"link": "linked", "copy": "copied"}[how], "upright"]
    assert [each["origin"] for each in provenance(made.out)] == [str(photos / "a.png"), str(photos / "b.jpg")]
    assert made.manifest["pictures"] == {{"link": "linked", "copy": "copied"}[how]: 1, "upright": 1}
    assert made.lint["counts"] == {"IM004": 1}
    assert set(names) <= {each["path"] for each in made.manifest["files"]}


def test_where_links_cannot_be_files_are_copied(make, photos: Path, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    spotted().save(photos / "a.png")
    monkeypatch.setattr("mmdata.pipelines.commit.fs.link", refuse)
    made = make(record("a.png"), images=photos, check_images=True, pictures="link")
    assert made.manifest["pictures"] == {"copied": 1}
    assert not (made.out / shown_in(made.rows()[0])).samefile(photos / "a.png")


def test_a_link_to_a_picture_is_followed(make, photos: Path) -> None:
    spotted().save(photos / "a.png")
    (photos / "b.png").symlink_to("a.png")
    made = make(record("b.png"), images=photos, check_images=True, pictures="link")
    found = made.out / shown_in(made.rows()[0])
    assert not found.is_symlink()
    assert found.samefile(photos / "a.png")


def test_the_same_splits_whether_pictures_are_named_or_copied(make, photos: Path) -> None:
    for number in range(12):
        spotted().save(photos / f"{number}.png")
    given = {"images": photos, "check_images": True, "split": (("train", 0.5), ("val", 0.5))}
    records = [record(f"{number}.png") for number in range(12)]
    found = [
        [[row["id"] for row in made.rows(split)] for split in ("train", "val")]
        for made in (make(*records, **given), make(*records, pictures="copy", max_side=20, **given))
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("upright", [True, False])
def test_a_large_picture_is_smaller_and_its_boxes_with_it(make, photos, orientation: int, upright: bool) -> None:
    save(photos / "a.jpg", orientation)
    given = {"images": photos, "check_images": True, "max_side": 45, "upright": upright, "exif_boxes": "stored"}
    made = make(stored_record("a.jpg", orientation), **given)
    (row,) = made.rows()
    with Image.open(shown_in(row)) as picture:
        assert picture.size == (45, 30)
        assert not picture.getexif()
        grey = np.asarray(picture.convert("L"))
    (found,) = decode(row, [(WIDTH, HEIGHT)])
    assert max(abs(a - b) for a, b in zip(found.box, SPOT, strict=True)) <= WIDTH / 2000 + 1e-9
    x1, y1, x2, y2 = (round(value * 0.75) for value in found.box)
    assert grey[y1 + 2 : y2 - 2, x1 + 2 : x2 - 2].min() > 200
    (told,) = provenance(made.out)
    assert (told["width"], told["height"], told["new_width"], told["new_height"]) == (WIDTH, HEIGHT, 45, 30)
    assert told["how"] == "smaller"


def test_a_small_picture_stays_where_it_is(make, photos: Path) -> None:
    spotted().save(photos / "a.png")
    made = make(record("a.png"), images=photos, check_images=True, max_side=WIDTH)
    assert shown_in(made.rows()[0]) == photos / "a.png"
    assert made.manifest["pictures"] == {}
    assert provenance(made.out) == []


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "CMYK"])
def test_pictures_of_all_colours_become_smaller(make, photos: Path, mode: str) -> None:
    name = "a.jpg" if mode == "CMYK" else "a.png"
    picture = spotted().convert(mode)
    picture.save(photos / name, **({"transparency": 0} if mode == "P" else {}))
    made = make(record(name), images=photos, check_images=True, max_side=30)
    with Image.open(shown_in(made.rows()[0])) as found, Image.open(photos / name) as meant:
        assert found.size == (30, 20)
        both = [np.asarray(each.convert("RGBA").convert("RGB"), np.float64) for each in (found, meant.resize((30, 20)))]
    assert np.abs(both[0] - both[1]).mean() < 25


@given(st.integers(1, 30_000), st.integers(1, 30_000), st.integers(1, 5000))
def test_sizes_keep_their_ratio_to_half_a_pixel(width: int, height: int, most: int) -> None:
    found = size_within((width, height), most)
    assert size_within((width, height), None) == (width, height)
    if max(width, height) <= most:
        assert found == (width, height)
        return
    assert max(found) == most
    share = most / max(width, height)
    assert all(abs(new - old * share) <= 0.5 or new == 1 for new, old in zip(found, (width, height), strict=True))


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.tuples(st.integers(20, 400), st.integers(20, 400)),
    st.integers(15, 450),
    st.sampled_from(["swift", "huggingface", "qwen-vl"]),
    st.lists(st.tuples(*[st.floats(0, 0.45)] * 2, *[st.floats(0.55, 1)] * 2), min_size=1, max_size=4),
)
def test_boxes_come_back_in_pixels_of_the_original(make, tmp_path_factory, size, most, target, shares) -> None:
    """Whatever the size: scaled back by what stands in pictures.parquet, a box is where it was within the target's."""
    home = tmp_path_factory.mktemp("any")
    Image.new("RGB", size).save(home / "a.png")
    width, height = size
    meant = [Box(x1 * width, y1 * height, x2 * width, y2 * height) for x1, y1, x2, y2 in shares]
    things = [Object(f"/{number}", f"thing {number}", box) for number, box in enumerate(meant)]
    media = Record("a", "labels.json", "/a", [Media("a.png", *size)], things)
    made = make(media, images=home, check_images=True, max_side=most, target=target, tasks=("detect",))
    now = size_within(size, most)
    (told,) = provenance(made.out) or [{"width": width, "height": height, "new_width": width, "new_height": height}]
    assert (told["new_width"], told["new_height"]) == now
    manifest = read_manifest(made.out)
    (row,) = rows(made.out, manifest, "train")
    found = load_target(target).decode(row, [now], manifest.render_options())
    back = {
        each.label: [
            value * (told["width"] / told["new_width"], told["height"] / told["new_height"])[at % 2]
            for at, value in enumerate(each.box)
        ]
        for each in found
    }
    bound = max(size) / 1000 + 1e-6 if target == "qwen-vl" else 1e-6 * max(size)
    for number, box in enumerate(meant):
        assert back[f"thing {number}"] == pytest.approx(list(box), abs=bound)


def test_a_moved_data_set_is_whole(tmp_path: Path) -> None:
    done = kitchen(tmp_path / "out", "swift", "--pictures", "copy", "--max-side", 200)
    assert done.exit_code == 0, done.stderr
    shutil.move(tmp_path / "out", tmp_path / "else")
    lines = (tmp_path / "else/train/train.jsonl").read_text().splitlines()
    names = [name for line in lines for name in json.loads(line)["images"]]
    assert len(names) > 5
    for name in names:
        with Image.open(tmp_path / "else" / name) as picture:
            assert max(picture.size) <= 200
    assert run("verify", tmp_path / "else").exit_code == 0
    assert run("lint", tmp_path / "else").exit_code == 0


@pytest.mark.parametrize(
    ("target", "asked", "said"),
    [
        ("webdataset", ["--pictures", "link"], "--pictures: the files of webdataset have their pictures inside"),
        ("llava", ["--pictures", "link", "--no-check-images"], "--pictures: pictures are not opened under --no-check"),
        ("llava", ["--max-side", 10, "--no-check-images"], "--max-side: pictures are not opened under --no-check"),
    ],
)
def test_what_cannot_be_is_said(target, asked, said, tmp_path: Path) -> None:
    done = kitchen(tmp_path / "out", target, *asked)
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("target", "file", "line"),
    [
        ("swift", "job/lora.sh", 'ROOT_IMAGE_DIR="$OUT" MAX_PIXELS='),
        ("qwen3-vl", "qwen_vl_finetune_data.py", "\nDATA_PATH = OUT  # the folder"),
        ("vary-toy", None, '\nIMAGES = f"{OUT}/"  # put before'),
    ],
)
def test_files_for_the_job_find_the_pictures_where_out_is(target, file, line, tmp_path: Path) -> None:
    for how in ("refer", "copy"):
        out = tmp_path / how
        done = kitchen(out, target, "--pictures", how, "--count-tokens")
        assert done.exit_code == 0, done.stderr
        texts = [out / file] if file else list(out.glob("*.py"))
        assert [line in text.read_text() for text in texts] == [how == "copy"]
        assert json.loads((out / "manifest.json").read_bytes())["options"]["image_root"] is None
