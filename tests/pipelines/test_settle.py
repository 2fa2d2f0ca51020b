"""Pictures found, looked at, brought upright: what becomes of each bad one, and of the boxes of turned ones."""

import errno
import json
import unicodedata
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from mmdata.converters.records import Media, Object, Record
from mmdata.converters.targets.qwen_vl import decode
from mmdata.pipelines.job import Limit
from mmdata.schemas.box import Box, turn_points, upright_size
from mmdata.schemas.errors import LimitError, OutputError
from PIL import Image, ImageOps

ALL = Limit(share=1.0)
WIDTH, HEIGHT = 60, 40  # upright
SPOT = Box(6, 8, 18, 20)  # upright; white on black


def record(name: str, size: tuple[int, int] = (0, 0), box: Box | None = SPOT) -> Record:
    things = [Object(f"/{name}/0", "spot", box)] if box else []
    return Record(name, "labels.json", f"/{name}", [Media(name, *size)], things)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


def spotted() -> Image.Image:
    picture = Image.new("RGB", (WIDTH, HEIGHT))
    picture.paste((255, 255, 255), tuple(map(int, SPOT)))
    return picture


def stored(orientation: int) -> Image.Image:
    """The picture as a camera stores it that notes this orientation."""
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    return spotted().transpose(turns[orientation]) if orientation in turns else spotted()


