"""Where a picture was taken: found by the header's reader, taken out without another byte changed."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdata.converters.pictures.exif import located, without_position
from mmdata.converters.pictures.header import read_facts
from mmdata.converters.pictures.location import without_location
from PIL import Image


def taken(form: str, *, there: bool = True) -> bytes:
    """A picture with EXIF in that format: turned, with a position if it is `there`, else GPS's version alone."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a shelf"
    gps = {0: b"\2\3\0\0"} | ({1: "N", 2: (48.0, 12.0, 36.5), 3: "E", 4: (11.0, 34.0, 1.25)} if there else {})
    exif[0x8825] = gps
    held = io.BytesIO()
    Image.effect_noise((64, 48), 90).convert("RGB").save(held, form, exif=exif.tobytes())
    return held.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_the_position_alone_is_taken_out(form: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    before = taken(form)
    path.write_bytes(before)
    assert read_facts(path).located
    after = without_location(before)
    path.write_bytes(after)
    facts = read_facts(path)
    assert not facts.located
    assert facts.orientation == 6
    assert len(after) == len(before)
    with Image.open(io.BytesIO(before)) as old, Image.open(io.BytesIO(after)) as new:
        assert old.tobytes() == new.tobytes()
        assert new.getexif()[0x010E] == "a shelf"
        assert not {2, 4} & set(new.getexif().get_ifd(0x8825))
    assert without_location(after) == after


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_gps_without_a_place_is_no_position(form: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(taken(form, there=False))
    assert not read_facts(path).located


@given(st.binary(max_size=300), st.booleans())
def test_whatever_the_block_holds(noise: bytes, order: bool) -> None:
    block = (b"II*\0\x08\0\0\0" if order else b"MM\0*\0\0\0\x08") + noise
    assert len(without_position(block)) == len(block)
    assert not located(without_position(block)) or not located(block)
    without_location(b"\xff\xd8\xff\xe1" + noise)
    without_location(b"\x89PNG\r\n\x1a\n" + noise)
    without_location(b"RIFF0000WEBP" + noise)
