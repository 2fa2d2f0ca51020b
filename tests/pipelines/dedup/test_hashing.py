"""Hashes: upright, of any format and mode, none of what is no picture; remembered by path, size and time."""

import os

import numpy as np
import pytest
from mmdata.pipelines.dedup.hashing import is_plain, looks
from mmdata.pipelines.lint.cache import Cache
from PIL import Image
from PIL.Image import Transpose

TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_90,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_270,
}
"""How a picture is stored so that EXIF's orientation shows it upright again."""


def apart(seen, one, other):
    return [int(hashes[one] ^ hashes[other]).bit_count() for hashes in (seen.difference, seen.frequency)]


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.webp"])
@pytest.mark.parametrize("orientation", TURNS)
def test_a_turned_picture_looks_as_people_see_it(scene, saved, orientation, name):
    exif = Image.Exif()
    exif[0x0112] = orientation
    whole = saved(f"upright-{name}", scene(1))
    turned = saved(name, scene(1).transpose(TURNS[orientation]), exif=exif)
    seen = looks([whole, turned])
    assert max(apart(seen, 0, 1)) <= 4
    assert (seen.width.tolist(), seen.height.tolist()) == ([320, 320], [240, 240])


def test_modes_and_sizes_do_not_matter(scene, saved):
    picture = scene(2)
    deep = Image.fromarray(np.asarray(picture.convert("L"), np.uint16) * 257)
    clear = picture.convert("RGBA")
    others = [
        picture.convert("L"),
        picture.quantize(64),
        clear,
        deep,
        picture.resize((90, 60)),
        picture.convert("CMYK"),
    ]
    paths = [saved(f"{at}.tif", each) for at, each in enumerate([picture, *others])]
    seen = looks(paths)
    assert seen.known.all()
    assert max(max(apart(seen, 0, at)) for at in range(1, len(paths))) <= 6


def test_what_is_transparent_is_seen_on_white(saved):
    drawn = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
    drawn.paste((0, 0, 0, 255), (20, 20, 60, 60))
    whole = Image.new("RGB", (80, 80), "white")
    whole.paste((0, 0, 0), (20, 20, 60, 60))
    assert apart(looks([saved("clear.png", drawn), saved("white.png", whole)]), 0, 1) == [0, 0]


def test_what_has_no_look(scene, saved, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "text.jpg").write_text("no picture")
    cut = saved("cut.jpg", scene(3))
    cut.write_bytes(cut.read_bytes()[:600])
    plain = saved("plain.png", Image.new("RGB", (64, 64), "white"))
    paths = [None, tmp_path / "gone.jpg", tmp_path, tmp_path / "pipe", tmp_path / "text.jpg", cut, plain]
    assert not looks(paths).known.any()
    assert looks(paths).width.tolist()[-1] == 64


def test_what_is_remembered_is_not_read_again_until_the_file_changes(scene, saved, tmp_path):
    path = saved("a.png", scene(4))
    os.utime(path, (1, 1))
    cache = Cache(tmp_path / "cache")
    first = looks([path, path], cache)
    whole = path.read_bytes()
    path.write_bytes(bytes(len(whole)))
    os.utime(path, (1, 1))
    again = looks([path], cache)
    assert again.difference[0] == first.difference[0] == first.difference[1]
    os.utime(path, (2, 2))
    assert not looks([path], cache).known.any()


def test_a_picture_of_one_tone_is_noise():
    """Patches that lie within twelve levels of grey; a hash of it would be chance."""
    shades = np.tile(np.linspace(100, 112, 9, dtype=np.float32).repeat(8), (72, 1))
    assert is_plain(shades) and not is_plain(shades * 1.1)
