"""What is taken for text in pictures and for captions, and where their pictures are looked for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mmdata.converters.sources import load_source, source_names
from mmdata.converters.sources.ocr_kinds import kind_of
from mmdata.converters.sources.ocr_pictures import stems

SOURCES = Path(__file__).parent.parent


def sniffed(path: Path) -> set[str]:
    return {name for name in source_names() if load_source(name).sniff(path)}


@pytest.mark.parametrize(
    "case",
    [
        "ocr/icdar_2013",
        "ocr/icdar_2015",
        "ocr/mlt_scripts",
        "ocr/sroie",
        "ocr/rings",
        "ocr/kie",
        "ocr/paddle",
        "ocr/mmocr_1",
        "ocr/recognition",
        "captions/flickr30k_results",
        "captions/flickr_tokens",
        "captions/flickr8k_captions",
        "captions/image_folder",
        "captions/json_lines",
        "captions/json_list",
    ],
)
def test_the_format_is_seen_in_the_content(case: str) -> None:
    source, name = case.split("/")
    may_be = {"huggingface"} if name == "image_folder" else set[str]()  # reads ImageFolder too
    assert sniffed(SOURCES / source / "cases" / name / "in") - may_be == {source}


WORDS = ["1,1,9,1,9,5,1,5,ICE", "1,6,9,6,9,9,1,9,COLD", "1,16,9,16,9,19,1,19,TEA"]


@pytest.mark.parametrize("broken", ["1,1,9,1,9,5,1", "(SUGAR FREE)", "1;1;9;1;9;5;1;5;ICE", "\ufffd\ufffd"])
@pytest.mark.parametrize("place", [1, 2, 3])
def test_one_broken_line_hides_no_words(tmp_path: Path, broken: str, place: int) -> None:
    lines = [*WORDS[:place], broken, *WORDS[place:]]
    (tmp_path / "gt_img_1.txt").write_text("\n".join(lines), encoding="utf-8")
    assert sniffed(tmp_path) == {"ocr"}


@pytest.mark.parametrize("lines", [["x1,y1,x2,y2,x3,y3,x4,y4,label", *WORDS], [WORDS[0], "x"], [*WORDS, "x", "y"]])
def test_a_header_or_more_broken_lines_leave_a_doubt(tmp_path: Path, lines: list[str]) -> None:
    (tmp_path / "gt_img_1.txt").write_text("\n".join(lines), encoding="utf-8")
    assert not sniffed(tmp_path) & {"ocr"}


def test_texts_beside_pictures_are_seen(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1girl, solo, red hair", encoding="utf-8")
    (tmp_path / "readme.txt").write_text("a set", encoding="utf-8")
    assert sniffed(tmp_path) == set()
    (tmp_path / "a.JPG").write_bytes(b"")
    assert sniffed(tmp_path) == {"captions"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("gt.txt", "1,1,912,484,97,109,0,7,1\n1,2,912,484,97,109,0,7,1\n"),  # MOT: nine numbers a row
        ("a.txt", "0 0.5 0.5 0.1 0.1\n"),  # YOLO
        ("a.txt", "1 1 9 1 9 5 1 5 plane 0\n"),  # DOTA
        ("a.csv", "a.jpg,1,1,9,5,cat\n"),  # keras-retinanet
        ("a.csv", "1,2,3,4,cat\n"),
        ("train.txt", "images/1.jpg\nimages/2.jpg\n"),  # darknet
        ("list.txt", "n01440764/1.JPEG 0\n"),  # a list of classes
        ("q.jsonl", '{"question_id": 1, "image": "a.jpg", "text": "What?"}\n'),
        ("chat.jsonl", '{"image": "a.jpg", "conversations": [], "caption": "x"}\n'),
        ("texts.jsonl", '{"text": "no picture"}\n'),
        ("coco.json", '{"images": [{"file_name": "a.jpg"}], "annotations": [{"image_id": 1, "caption": "x"}]}'),
        ("empty.txt", ""),
        ("bytes.txt", "\0\1\2"),
        ("torn.json", '[{"image": "a.jpg"'),
    ],
)
def test_what_may_be_something_else_is_not_claimed(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    for path in (tmp_path, tmp_path / name):
        assert not sniffed(path) & {"ocr", "captions"}


def test_sniffing_survives_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to(tmp_path / "absent")
    for path in (tmp_path, tmp_path / "a.txt", tmp_path / "absent"):
        assert sniffed(path) == set()
    assert kind_of(tmp_path / "a.txt") is None


def test_stems_of_pictures() -> None:
    assert stems("gt_img_1") == ["gt_img_1", "img_1"]
    assert stems("poly_gt_img11") == ["poly_gt_img11", "img11"]
    assert stems("1_GT") == ["1_GT", "1"]
    assert stems("gt_") == ["gt_"]
    assert stems("X00016469612") == ["X00016469612"]


def test_unchecked_pictures_are_not_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reading: Callable[..., Any]
) -> None:
    (tmp_path / "gt_a.txt").write_text("1,1,9,1,9,5,1,5,x\n", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text('{"image": "b.jpg", "caption": "x"}\n', encoding="utf-8")
    files = {source: reading(source, tmp_path, check=False, images=tmp_path).rows for source in ("ocr", "captions")}
    assert files["ocr"][0]["media"][0]["path"] == "a.jpg"
    assert files["captions"][0]["media"][0]["path"] == "b.jpg"
    monkeypatch.setattr("os.path.isfile", lambda path: pytest.fail(f"looked for {path}"))
    assert reading("ocr", tmp_path / "gt_a.txt", check=False, images=tmp_path).rows
    assert reading("captions", tmp_path / "b.jsonl", check=False, images=tmp_path).rows


def test_two_pictures_that_could_be_meant_are_not_chosen_between(tmp_path: Path, reading: Callable[..., Any]) -> None:
    """ICDAR 2015 as it is unpacked: img_1.jpg stands in the training and in the test folder."""
    for folder in ("ch4_training_images", "ch4_test_images", "Challenge4_Test_Task1_GT"):
        (tmp_path / folder).mkdir()
    for folder in ("ch4_training_images", "ch4_test_images"):
        (tmp_path / folder / "img_1.jpg").write_bytes(b"")
    (tmp_path / "Challenge4_Test_Task1_GT" / "gt_img_1.txt").write_text("1,1,9,1,9,5,1,5,x\n", encoding="utf-8")
    row = reading("ocr", tmp_path, images=tmp_path).rows[0]
    assert row["media"][0]["path"] == "img_1.jpg"  # for which the picture stage names both
    row = reading("ocr", tmp_path / "Challenge4_Test_Task1_GT", images=tmp_path / "ch4_test_images").rows[0]
    assert row["media"][0]["path"] == "img_1.jpg"
