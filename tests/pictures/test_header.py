"""The header reader against Pillow, on pictures made here and on the real ones."""

import io
import json
import os
import pickle
import random
import struct
import subprocess
import sys
import warnings
from pathlib import Path
from zlib import crc32

import pytest
from mmdata.converters.pictures.exif import orientation
from mmdata.converters.pictures.fault import PictureFault
from mmdata.converters.pictures.header import read_facts
from PIL import Image

FORMS = {
    "JPEG": {},
    "PNG": {},
    "WEBP": {},
    "GIF": {},
    "BMP": {},
    "TIFF": {},
    "PPM": {},
    "AVIF": {},
    "JPEG2000": {},
}
PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".gif", ".webp", ".mpo", ".jp2", ".avif", ".ppm", ".ico"}


def fault_of(path: Path) -> PictureFault:
    with pytest.raises(PictureFault) as caught:
        read_facts(path)
    return caught.value


def by_pillow(path: Path) -> tuple[str, int, int, int]:
    """Format, stored size and orientation, or an exception when the picture does not decode."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(path) as image:
            form, (width, height) = image.format, image.size
            value = image.getexif().get(0x0112, 1)
            image.load()
    return "JPEG" if form == "MPO" else form, width, height, value if value in range(1, 9) else 1


@pytest.mark.parametrize("form", FORMS)
def test_each_format_made_here_says_its_size(form, gradient, encoded, tmp_path):
    path = tmp_path / "picture"
    path.write_bytes(encoded(gradient(31, 17), form))
    facts = read_facts(path)
    assert (facts.format, facts.width, facts.height, facts.orientation) == (form, 31, 17, 1)
    assert facts.bytes == path.stat().st_size
    assert facts.remarks(f"x{facts.right_suffixes[0].upper()}") == ()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("value", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255, 65535])
def test_orientation_is_read_and_nonsense_is_one(form, value, gradient, encoded, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = value
    path = tmp_path / "picture"
    path.write_bytes(encoded(gradient(31, 17), form, exif=exif))
    facts = read_facts(path)
    assert facts.orientation == (value if 1 <= value <= 8 else 1)
    # AVIF turns by properties of its own, which Pillow's encoder writes and its decoder gives back as EXIF.
    assert (facts.width, facts.height) == (31, 17)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [3, 4, 8, 9])
def test_orientation_is_any_one_whole_number_as_for_pillow(order, kind, exif_block):
    block = exif_block(6, kind=kind, order=order)
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + block)
    assert orientation(block) == orientation(b"Exif\0\0" + block) == exif[0x0112] == 6


@pytest.mark.parametrize(("kind", "count"), [(1, 1), (6, 1), (3, 0), (3, 2)])
def test_orientation_of_a_strange_type_is_one(kind, count, exif_block):
    assert orientation(exif_block(6, kind=kind, count=count)) == 1


def test_png_exif_after_the_pixels_counts(gradient, encoded, exif_block, tmp_path):
    data = encoded(gradient(), "PNG")
    body = b"eXIf" + exif_block(8)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", crc32(body))
    path = tmp_path / "late.png"
    path.write_bytes(data[:-12] + chunk + data[-12:])
    assert read_facts(path).orientation == 8 == by_pillow(path)[3]


def test_jpeg_header_beyond_a_megabyte_of_segments(gradient, encoded, exif_block, tmp_path):
    data = encoded(gradient(31, 17), "JPEG")
    filler = b"\xff\xef\xff\xff" + bytes(65533)
    exif = b"Exif\0\0" + exif_block(6)
    path = tmp_path / "long.jpg"
    path.write_bytes(data[:2] + filler * 20 + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:])
    facts = read_facts(path)
    assert (facts.width, facts.height, facts.orientation) == (31, 17, 6)


def test_every_real_picture_as_pillow_has_it(shared):
    """No false alarm and no other size or orientation, on every real picture that Pillow decodes."""
    seen = 0
    for path in sorted((shared / "data").rglob("*")):
        if path.suffix.lower() not in PICTURES or "bad" in path.parts:
            continue
        try:
            expected = by_pillow(path)
        except Exception:
            assert fault_of(path).code in ("IM002", "IM014"), path
            continue
        facts = read_facts(path)
        assert (facts.format, facts.width, facts.height, facts.orientation) == expected, path
        seen += 1
    assert seen > 350


OUTCOMES = {
    "load OSError": {"IM002", "IM008", None},  # IM008: a 57-byte BMP of 3158064 x 48; None: Pillow's old ICO and apng
    "open OSError": {"IM014"},
    "open UnidentifiedImageError": {"IM014", "IM008"},
    "open ValueError": {"IM014"},
    "open TypeError": {"IM002", "IM014"},
    "open DecompressionBombError": {"IM005"},
    "load ValueError": {"IM014", "IM006"},
    "mode F": {"IM006"},
    "mode I": {"IM006"},
    "mode I;16": {"IM006"},
    "mode I;16B": {"IM006"},
    "multi-frame .psd": {"IM014"},
}


def test_every_bad_picture_has_the_code_of_its_outcome(shared):
    folder = shared / "data" / "bad" / "pillow"
    outcomes = json.loads((folder.parent / "pillow_outcomes.json").read_text())
    for name, outcome in outcomes.items():
        code = None
        try:
            read_facts(folder / name)
        except PictureFault as fault:
            code = fault.code
        assert code in OUTCOMES.get(outcome, {None}), (name, outcome, code)


def test_two_hundred_random_cuts_of_real_jpegs(shared, tmp_path):
    """`Image.verify` sees none of them."""
    chance = random.Random(7)  # noqa: S311
    whole = [path for path in sorted((shared / "data").rglob("*.jpg")) if "bad" not in path.parts]
    whole = [path for path in whole if path.read_bytes()[:2] == b"\xff\xd8"]
    target = tmp_path / "cut.jpg"
    for _ in range(200):
        data = chance.choice(whole).read_bytes()
        target.write_bytes(data[: chance.randrange(len(data) - 2)])
        assert fault_of(target).code == "IM002"


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "JPEG", "AVIF", "JPEG2000"])
def test_every_cut_of_a_small_picture(form, gradient, encoded, tmp_path):
    """A cut is a fault, or nothing that Pillow misses: its pixels are the whole picture's."""
    data = encoded(gradient(40, 30), form)
    target = tmp_path / "cut"
    for end in range(0, len(data), 1 + len(data) // 150):
        target.write_bytes(data[:end])
        try:
            read_facts(target)
        except PictureFault as fault:
            assert fault.code in ("IM002", "IM014")
            continue
        with Image.open(target) as cut, Image.open(io.BytesIO(data)) as whole:
            assert cut.tobytes() == whole.tobytes(), (form, end, len(data))


def test_padding_after_the_end_is_no_cut(gradient, encoded, tmp_path):
    for form in ("JPEG", "PNG", "WEBP", "GIF", "BMP"):
        path = tmp_path / form
        path.write_bytes(encoded(gradient(), form) + bytes(300))
        assert read_facts(path).format == form


def jpeg_header(width: int, height: int) -> bytes:
    frame = struct.pack(">BHHB", 8, height, width, 3) + b"\1\x22\0\2\x11\1\3\x11\1"
    return b"\xff\xd8\xff\xc0\0\x11" + frame + b"\xff\xda\0\x0c\3\1\0\2\x11\3\x11\0\x3f\0\xff\xd9"


@pytest.mark.parametrize(
    ("width", "height", "code"),
    [
        (65535, 65535, "IM005"),
        (20000, 8948, "IM005"),
        (0, 5, "IM008"),
        (201, 1, "IM008"),
        (7, 1401, "IM008"),
        (200, 1, None),
        (1, 1, None),
    ],
)
def test_shapes_from_the_header_alone(width, height, code, tmp_path):
    path = tmp_path / "shape.jpg"
    path.write_bytes(jpeg_header(width, height))
    if code is None:
        assert (read_facts(path).width, read_facts(path).height) == (width, height)
    else:
        fault = fault_of(path)
        assert (fault.code, fault.value) == (code, f"{width}x{height}")


def test_a_header_that_promises_more_than_its_bytes_can_hold_is_not_decoded(tmp_path):
    path = tmp_path / "promise.jpg"
    path.write_bytes(jpeg_header(13000, 13000)[:-2] + b"\0")
    assert "cannot hold 13000 x 13000" in fault_of(path).message


@pytest.mark.parametrize(
    ("start", "named"),
    [
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg xmlns='x'>", "an SVG drawing"),
        (b"<annotation>", "XML"),
        (b"8BPS\0\1", "a Photoshop document (PSD)"),
        (b"%PDF-1.7", "a PDF"),
        (b"\0\0\0\x1cftypheic", "a HEIC picture"),
        (b"\0\0\0\x1cftypisom", "an MP4 film or the like"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer, not the file itself"),
        (b'{"error": 404}', "JSON"),
        (b"not found\n", "a text file"),
        (bytes(100), "nothing but zero bytes"),
        (b"\xfe\x13\x07", "no format that mmdata knows"),
        (b"RIFF\0\0\0\0AVI ", "a film or sound in RIFF"),
    ],
)
def test_what_is_no_picture_is_named(start, named, tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(start)
    fault = fault_of(path)
    assert (fault.code, fault.value) == ("IM014", named)
    assert named in fault.message


def test_wrong_suffix_and_lost_colours_are_remarks(gradient, encoded, tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded(gradient().convert("RGBA"), "PNG"))
    remarks = read_facts(path).remarks(path)
    assert [(remark.code, remark.value) for remark in remarks] == [("IM003", ".jpg"), ("IM006", "RGBA")]
    path.write_bytes(encoded(gradient().convert("CMYK"), "JPEG"))
    assert [remark.code for remark in read_facts(path).remarks("a.JPG")] == ["IM006"]


def test_what_is_not_a_file(tmp_path):
    assert fault_of(tmp_path / "absent.jpg").code == "IM001"
    assert fault_of(tmp_path).value == "a folder"
    os.mkfifo(tmp_path / "pipe.jpg")
    assert fault_of(tmp_path / "pipe.jpg").value == "no regular file"
    assert fault_of(tmp_path / ("x" * 300)).code == "IM014"
    (tmp_path / "empty.jpg").touch()
    assert (fault_of(tmp_path / "empty.jpg").code, fault_of(tmp_path / "empty.jpg").value) == ("IM002", 0)


def test_a_fault_survives_a_process_border():
    fault = pickle.loads(pickle.dumps(PictureFault("IM002", 3, "cut")))  # noqa: S301
    assert (fault.code, fault.value, str(fault)) == ("IM002", 3, "cut")


def test_reading_headers_does_not_load_pillow():
    program = (
        "import sys, mmdata.converters.pictures.find, mmdata.converters.pictures.header; print('PIL' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def with_segments(data: bytes, *segments: bytes) -> bytes:
    """A JPEG with something more between its first two bytes and the rest."""
    return data[:2] + b"".join(segments) + data[2:]


def test_what_decoders_forgive_before_the_first_scan(gradient, encoded, tmp_path):
    """Fill bytes, junk between segments, markers without a length: Pillow reads on, and so do we."""
    path = tmp_path / "odd.jpg"
    app = b"\xff\xe5\0\4ab"
    path.write_bytes(with_segments(encoded(gradient(31, 17), "JPEG"), app, b"\xff\xff", app, b"junk", app))
    facts = read_facts(path)
    assert (facts.format, facts.width, facts.height, facts.orientation) == by_pillow(path) == ("JPEG", 31, 17, 1)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c", "12-bit JPEG"),
        (b"\xff\xc0", b"\xff\xe7", "without a frame header"),
        (b"\xff\xc0", b"\xff\xc3", ""),  # a lossless frame that is none: left to Pillow
    ],
)
def test_jpegs_that_no_trainer_opens(old, new, words, gradient, encoded, tmp_path):
    path = tmp_path / "odd.jpg"
    path.write_bytes(encoded(gradient(), "JPEG").replace(old, new))
    fault = fault_of(path)
    assert fault.code in (("IM014",) if words else ("IM002", "IM014"))
    assert words in fault.message


def test_tiff_size_is_the_stored_one(gradient, encoded, tmp_path):
    """Pillow gives a TIFF's upright size before it has turned a pixel."""
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "a.tif"
    path.write_bytes(encoded(gradient(31, 17), "TIFF", exif=exif))
    facts = read_facts(path)
    assert (facts.width, facts.height, facts.orientation) == (31, 17, 6)
    with Image.open(path) as image:
        assert image.size == (17, 31)


def test_a_png_without_its_end_chunk_is_asked_of_pillow(gradient, encoded, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(encoded(gradient(), "PNG")[:-12])
    assert read_facts(path).width == 24


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF"])
def test_a_cut_anywhere_is_a_cut(form, gradient, encoded, tmp_path):
    """Also in the last chunks of a PNG, where Pillow has all pixels already and other readers refuse the file."""
    data = encoded(gradient(), form)
    path = tmp_path / "cut"
    for end in {*range(0, len(data), 1 + len(data) // 200), *range(len(data) - 20, len(data))} - {len(data) - 12}:
        path.write_bytes(data[:end])
        if form == "GIF" and end > len(data) - 3:  # without its trailer, or the empty block before it, a GIF is whole
            continue
        assert fault_of(path).code == "IM002", (form, end)
