"""DOTA: what is written is read back; damage gives things and located rejections; nothing else claims its files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.cli import mmdata
from mmdata.converters.sources import load_source, source_names
from mmdata.schemas.errors import InputError
from PIL import Image

LINES = "imagesource:GoogleEarth\ngsd:0.15\n10 5 40 8 38 20 9 18 plane 0\n2 30 12 30 12 38 2 38 large-vehicle 1\n"

numbers = st.floats(-1e5, 1e5, allow_nan=False).map(lambda value: round(value, 2))
names = st.from_regex(r"[a-z]+(-[a-z]+)?", fullmatch=True).filter(lambda name: name not in ("nan", "inf", "infinity"))
things = st.tuples(st.lists(numbers, min_size=8, max_size=8), names, st.sampled_from(["", " 0", " 1", " 2"]))
few = settings(deadline=None, max_examples=60)


@few
@given(st.lists(things, min_size=1, max_size=6), st.sampled_from(["", "imagesource:x\ngsd:0.1\n"]))
def test_what_is_written_is_read_back(
    tmp_path_factory: Any, reading: Callable[..., Any], held: list[tuple[list[float], str, str]], heads: str
) -> None:
    path = tmp_path_factory.mktemp("dota") / "P1.txt"
    path.write_text(
        heads + "".join(f"{' '.join(map(str, points))} {name}{hard}\n" for points, name, hard in held), encoding="utf-8"
    )
    assert load_source("dota").sniff(path)
    result = reading("dota", path, check=False)
    assert not result.rejected
    (row,) = result.rows
    for thing, (points, name, hard) in zip(row["objects"], held, strict=True):
        assert thing["label"] == name
        assert thing["difficult"] == (hard in (" 1", " 2"))
        assert [thing[side] for side in ("x1", "y1", "x2", "y2")] == [
            min(points[::2]),
            min(points[1::2]),
            max(points[::2]),
            max(points[1::2]),
        ]
        assert thing["quad"] in (None, points)


@pytest.mark.parametrize(
    ("points", "upright"),
    [
        ("0 0 9 0 9 5 0 5", True),
        ("0 0 0 5 9 5 9 0", True),  # the other way round
        ("9 5 0 5 0 0 9 0", True),  # from another corner
        ("0 0 9 5 9 0 0 5", False),  # two corners changed places
        ("0 0 9 1 9 5 0 5", False),
        ("0 0 0 0 9 5 9 5", False),
        ("nan 0 9 0 9 5 0 5", False),
    ],
)
def test_upright_boxes_are_seen_wherever_they_begin(
    tmp_path: Path, reading: Callable[..., Any], points: str, upright: bool
) -> None:
    (tmp_path / "P1.txt").write_text(f"{points} ship 0\n", encoding="utf-8")
    ((thing,),) = (row["objects"] for row in reading("dota", tmp_path, check=False).rows)
    assert (thing["quad"] is None) == upright


def test_roboflows_yolo_obb(shared: Path, reading: Callable[..., Any]) -> None:
    folder = shared / "data/formats/datumaro/tests/assets/roboflow_dataset/yolo_obb"
    result = reading("dota", folder)
    files = sorted(folder.rglob("labelTxt/*.txt"))
    lines = [line.split() for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    things = [thing for row in result.rows for thing in row["objects"]]
    wanted = [
        [*(fit(map(float, line[start:8:2])) for fit in (min, max) for start in (0, 1)), line[8]] for line in lines
    ]
    assert [[thing[name] for name in ("x1", "y1", "x2", "y2", "label")] for thing in things] == wanted
    assert not any(thing["quad"] for thing in things), "upright boxes, from the left top corner downwards"
    assert len(result.rows) == 3
    assert not result.rejected


@few
@given(st.binary(max_size=40), st.integers(0, len(LINES)), st.integers(0, 20))
def test_damage_costs_only_what_it_hits(
    tmp_path_factory: Any, reading: Callable[..., Any], put: bytes, at: int, gone: int
) -> None:
    data = LINES.encode()
    path = tmp_path_factory.mktemp("dota") / "P1.txt"
    path.write_bytes(data[:at] + put + data[at + gone :])
    load_source("dota").sniff(path)
    try:
        result = reading("dota", path, check=False)
    except InputError as error:
        assert str(path) in error.place
        return
    result.assert_balanced()
    assert all(found["file"] == str(path) and found["message"] for found in result.rejected)


@pytest.mark.parametrize("text", [LINES, "1 1 9 1 9 9 1 9 ship\n", "1.5 1 9 1 9 9 1 9 small vehicle 2\n"])
def test_no_other_source_claims_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "P1.txt").write_text(text, encoding="utf-8")
    for path in (tmp_path, tmp_path / "P1.txt"):
        assert [name for name in source_names() if load_source(name).sniff(path)] == ["dota"]


@pytest.mark.parametrize(
    "text",
    [
        "0 0.1 0.1 0.9 0.1 0.9 0.9 0.1 0.9\n",  # YOLO's turned boxes
        "1,1,9,1,9,9,1,9,ICE\n",
        "1 1 9 1 9 9 1 9 3 0\n",
        "P0001 0.9 1 1 9 1 9 9 1 9\n",  # the devkit's results
        "title: a list\n",
        "",
    ],
)
def test_what_is_something_else_is_not_claimed(tmp_path: Path, text: str) -> None:
    (tmp_path / "P1.txt").write_text(text, encoding="utf-8")
    assert load_source("dota").sniff(tmp_path) is None


def test_a_data_set_is_recognised_and_its_quads_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "d/labelTxt").mkdir(parents=True)
    (tmp_path / "d/images").mkdir()
    (tmp_path / "d/labelTxt/P1.txt").write_text(LINES, encoding="utf-8")
    Image.new("RGB", (60, 40)).save(tmp_path / "d/images/P1.png")
    out = tmp_path / "out"
    done = CliRunner().invoke(
        mmdata, ["convert", "auto", str(tmp_path / "d"), "--rotated", "quad", "--to", "qwen-vl", "-o", str(out)]
    )
    assert done.exit_code == 0, done.output
    (row,) = json.loads((out / "train/train.json").read_text(encoding="utf-8"))
    answer = row["conversations"][1]["value"]
    assert answer.count("<quad>") + answer.count("<box>") == 2
    assert "plane" in answer
    assert "large-vehicle" in answer
