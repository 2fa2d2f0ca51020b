"""The look: edits that keep what is shown are the same, changes of what is shown are not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.pipelines.dedup.colour import agreeing_hues
from mmdata.pipelines.dedup.confirm import SIDE, Likeness, confirmed, likeness
from PIL import Image, ImageEnhance, ImageFilter


def put(picture):
    random = np.random.default_rng(9)
    thing = Image.fromarray(random.integers(0, 256, (10, 10, 3), np.uint8)).resize((110, 90), Image.Resampling.NEAREST)
    picture = picture.copy()
    picture.paste(thing, (100, 80))
    return picture


SAME = {
    "cut": lambda it: it.crop((12, 8, 310, 234)),
    "cut at one edge": lambda it: it.crop((24, 0, 320, 240)),
    "turned a little": lambda it: it.rotate(1.5, Image.Resampling.BICUBIC),
    "small": lambda it: it.resize((64, 48)),
    "squeezed": lambda it: it.resize((128, 128)),
    "dark": lambda it: ImageEnhance.Brightness(it).enhance(0.6),
    "more contrast": lambda it: ImageEnhance.Contrast(it).enhance(1.6),
    "blurred": lambda it: it.filter(ImageFilter.GaussianBlur(2)),
    "grey": lambda it: it.convert("L"),
    "more colour": lambda it: ImageEnhance.Color(it).enhance(1.8),
}
OTHER = {
    "mirrored": lambda it: it.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "turned": lambda it: it.rotate(90),
    "half of it": lambda it: it.crop((0, 0, 160, 240)),
    "negative": lambda it: Image.eval(it, lambda level: 255 - level),
    "something put before it": put,
}


@pytest.mark.parametrize("edit", SAME)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_edits_that_keep_what_is_shown(scene, saved, edit, number):
    assert confirmed(saved("a.png", scene(number)), saved("b.jpg", SAME[edit](scene(number)), quality=70))


@pytest.mark.parametrize("edit", OTHER)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_changes_of_what_is_shown(scene, saved, edit, number):
    assert not confirmed(saved("a.png", scene(number)), saved("b.png", OTHER[edit](scene(number))))


def test_another_colour_is_another_thing(saved):
    def square(colour, left):
        picture = Image.new("RGB", (64, 64), "white")
        picture.paste(colour, (left, 20, left + 24, 44))
        return picture

    red = saved("red.png", square("#c03030", 20))
    assert confirmed(red, saved("red too.png", square("#b03838", 20)))
    assert not confirmed(red, saved("blue.png", square("#4848ff", 20)))
    assert not confirmed(red, saved("moved.png", square("#c03030", 28)))


def test_what_cannot_be_decoded_is_like_nothing(saved, scene, tmp_path):
    (tmp_path / "none.jpg").write_bytes(b"")
    assert not confirmed(saved("a.png", scene(1)), tmp_path / "none.jpg")
    assert not confirmed(tmp_path / "none.jpg", tmp_path / "none.jpg")


@settings(max_examples=25, deadline=None)
@given(seeds=st.tuples(st.integers(0, 999), st.integers(0, 999)), low=st.integers(0, 255), spread=st.integers(0, 255))
def test_any_pixels_give_numbers(seeds, low, spread):
    one, other = (
        np.random.default_rng(seed).integers(low, low + spread + 1, (SIDE, SIDE)).astype(np.float32) for seed in seeds
    )
    found = likeness(one, other)
    assert np.isfinite([found.correlation, found.unlike, found.overlap, found.spread, found.shift]).all()
    assert not found.same or seeds[0] == seeds[1]


ALIKE = {"correlation": 0.95, "unlike": 0.01, "changed": 0, "overlap": 0.9, "spread": 0.9, "shift": 0.1}


@pytest.mark.parametrize(
    ("measured", "same"),
    [
        ({}, True),
        ({"correlation": 0.9}, True),
        ({"correlation": 0.89}, False),
        ({"unlike": 0.08}, True),
        ({"unlike": 0.09}, False),
        ({"changed": 2}, True),
        ({"changed": 3}, False),
        ({"overlap": 0.75}, True),
        ({"overlap": 0.74}, False),
        ({"shift": 0.2}, True),
        ({"shift": 0.21}, False),
        ({"spread": 0.4}, True),
        ({"spread": 0.39}, False),
        ({"spread": 0.39, "shift": 0.015}, True),
        ({"spread": 0.39, "shift": 0.016}, False),
    ],
)
def test_each_limit_counts_by_itself(measured, same):
    assert Likeness(**{**ALIKE, **measured}).same is same


def chroma(angle, strength=20.0):
    return np.full((16, 16, 2), [strength * np.cos(angle), strength * np.sin(angle)])


def test_hues_contradict_where_both_have_colours():
    """A twelfth of the circle is one hue; two are a quarter of one apart at most to agree."""
    step = 2 * np.pi / 12
    assert agreeing_hues(chroma(0), chroma(0.25 * step)) and not agreeing_hues(chroma(0), chroma(0.75 * step))
    assert not agreeing_hues(chroma(0), chroma(6 * step))
    assert agreeing_hues(chroma(0), chroma(6 * step, 5.9)) and not agreeing_hues(chroma(0), chroma(6 * step, 6.1))
    assert agreeing_hues(chroma(11.9 * step), chroma(0.1 * step)), "the circle is closed"
    half = np.concatenate([chroma(0)[:8], chroma(3 * step)[8:]])
    assert agreeing_hues(half, chroma(0)), "of two hues one is enough: their cosine is 0.71"