def save(path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    stored(orientation).save(path, exif=exif, quality=95)


def stored_box(orientation: int) -> Box:
    """Where the spot is in the stored picture: where the white is."""
    bright = np.asarray(stored(orientation).convert("L")) > 128
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    return Box(*(float(v) for v in (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)))


def shown_in(row: dict) -> Path:
    return Path(row["conversations"][0]["value"].partition("<img>")[2].partition("</img>")[0])


def assert_on_the_spot(row: dict) -> None:
    """The emitted file is there, upright by itself, and the decoded box lies on the white."""
    with Image.open(shown_in(row)) as picture:
        assert picture.size == (WIDTH, HEIGHT)
        assert ImageOps.exif_transpose(picture).size == (WIDTH, HEIGHT)
        grey = np.asarray(picture.convert("L"))
    (found,) = decode(row, [(WIDTH, HEIGHT)])
    assert max(abs(a - b) for a, b in zip(found.box, SPOT, strict=True)) <= WIDTH / 2000 + 1e-9
    x1, y1, x2, y2 = (round(value) for value in found.box)
    assert grey[y1 + 2 : y2 - 2, x1 + 2 : x2 - 2].min() > 200
    outside = grey.copy()
    outside[y1 - 3 : y2 + 3, x1 - 3 : x2 + 3] = 0
    assert outside.max() < 60


def stored_record(name: str, orientation: int) -> Record:
    width, height = upright_size(orientation, WIDTH, HEIGHT)  # the turn is its own way back for sizes
    return record(name, (width, height), stored_box(orientation))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_drawn_upright_stay_where_they_are(make, photos: Path, orientation: int) -> None:
    save(photos / "a.jpg", orientation)
    made = make(record("a.jpg", (WIDTH, HEIGHT)), images=photos, check_images=True)
    assert_on_the_spot(made.rows()[0])
    assert (shown_in(made.rows()[0]).parent == made.out / "images") == (orientation != 1)
    assert made.lint["counts"] == ({"IM004": 1} if orientation != 1 else {})


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_of_the_stored_picture_are_turned_with_it(make, photos: Path, orientation: int) -> None:
    """Sizes tell the frame for quarter turns; for the others the user must say it."""
    save(photos / "a.jpg", orientation)
    given = {"images": photos, "check_images": True}
    told = make(stored_record("a.jpg", orientation), exif_boxes="stored", **given)
    assert_on_the_spot(told.rows()[0])
    if orientation >= 5:
        assert_on_the_spot(make(stored_record("a.jpg", orientation), **given).rows()[0])


def test_who_says_upright_is_believed_against_the_sizes(make, photos: Path) -> None:
    save(photos / "a.jpg", 6)
    made = make(record("a.jpg", (HEIGHT, WIDTH)), images=photos, check_images=True, exif_boxes="upright")
    assert_on_the_spot(made.rows()[0])


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_orientations_that_there_are_not_are_none(make, photos: Path, orientation: int) -> None:
    save(photos / "a.jpg", orientation)
    made = make(record("a.jpg", (WIDTH, HEIGHT)), images=photos, check_images=True)
    assert shown_in(made.rows()[0]) == photos / "a.jpg"
    assert_on_the_spot(made.rows()[0])


def test_turned_pictures_can_be_left_as_they_are(make, photos: Path) -> None:
    save(photos / "a.jpg", 6)
    made = make(record("a.jpg", (WIDTH, HEIGHT)), images=photos, check_images=True, upright=False)
    assert shown_in(made.rows()[0]) == photos / "a.jpg"
    assert not (made.out / "images").exists()
    assert decode(made.rows()[0], [(WIDTH, HEIGHT)])[0].box.x1 == pytest.approx(SPOT.x1, abs=0.03)


@pytest.mark.parametrize("orientation", [2, 3, 5, 6, 8])
def test_all_shapes_turn_with_the_picture(make, photos: Path, orientation: int) -> None:
    save(photos / "a.jpg", orientation)
    box = stored_box(orientation)
    size = upright_size(orientation, WIDTH, HEIGHT)
    given = record("a.jpg", size, box)
    given.objects[0].quad = [box.x1, box.y1, box.x2, box.y1, box.x2, box.y2, box.x1, box.y2]
    made = make(given, images=photos, check_images=True, exif_boxes="stored", rotated="quad")
    (found,) = decode(made.rows()[0], [(WIDTH, HEIGHT)])
    corners = np.array(given.objects[0].quad).reshape(-1, 2)
    wanted = turn_points(corners, orientation, *map(float, size)).reshape(-1)
    assert found.quad == pytest.approx(wanted.tolist(), abs=WIDTH / 2000 + 1e-9)


def test_a_real_photo_in_all_eight_orientations_is_one_photo(make, shared: Path) -> None:
    """The same landscape as nine cameras would store it: the same box on the same ridge, in the same pixels."""
    folder = shared / "data" / "exif" / "landscape"
    with Image.open(folder / "Landscape_1.jpg") as first:
        size = first.size
        wanted = np.asarray(first.convert("L"), np.float64)
    box = Box(size[0] * 0.1, size[1] * 0.2, size[0] * 0.4, size[1] * 0.9)
    names = [f"Landscape_{number}.jpg" for number in range(9)]
    made = make(*(record(name, size, box) for name in names), images=folder, check_images=True)
    found = {row["id"]: decode(row, [size])[0].box for row in made.rows()}
    assert len(set(found.values())) == 1
    for row in made.rows():
        with Image.open(shown_in(row)) as picture:
            assert picture.size == size
            assert abs(np.asarray(picture.convert("L"), np.float64) - wanted).mean() < 6


# Bad pictures


def _bomb(path: Path) -> None:
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    path.write_bytes(head + b"\0" * 100)


def _cut(path: Path) -> None:
    spotted().save(path)
    path.write_bytes(path.read_bytes()[:-200])


BAD = {
    "missing": ("a.jpg", lambda path: None, {"IM001"}),
    "truncated": ("a.jpg", _cut, {"IM002"}),
    "bomb": ("a.png", _bomb, {"IM005", "IM014"}),
    "html": ("a.jpg", lambda path: path.write_text("<!DOCTYPE html><html>404</html>"), {"IM014"}),
    "empty": ("a.jpg", lambda path: path.touch(), {"IM002", "IM014"}),
    "folder": ("a.jpg", lambda path: path.mkdir(), {"IM001"}),
    "address": ("https://example.org/a.jpg", lambda path: None, {"IM012"}),
    "outside": ("../a.jpg", lambda path: None, {"SE001"}),
    "other size": ("a.png", lambda path: spotted().resize((30, 20)).save(path), {"GE012"}),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_picture_costs_itself_and_no_other(make, photos: Path, kind: str) -> None:
    name, damage, codes = BAD[kind]
    spotted().save(photos / "good.jpg")
    if ".." not in name and "//" not in name:
        damage(photos / name)
    bad, good = record(name, (WIDTH, HEIGHT)), record("good.jpg", (WIDTH, HEIGHT))
    made = make(bad, good, images=photos, check_images=True, max_rejected=ALL)
    assert [row["id"] for row in made.rows()] == ["good.jpg-detect"]
    (code,) = made.manifest["accounting"]["images"]["rejected"]
    assert code in codes
    assert made.manifest["accounting"]["annotations"]["rejected"] == {code: 1}
    with pytest.raises(LimitError, match=f"Look first at {code}"):
        make(bad, good, images=photos, check_images=True)


def test_a_wrong_suffix_is_left_out(make, photos: Path) -> None:
    """A PNG called .jpg was put there by a tool that did not know what it did: nobody has vouched for the rest."""
    spotted().save(photos / "a.jpg", format="PNG")
    spotted().save(photos / "b.jpg")
    both = record("a.jpg", (WIDTH, HEIGHT)), record("b.jpg", (WIDTH, HEIGHT))
    made = make(*both, images=photos, check_images=True, max_rejected=ALL)
    assert [row["id"] for row in made.rows()] == ["b.jpg-detect"]
    assert made.manifest["accounting"]["images"]["rejected"] == {"IM003": 1}
    assert made.manifest["accounting"]["annotations"]["rejected"] == {"IM003": 1}


def test_a_wrong_suffix_is_noted_where_such_pictures_are_kept(make, photos: Path) -> None:
    """Trainers open pictures by their bytes, so a PNG called .jpg is whole."""
    spotted().save(photos / "a.jpg", format="PNG")
    made = make(record("a.jpg", (WIDTH, HEIGHT)), images=photos, check_images=True, wrong_extension="keep")
    assert len(made.rows()) == 1
    assert made.lint["counts"] == {"IM003": 1}


def test_one_bad_page_costs_its_document(make, photos: Path) -> None:
    spotted().save(photos / "1.jpg")
    doc = Record("doc", "labels.json", "/doc", [Media("1.jpg"), Media("2.jpg")], [Object("/o", "spot", SPOT)])
    spotted().save(photos / "good.jpg")
    made = make(doc, record("good.jpg"), images=photos, check_images=True, max_rejected=ALL)
    assert made.manifest["accounting"]["images"] == {"read": 3, "written": 1, "rejected": {"IM001": 2}}
    assert made.manifest["accounting"]["annotations"]["rejected"] == {"IM001": 1}


def test_unlooked_at_pictures_need_declared_sizes(make, photos: Path) -> None:
    made = make(record("gone.jpg", (60, 40)), record("unknown.jpg"), images=photos, max_rejected=ALL)
    assert [str(shown_in(row)) for row in made.rows()] == [str(photos / "gone.jpg")]
    assert made.manifest["accounting"]["images"]["rejected"] == {"AN023": 1}


# Paths


@pytest.mark.parametrize(
    "name",
    [
        unicodedata.normalize("NFD", "Zoë.jpg"),
        "a<b>.jpg",
        "x" * 100 + "/" + "y" * 200 + ".jpg",
        "街" * 80 + ".jpg",
    ],
    ids=["NFD", "tag", "long", "long in bytes"],
)
def test_a_picture_whose_path_no_trainer_takes_is_housed(make, photos: Path, name: str) -> None:
    path = photos / name
    path.parent.mkdir(exist_ok=True)
    spotted().save(path)
    made = make(record(name, (WIDTH, HEIGHT)), images=photos, check_images=True)
    home = shown_in(made.rows()[0])
    assert home.parent == made.out / "images"
    assert home.read_bytes() == path.read_bytes()
    assert_on_the_spot(made.rows()[0])
    assert made.lint["counts"] == {"IM011": 1}
    assert f"images/{home.name}" in {each["path"] for each in made.manifest["files"]}


@pytest.mark.parametrize("step", ["rewritten.write_upright", "pictures.copy_picture"])
def test_a_full_disk_is_said_of_the_picture_under_out(make, photos: Path, step: str, monkeypatch) -> None:
    """Pillow says it without a file's name; it is neither our fault nor the picture's."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"mmdata.pipelines.{step}", refuse)
    turned = step.endswith("upright")
    name = "turned.jpg" if turned else "a<b.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6 if turned else 1
    spotted().save(photos / name, exif=exif)
    with pytest.raises(OutputError, match=r"images/.*No space left .*ENOSPC"):
        make(record(name), images=photos, check_images=True)


def test_a_path_that_cannot_be_housed_is_refused(make, tmp_path: Path, photos: Path) -> None:
    """Where OUT itself is too deep, or pictures may not be looked at, nothing helps."""
    name = "y" * 240 + ".jpg"
    spotted().save(photos / name)
    spotted().save(photos / "good.jpg")
    deep = tmp_path / ("o" * 120) / ("p" * 120) / "out"
    both = record(name, (WIDTH, HEIGHT)), record("good.jpg", (WIDTH, HEIGHT))
    (deep.parent).mkdir(parents=True)
    made = make(*both, images=photos, check_images=True, max_rejected=ALL, out=deep)
    assert made.manifest["accounting"]["samples"]["rejected"] == {"TG012": 1}
    blind = make(*both, record("a<img>.jpg", (9, 9)), images=photos, max_rejected=ALL)
    assert blind.manifest["accounting"]["images"]["rejected"] == {"IM011": 1, "TG012": 1}


def test_paths_relative_to_a_root_are_shorter_and_start_there(make, tmp_path: Path, photos: Path) -> None:
    spotted().save(photos / "a.jpg")
    save(photos / "b.jpg", 6)
    made = make(
        record("a.jpg"), record("b.jpg"), images=photos, check_images=True, image_root=tmp_path / "x" / ".." / "photos"
    )
    first, second = (str(shown_in(row)) for row in made.rows())
    assert first == "a.jpg"
    assert (photos / second).resolve().parent == (made.out / "images").resolve()


def test_a_root_rescues_a_long_path(make, tmp_path: Path) -> None:
    photos = tmp_path / ("d" * 150) / ("e" * 100)
    photos.mkdir(parents=True)
    spotted().save(photos / "a.jpg")
    made = make(record("a.jpg"), images=photos, check_images=True, image_root=photos)
    assert str(shown_in(made.rows()[0])) == "a.jpg"
    assert not (made.out / "images").exists()


# More pages than one


def test_pages_are_numbered_and_boxes_say_theirs(make) -> None:
    media = [Media(f"{page}.jpg", 100 * (page + 1), 100) for page in range(3)]
    things = [Object(f"/{page}", "stamp", Box(10, 10, 20 + 10 * page, 40), page) for page in (2, 0, 2)]
    doc = Record("doc", "labels.json", "/doc", media, things)
    made = make(doc, tasks=("detect", "ground", "refer"))
    sizes = [(medium.width, medium.height) for medium in media]
    for row in made.rows():
        text = json.dumps(row)
        marks = [text.index(f"Picture {page + 1}: <img>") for page in range(3)]
        assert all(one < other for one, other in pairwise(marks))
        found = decode(row, sizes)
        assert sorted(each.media for each in found) == [0, 2, 2]
        for each in found:
            assert any(
                thing.media == each.media and each.box.x2 == pytest.approx(thing.box.x2, abs=0.2) for thing in things
            )


def test_who_named_no_folder_is_told_how(make, tmp_path: Path) -> None:
    with pytest.raises(LimitError) as caught:
        make(record("a.jpg"), check_images=True)
    assert "Look first at IM001 missing-image (1 image), such as labels.json: /a.jpg:" in caught.value.remedy
    assert "--images DIR" in caught.value.remedy
    assert "--no-check-images" in caught.value.remedy
    with pytest.raises(LimitError, match="Check --images"):
        make(record("a.jpg"), check_images=True, images=tmp_path)
