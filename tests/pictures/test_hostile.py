"""No bytes, however hostile, make the header reader do anything but answer or raise `PictureFault`."""

import struct
import tracemalloc
import warnings
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.pictures.fault import PictureFault
from mmdata.converters.pictures.header import read_facts

MAGICS = [
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF89a",
    b"BM",
    b"RIFF\x40\0\0\0WEBPVP8X",
    b"RIFF\x40\0\0\0WEBPVP8 ",
    b"II*\0\x08\0\0\0",
    b"MM\0*",
    b"\0\0\0\x0cjP  \r\n\x87\n",
    b"\0\0\0\x20ftypavif",
    b"\0\0\1\0\1\0",
    b"P5\n",
]
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def survives(path, data):
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nor does a warning of Pillow's escape
        try:
            facts = read_facts(path)
        except PictureFault as fault:
            assert fault.code in ("IM002", "IM005", "IM006", "IM008", "IM014")
            assert fault.message
        else:
            assert facts.width > 0
            assert facts.height > 0
            assert facts.orientation in range(1, 9)


@QUICK
@given(magic=st.sampled_from(MAGICS), rest=st.binary(max_size=200))
def test_noise_after_a_signature(magic, rest, tmp_path):
    survives(tmp_path / "noise", magic + rest)


@pytest.fixture(scope="module")
def seeds(gradient, encoded, exif_block):
    exif = b"Exif\0\0" + exif_block(6)
    forms = {"JPEG": {"exif": exif}, "PNG": {"exif": exif}, "WEBP": {"exif": exif}, "GIF": {}, "BMP": {}, "TIFF": {}}
    return [encoded(gradient(), form, **how) for form, how in forms.items()]


@QUICK
@given(
    which=st.integers(0, 5),
    edits=st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0, 1, 0x7F, 0x80, 0xD9, 0xFE, 0xFF])), max_size=8),
    end=st.floats(0.2, 1),
)
def test_mutations_of_whole_pictures(which, edits, end, seeds, tmp_path):
    data = bytearray(seeds[which])
    for place, value in edits:
        # Squared: most of what a reader believes stands at the beginning.
        data[int(place * place * (len(data) - 1))] = value
    survives(tmp_path / "mutated", bytes(data[: int(end * len(data))]))


def test_endless_chains_end(tmp_path):
    hostile = {
        "empty segments": b"\xff\xd8\xff" + b"\xef\0\2\xff" * 300_000,
        "zero length": b"\xff\xd8\xff" + b"\xef\0\0\xff" * 300_000,
        "fill bytes": b"\xff\xd8" + b"\xff" * 2_000_000,
        "restarts": b"\xff\xd8\xff\xd0" + b"\xff\xd0" * 500_000,
        "junk": b"\xff\xd8\xff\xe0\0\2" + b"\0" * 5_000_000,
        "gif blocks": b"GIF89a\5\0\5\0\0\0\0\x21\xfe" + b"\1\0" * 500_000,
        "gif frames": b"GIF89a\5\0\5\0\0\0\0" + b"\x2c\0\0\0\0\1\0\1\0\0\2\0" * 100_000,
        "riff chunks": b"RIFF\xff\xff\xff\xffWEBPVP8X\x0a\0\0\0\x08\0\0\0\4\0\0\4\0\0" + b"ABCD\0\0\0\0" * 200_000,
    }
    for data in hostile.values():
        survives(tmp_path / "endless", data)


def test_numbers_in_headers_are_not_allocated(tmp_path):
    """Two gigabytes promised in a chunk length, an EXIF offset, a segment: memory stays small."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 5, 5, 8, 2, 0, 0, 0)
    promises = [
        b"\x89PNG\r\n\x1a\n\0\0\0\x0d"
        + header
        + struct.pack(">I", crc32(header))
        + b"\x7f\xff\xff\xffeXIf"
        + bytes(50),
        b"RIFF\xff\xff\xff\xffWEBPVP8X\x0a\0\0\0\x08\0\0\0\4\0\0\4\0\0EXIF\xf0\xff\xff\xff" + bytes(50),
        b"BM" + b"\xff" * 12 + b"\x28\0\0\0" + b"\0\x10\0\0\0\x10\0\0\1\0\x18\0" + bytes(40),
        b"GIF89a\xff\xff\x64\x05\x87\0\0" + bytes(50),
    ]
    for data in promises:
        survives(tmp_path / "warm", data)  # Pillow's own modules are no part of the measure
    tracemalloc.start()
    for data in promises:
        survives(tmp_path / "promise", data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000
