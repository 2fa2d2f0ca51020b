"""Pictures written upright: all eight orientations, the formats, what is kept and what is not; and their names."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdata.converters.pictures.fault import PictureFault
from mmdata.converters.pictures.header import read_facts
from mmdata.converters.pictures.upright import copy_picture, house_name, upright_suffix, write_upright
from mmdata.schemas.box import turn_boxes, upright_size
from PIL import Image, ImageCms, ImageOps
from PIL.JpegImagePlugin import get_sampling


def with_orientation(value):
    exif = Image.Exif()
    exif[0x0112] = value
    exif[0x010E] = "where it was taken"
    return exif


def near(first, second):
    """The mean difference of two pictures, 0 to 255."""
    return float(np.abs(np.asarray(first.convert("RGB"), float) - np.asarray(second.convert("RGB"), float)).mean())


@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize(("form", "how"), [("JPEG", {"quality": 95}), ("PNG", {}), ("WEBP", {}), ("TIFF", {})])
def test_written_as_pillow_shows_it(form, how, value, gradient, encoded, tmp_path):
    path = tmp_path / "turned"
    path.write_bytes(encoded(gradient(48, 32), form, exif=with_orientation(value), **how))
    facts = read_facts(path)
    out = tmp_path / f"upright{upright_suffix(facts)}"
    size = write_upright(path, facts, out)
    written = read_facts(out)
    assert (written.width, written.height) == size == upright_size(value, 48, 32)
    assert (written.format, written.orientation) == (form, 1)
    assert written.remarks(out) == ()
    with Image.open(path) as source, Image.open(out) as result:
        assert near(ImageOps.exif_transpose(source), result) < 2
        assert not set(result.getexif()) & {0x0112, 0x010E}


def test_the_nine_landscapes_become_one_picture(shared, tmp_path):
    """One photograph, stored in nine ways: the files written and a box turned into them agree."""
    folder = shared / "data" / "exif" / "landscape"
    boxes, pictures = [], []
    truth = np.array([[100.0, 200.0, 700.0, 900.0]])
    for value in range(9):
        path = folder / f"Landscape_{value}.jpg"
        facts = read_facts(path)
        assert facts.orientation == max(value, 1)
        out = tmp_path / path.name
        assert write_upright(path, facts, out) == (1800, 1200)
        with Image.open(out) as image:
            pictures.append(image.convert("RGB").resize((450, 300)))
        stored = stored_box(truth, facts.orientation, facts.width, facts.height)
        boxes.append(turn_boxes(stored, facts.orientation, facts.width, facts.height))
    assert all(np.array_equal(each, truth) for each in boxes)
    assert max(near(pictures[0], each) for each in pictures) < 4


def stored_box(box, orientation, width, height):
    """Where an upright box lies in the stored picture: by the orientation that undoes the first."""
    undone = {6: 8, 8: 6}.get(orientation, orientation)
    return turn_boxes(box, undone, *upright_size(orientation, width, height))


@pytest.mark.parametrize(("given_sampling", "value", "kept"), [(0, 6, 0), (1, 6, 0), (2, 6, 2), (1, 3, 1), (2, 3, 2)])
def test_subsampling_is_kept_where_it_can_be(given_sampling, value, kept, gradient, encoded, tmp_path):
    path, out = tmp_path / "a.jpg", tmp_path / "b.jpg"
    data = encoded(gradient(48, 32), "JPEG", subsampling=given_sampling, exif=with_orientation(value))
    path.write_bytes(data)
    write_upright(path, read_facts(path), out)
    with Image.open(out) as image:
        assert get_sampling(image) == kept


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_jpegs_of_other_colours(mode, gradient, encoded, tmp_path):
    path, out = tmp_path / "a.jpg", tmp_path / "b.jpg"
    path.write_bytes(encoded(gradient().convert(mode), "JPEG", quality=95, exif=with_orientation(6)))
    write_upright(path, read_facts(path), out)
    with Image.open(path) as source, Image.open(out) as result:
        assert result.mode == mode
        assert near(ImageOps.exif_transpose(source), result) < 2


def test_the_profile_stays_and_comments_go(gradient, encoded, tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path, out = tmp_path / "a.jpg", tmp_path / "b.jpg"
    exif = with_orientation(8)
    path.write_bytes(encoded(gradient(), "JPEG", icc_profile=profile, exif=exif, comment=b"hello", dpi=(300, 300)))
    write_upright(path, read_facts(path), out)
    with Image.open(out) as image:
        assert image.info["icc_profile"] == profile
        assert "comment" not in image.info
        assert b"hello" not in out.read_bytes()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_same_picture_gives_the_same_bytes(form, gradient, encoded, tmp_path):
    path = tmp_path / "a"
    path.write_bytes(encoded(gradient(), form, exif=with_orientation(5)))
    facts = read_facts(path)
    for name in ("one", "two"):
        write_upright(path, facts, tmp_path / f"{name}{upright_suffix(facts)}")
    one, two = sorted((tmp_path).glob("???.*"))
    assert one.read_bytes() == two.read_bytes()


def test_webp_without_loss_stays_without_loss(gradient, encoded, tmp_path):
    path, out = tmp_path / "a.webp", tmp_path / "b.webp"
    path.write_bytes(encoded(gradient(), "WEBP", lossless=True, exif=with_orientation(3)))
    write_upright(path, read_facts(path), out)
    with Image.open(path) as source, Image.open(out) as result:
        assert near(ImageOps.exif_transpose(source), result) == 0


def test_palettes_and_transparency_are_kept(gradient, encoded, tmp_path):
    path, out = tmp_path / "a.png", tmp_path / "b.png"
    picture = gradient().convert("P", palette=Image.Palette.ADAPTIVE)
    path.write_bytes(encoded(picture, "PNG", transparency=3, exif=with_orientation(6)))
    write_upright(path, read_facts(path), out)
    with Image.open(path) as source, Image.open(out) as result:
        assert result.info["transparency"] == 3
        assert ImageOps.exif_transpose(source).convert("RGBA").tobytes() == result.convert("RGBA").tobytes()


def test_a_picture_whose_pixels_break_off(gradient, encoded, tmp_path):
    path = tmp_path / "a.jpg"
    data = encoded(gradient(400, 300), "JPEG", exif=with_orientation(6))
    path.write_bytes(data)
    facts = read_facts(path)
    path.write_bytes(data[: len(data) // 2])  # it is being replaced while we work
    with pytest.raises(PictureFault) as caught:
        write_upright(path, facts, tmp_path / "b.jpg")
    assert caught.value.code == "IM002"
    assert not (tmp_path / "b.jpg").exists()


def test_a_copy_has_the_same_bytes(tmp_path):
    (tmp_path / "a b.jpg").write_bytes(b"whatever")
    copy_picture(tmp_path / "a b.jpg", tmp_path / "a.jpg")
    assert (tmp_path / "a.jpg").read_bytes() == b"whatever"


@pytest.mark.parametrize(
    ("path", "stem"),
    [
        ("train/000012.jpg", "000012"),
        ("My holiday <img> (3).JPG", "My-holiday-img-3"),
        ("图片.png", "picture"),
        ("été.jpg", "ete"),
        ("a.b.c.jpg", "a-b-c"),
        ("x" * 300 + ".jpg", "x" * 40),
        ("..", "picture"),
        ("windows\\dir\\a.jpg", "a"),
    ],
)
def test_house_names(path, stem):
    assert re.fullmatch(re.escape(stem) + r"-[0-9a-f]{16}\.jpg", house_name(path, ".jpg"))


@given(st.text(), st.text())
def test_house_names_are_safe_and_apart(first, second):
    name = house_name(first, ".jpg")
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,57}\.jpg", name)
    assert (name == house_name(second, ".jpg")) == (first == second)
