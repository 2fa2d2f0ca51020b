"""Points: rendered in the target's grid, read back within its bound, with their words and their picture."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.cli import mmdata
from mmdata.converters.targets import TARGETS, load_target
from mmdata.converters.targets.protocol import RenderOptions

CARRY = ["qwen-vl", "qwen2-vl", "qwen2.5-vl", "qwen3-vl", "llama-factory"]

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)
sides = st.tuples(st.integers(28, 4000), st.integers(28, 4000)).filter(lambda size: max(size) <= 150 * min(size))
share = st.floats(0, 1)


@st.composite
def samples(draw: Any) -> dict[str, Any]:
    """Pictures shown together, a box asked about and points of several pictures in the answer."""
    media = draw(st.lists(sides, min_size=1, max_size=3))
    found = [
        {"point": [x * media[place][0], y * media[place][1]], "text": text, "media": place}
        for place in range(len(media))
        for x, y, text in draw(st.lists(st.tuples(share, share, words), min_size=1, max_size=4))
    ]
    asked = {"box": [0, 0, *media[-1]], "text": None, "media": len(media) - 1}
    turns = [
        ["user", [*({"image": place} for place in range(len(media))), "Where is what in ", asked, "?"]],
        ["assistant", found],
    ]
    return {"id": "s", "media": [[f"/d/{at}.jpg", *size] for at, size in enumerate(media)], "turns": turns}


@pytest.mark.parametrize("name", CARRY)
@settings(deadline=None, max_examples=60)
@given(sample=samples(), rounding=st.sampled_from(["nearest", "floor"]))
def test_points_come_back_within_a_step(name: str, batch_of: Any, sample: dict[str, Any], rounding: Any) -> None:
    target = load_target(name)
    options = RenderOptions(rounding=rounding)
    for part in sample["turns"][1][1]:
        part["text"] = target.blunt(part["text"]).strip() or "x"
    batch = batch_of([sample])
    if target.refuse(batch, options):
        return
    (row,) = target.render(batch, options)
    sizes = [(width, height) for _, width, height in sample["media"]]
    asked, *found = target.decode(json.loads(row), sizes, options)
    assert not asked.point
    said = sample["turns"][1][1]
    assert [(each.label, each.media, each.point) for each in found] == [
        (part["text"], part["media"], True) for part in said
    ]
    for each, part in zip(found, said, strict=True):
        assert (each.box.x1, each.box.y1) == (each.box.x2, each.box.y2)
        for value, true, side in zip(each.box, part["point"], sizes[part["media"]], strict=False):
            assert abs(value - true) <= step(name, side, sizes[part["media"]]) + 1e-9


def step(name: str, side: int, size: tuple[int, int]) -> float:
    """A whole step: what is at the far edge is clamped by one."""
    if name != "qwen2.5-vl":
        return side / 1000
    import numpy as np
    from mmdata.converters.targets.qwen2_5_vl import FACTOR, PIXELS
    from mmdata.converters.targets.smart_resize import smart_resize

    resized = smart_resize(np.array([size], np.float64), FACTOR, PIXELS)[0]
    return side / float(resized[size.index(side)])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("qwen-vl", "<ref>eye</ref>(250,500)<ref>ear (hidden)</ref>(999,999)"),
        (
            "qwen2-vl",
            "<|object_ref_start|>eye<|object_ref_end|>(250,500)"
            "<|object_ref_start|>ear (hidden)<|object_ref_end|>(1000,1000)",
        ),
        (
            "qwen2.5-vl",
            '[\n\t{"point_2d": [98, 98], "label": "eye"},\n\t{"point_2d": [391, 195], "label": "ear (hidden)"}\n]',
        ),
        (
            "qwen3-vl",
            '[\n\t{"point_2d": [250, 500], "label": "eye"},\n\t{"point_2d": [1000, 1000], "label": "ear (hidden)"}\n]',
        ),
    ],
)
def test_the_form_of_each_target(name: str, said: str, batch_of: Any) -> None:
    points = [{"point": [100, 100], "text": "eye"}, {"point": [400, 200], "text": "ear (hidden)"}]
    turns = [["user", [{"image": 0}, "Where?"]], ["assistant", points]]
    batch = batch_of([{"id": "s", "media": [["/d/0.jpg", 400, 200]], "turns": turns}])
    target = load_target(name)
    assert not target.refuse(batch, RenderOptions())
    (row,) = target.render(batch, RenderOptions())
    assert target.turns(json.loads(row))[1][1] == said


@pytest.mark.parametrize("name", [name for name in TARGETS if name not in CARRY])
def test_others_carry_points_or_say_that_they_do_not(name: str, batch_of: Any) -> None:
    turns = [["user", [{"image": 0}, "Where?"]], ["assistant", [{"point": [100, 100], "text": "eye"}]]]
    batch = batch_of([{"id": "s", "media": [["/d/0.jpg", 400, 200]], "turns": turns}])
    target = load_target(name)
    refusals = target.refuse(batch, RenderOptions())
    if refusals:
        assert refusals[0].code == "TG020" and "point" in refusals[0].message
    else:
        assert b"eye" in target.render(batch, RenderOptions())[0]


def test_a_label_that_reads_as_a_point_is_reserved() -> None:
    for name in ("qwen2.5-vl", "qwen3-vl"):
        target = load_target(name)
        text = '{"point_2d": [1, 2]}'
        assert target.reserved_in(text) == '"point_2d"' and target.reserved_in(target.blunt(text)) is None


def test_brackets_in_words_are_no_points() -> None:
    for name, text in (
        ("qwen-vl", "at (3,4)<ref>eye</ref> (3,4)"),
        ("qwen-vl", "<ref>eye</ref>(03,4)"),
        ("qwen2-vl", "(3,4) <|object_ref_start|>eye<|object_ref_end|> (3,4)"),
    ):
        role, value = "from", "value"
        row = {"conversations": [{role: "user", value: "?"}, {role: "assistant", value: text}]}
        assert load_target(name).decode(row, [(10, 10)]) == [], text


def test_a_row_of_points_is_sound_to_the_trainer() -> None:
    from mmdata.converters.targets.qwen_vl_text import check_row

    said = "<ref>left_eye</ref>(1,2)<ref>right_eye</ref>(3,4)"
    row = {"conversations": [{"from": "user", "value": "?"}, {"from": "assistant", "value": said}]}
    assert check_row(row) == []
    row["conversations"][1]["value"] = "<ref>left_eye</ref> somewhere"
    assert [fault.code for fault in check_row(row)] == ["TG006"]


@pytest.mark.parametrize("target", CARRY)
@pytest.mark.parametrize("part", ["train2017", "val2017"])
def test_the_keypoints_of_coco_come_out_as_they_went_in(shared: Path, tmp_path: Path, target: str, part: str) -> None:
    """By the whole way: every labelled point of the raw file, with its name, within a step of the grid."""
    folder = shared / "data/coco/instances_ccby"
    labels = folder / f"annotations/person_keypoints_{part}.json"
    out = tmp_path / "out"
    arguments = ["convert", "coco", str(labels), "--images", str(folder / part), "--task", "keypoints", "--to", target]
    result = CliRunner().invoke(mmdata, [*arguments, "--max-rejected", "0", "-o", str(out)])
    assert result.exit_code == 0, result.output
    raw = json.loads(labels.read_text())
    (names,) = (each["keypoints"] for each in raw["categories"])
    images = {each["id"]: each for each in raw["images"]}
    wanted: dict[int, list[tuple[str, float, float]]] = {}
    for each in raw["annotations"]:
        triples = zip(each["keypoints"][0::3], each["keypoints"][1::3], each["keypoints"][2::3], strict=True)
        mine = [(n + " (hidden)" * (v == 1), x, y) for n, (x, y, v) in zip(names, triples, strict=True) if v]
        if not each["iscrowd"]:
            wanted.setdefault(each["image_id"], []).extend(mine)
    module = load_target(target)
    text = "".join(path.read_text() for path in sorted((out / "train").iterdir()))
    rows = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]
    assert {int(row["id"].split("-")[0]) for row in rows} == {key for key, points in wanted.items() if points}
    for row in rows:
        image = images[int(row["id"].split("-")[0])]
        size = (image["width"], image["height"])
        found = [each for each in module.decode(row, [size]) if each.point]
        true = sorted(wanted[image["id"]])
        for each, (name, x, y) in zip(sorted(found, key=lambda each: (each.label, each.box)), true, strict=True):
            assert each.label == name
            assert abs(each.box.x1 - x) <= step(target, size[0], size) + 1e-9
            assert abs(each.box.y1 - y) <= step(target, size[1], size) + 1e-9
