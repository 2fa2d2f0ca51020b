"""What LabelMe and CVAT say of whole pictures answers a question of the user's."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

LABELME = {
    "version": "5",
    "flags": {"blurred": True, "indoors": True, "night": False},
    "shapes": [],
    "imagePath": "a.jpg",
    "imageData": None,
    "imageHeight": 9,
    "imageWidth": 9,
}
CVAT = """<annotations><version>1.1</version><image id="0" name="a.jpg" width="9" height="9">
<tag label="blurred" source="manual"/><box label="cup" xtl="1" ytl="1" xbr="5" ybr="5"/><tag label="indoors"/>
<tag label="blurred"/></image><image id="1" name="b.jpg" width="9" height="9"/></annotations>"""


def asked(result: Any) -> list[list[tuple[str, str]]]:
    return [[(each["question"], each["answers"][0]["text"]) for each in row["questions"]] for row in result.rows]


def test_flags_of_labelme(tmp_path: Path, reading: Callable[..., Any]) -> None:
    (tmp_path / "a.json").write_text(json.dumps(LABELME), encoding="utf-8")
    told = reading("labelme", tmp_path, check=False, class_question="How is it?")
    assert asked(told) == [[("How is it?", "blurred, indoors")]]
    assert told.accounting.read_counts["annotations"] == 1
    plain = reading("labelme", tmp_path, check=False)
    assert asked(plain) == [[]]
    assert [found["code"] for found in plain.rejected] == ["AN022", "AN022"]
    assert "--class-question" in plain.rejected[0]["message"]


def test_tags_of_cvat(tmp_path: Path, reading: Callable[..., Any]) -> None:
    (tmp_path / "annotations.xml").write_text(CVAT, encoding="utf-8")
    told = reading("cvat", tmp_path, check=False, class_question="How is it?")
    assert asked(told) == [[("How is it?", "blurred, indoors")], []]
    assert told.accounting.read_counts["annotations"] == 2
    assert [len(row["objects"]) for row in told.rows] == [1, 0]
    plain = reading("cvat", tmp_path, check=False)
    assert asked(plain) == [[], []]
    assert [found["code"] for found in plain.rejected] == ["AN022"] * 3
