"""Lines and columns of places: JSON, JSON Lines, XML, CSV; and where there are none."""

from pathlib import Path

import pytest
from mmdata.pipelines.lint import lines
from mmdata.pipelines.lint.lines import located
from mmdata.schemas.finding import Finding, finding
from mmdata.schemas.rule import RULES


def at(file: Path, *places: str) -> list[tuple[int, int] | None]:
    rule = RULES["GE001"]
    found: list[Finding] = [
        finding(rule, kind="lint", file=str(file), at=place, value=None, message="") for place in places
    ]
    return located(found)


def test_json(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('\ufeff{"图片": "ä",\n\t"b/c": [1,\n  {"d": [2, 3]}], "b~": {}}', encoding="utf-8")
    places = ["", "/图片", "/b~1c/1", "/b~1c/1/d/1", "/b~0", "/b~1c/7", "/no"]
    assert at(file, *places) == [None, (1, 8), (3, 3), (3, 13), (3, 25), None, None]


def test_json_lines_csv_and_text_say_their_line_themselves(tmp_path: Path) -> None:
    assert at(tmp_path / "a.jsonl", "7:1", "7:12/conversations/0", "7", "seven") == [(7, 1), (7, 12), (7, 1), None]
    assert at(tmp_path / "a.csv", "3:2") == [(3, 2)]
    assert at(tmp_path / "labels" / "a.txt", "1:1") == [(1, 1)]


def test_xml(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    file.write_text(
        '<?xml version="1.0"?>\n<a>\n  <!-- <b/> -->\n  <b x=">"><c>é</c><c/></b>\n  é<b/>\n</a>\n', encoding="utf-8"
    )
    places = ["/a", "/a/b", "/a[1]/b[1]/c[2]", "/a/b[2]", "/a/b[3]"]
    assert at(file, *places) == [(2, 1), (4, 3), (4, 20), (5, 4), None]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("torn.json", b'{"a": [1, '),
        ("torn.xml", b"<a><b>"),
        ("bomb.xml", b'<!DOCTYPE a [<!ENTITY x "y">]><a><b>&x;</b></a>'),
        ("wide.xml", "<a><b/></a>".encode("utf-16")),
        ("latin.json", b'{"a": ["\xe9"]}x'),
        ("deep.json", b"[" * 100_000),
    ],
)
def test_a_file_that_cannot_be_read_has_no_lines(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert at(tmp_path / name, "/a/b", "/0/0") == [None, None]


def test_a_file_that_is_gone_or_large_has_no_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert at(tmp_path / "none.json", "/a") == [None]
    (tmp_path / "a.json").write_text('{"a": 1}')
    monkeypatch.setattr(lines, "LARGEST", 3)
    assert at(tmp_path / "a.json", "/a") == [None]
