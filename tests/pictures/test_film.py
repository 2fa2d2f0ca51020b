"""Films: the size of the shown frames from the head of a container, made here by hand; damage says nothing."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.pictures.film import frame_size


def box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def header(width: int, height: int, version: int = 0, *, turned: bool = False) -> bytes:
    """A `tkhd`: its matrix as it is upright, or turned by a quarter."""
    one, none, minus = b"\0\1\0\0", b"\0" * 4, b"\xff\xff\0\0"
    quarter = [none, one, none, minus, none] if turned else [one, none, none, none, one]
    matrix = [*quarter, none, none, none, b"\x40\0\0\0"]
    times = bytes(20 if version == 0 else 32)
    sides = (width << 16).to_bytes(4, "big") + (height << 16).to_bytes(4, "big")
    return box(b"tkhd", bytes([version, 0, 0, 0]) + times + bytes(16) + b"".join(matrix) + sides)


def mp4(*tracks: bytes) -> bytes:
    moov = box(
        b"moov", box(b"mvhd", bytes(100)) + b"".join(box(b"trak", track + box(b"mdia", b"x")) for track in tracks)
    )
    return box(b"ftyp", b"isom\0\0\0\0") + box(b"mdat", bytes(50)) + moov


def element(kind: str, content: bytes) -> bytes:
    return bytes.fromhex(kind) + (len(content) | 1 << 28).to_bytes(4, "big") + content


def webm(width: int, height: int) -> bytes:
    video = element("e0", element("b0", width.to_bytes(2, "big")) + element("ba", height.to_bytes(2, "big")))
    tracks = element("1654ae6b", element("ae", element("d7", b"\1") + video))
    endless = bytes.fromhex("18538067") + b"\x01" + b"\xff" * 7  # a segment of unknown length, as live streams have it
    return element("1a45dfa3", element("4282", b"webm")) + endless + element("1549a966", bytes(9)) + tracks


def avi(width: int, height: int) -> bytes:
    main = bytes(32) + width.to_bytes(4, "little") + height.to_bytes(4, "little") + bytes(16)
    return b"RIFF\0\1\0\0AVI LIST\0\1\0\0hdrlavih" + len(main).to_bytes(4, "little") + main


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (mp4(header(0, 0), header(640, 360)), (640, 360)),
        (mp4(header(640, 360, 1)), (640, 360)),
        (mp4(header(640, 360, turned=True)), (360, 640)),
        (mp4(header(0, 0)), None),
        (webm(1280, 720), (1280, 720)),
        (avi(320, 240), (320, 240)),
        (avi(0, 240), None),
        (avi(1 << 31, 240), None),
        (avi(320, 240)[:-20], None),
        (avi(320, 240).replace(b"AVI ", b"WAVE"), None),
        (b"", None),
        (b"RIFF\0\0\0\0AVI LIST", None),
    ],
)
def test_the_size_of_a_film(tmp_path: Path, content: bytes, size: tuple[int, int] | None) -> None:
    (tmp_path / "film").write_bytes(content)
    assert frame_size(tmp_path / "film") == size
    assert frame_size(tmp_path / "gone") is None


@given(st.sampled_from([mp4(header(0, 0), header(640, 360)), webm(1280, 720), avi(320, 240)]), st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_gives_a_size_or_none(tmp_path: Path, whole: bytes, data: st.DataObject) -> None:
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "film").write_bytes(bytes(damaged)[: data.draw(st.integers(0, len(whole)))])
    found = frame_size(tmp_path / "film")
    assert found is None or min(found) > 0


def test_real_films_have_the_size_that_their_decoder_says(shared: Path) -> None:
    folder = shared / "data" / "chat" / "llamafactory" / "data" / "mllm_demo_data"
    assert {path.name: frame_size(path) for path in sorted(folder.glob("*.[am][pv][4i]"))} == {
        "1.mp4": (640, 360), "2.avi": (320, 240), "3.mp4": (640, 360), "4.mp4": (224, 224),
    }  # fmt: skip
