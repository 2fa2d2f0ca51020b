"""The report shows what the rows say, escapes every word, and is there whole or not at all."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from mmdata.converters.targets import load_target
from mmdata.pipelines.report import contact_sheet, write_report
from mmdata.pipelines.report.cards import choose
from mmdata.pipelines.report.out import read_manifest
from mmdata.schemas.errors import InputError, OutputError
from PIL import Image

GONE = "<ref>杯</ref><box>(1,2),(3,4)</box>"
HOSTILE = "<script type='x'>alert(1)</script><b onclick='x()'>\"'&"


def row(identity: str, picture: str, answer: str, question: str = "Find it.") -> dict[str, Any]:
    asked = f"Picture 1: <img>{picture}</img>\n{question}"
    said = [{"from": "user", "value": asked}, {"from": "assistant", "value": answer}]
    return {"id": identity, "conversations": said}


def data_set(out: Path, rows: dict[str, list[dict[str, Any]]], **more: Any) -> Path:
    """A committed OUT made by hand: one file a split."""
    splits = {}
    for name, said in rows.items():
        place = out / name / f"{name}.json"
        place.parent.mkdir(parents=True)
        place.write_text("[\n" + ",\n".join(json.dumps(each) for each in said) + "\n]\n", encoding="ascii")
        splits[name] = {"samples": len(said), "shards": [{"path": f"{name}/{name}.json", "samples": len(said)}]}
    count = {"read": 3, "written": 2, "rejected": {"GE001": 1}}
    manifest = {"accounting": {"annotations": count}, "splits": splits, "options": {"target": "qwen-vl"}, **more}
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    left_out = {"code": "GE001", "name": "empty-box", "file": "a.json", "at": "/annotations/7", "message": HOSTILE}
    (out / "rejected.jsonl").write_text(json.dumps(left_out) + "\n", encoding="utf-8")
    return out


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Two splits; the picture of the first is stored on its side, 40×20, and shown 20×40."""
    exif = Image.Exif()
    exif[274] = 6
    Image.new("RGB", (40, 20), "red").save(tmp_path / "side.jpg", exif=exif)
    Image.new("RGB", (100, 50), "blue").save(tmp_path / "wide.png")
    quad = "<ref>box</ref><quad>(0,0),(500,100),(400,500),(0,400)</quad>"
    return data_set(
        tmp_path / "set",
        {
            "train": [row("1", str(tmp_path / "side.jpg"), "<ref>cup</ref><box>(500,250),(999,500)</box>")],
            "val": [
                row("2", str(tmp_path / "wide.png"), quad),
                row("3", "gone.png", "<ref>杯</ref><box>(1,2),(3,4)</box>"),
            ],
        },
    )


class Page(HTMLParser):
    """What of a page would act or reach out."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action", "xlink:href")]
        assert not [name for name, _ in attrs if name.startswith("on")]


def test_boxes_are_drawn_in_pixels_of_the_upright_picture(out: Path, tmp_path: Path) -> None:
    text = write_report(out, tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'viewBox="0 0 20 40"' in text
    assert '<rect x="10.00" y="10.00" width="9.98" height="10.00"' in text
    assert '<polygon points="0.00 0.00 50.00 5.00 40.00 25.00 0.00 20.00"' in text


def test_the_page_holds_the_numbers_and_what_could_not_be_opened(out: Path, tmp_path: Path) -> None:
    text = write_report(out, tmp_path / "report.html").read_text(encoding="utf-8")
    for expected in (
        "3 samples for qwen-vl, 3 boxes in them",
        "GE001",
        "/annotations/7",
        "Cannot be opened:",
        "杯",
        "cup",
    ):
        assert expected in text


def test_words_from_data_never_become_markup(tmp_path: Path) -> None:
    Image.new("RGB", (10, 10)).save(tmp_path / "a.png")
    answer = f"<ref>{HOSTILE}</ref><box>(1,2),(300,400)</box> {HOSTILE}"
    hostile = row("1", str(tmp_path / "a.png"), answer, HOSTILE)
    gone = row("2", f"{HOSTILE}.png", answer)
    out = data_set(
        tmp_path / HOSTILE.replace("/", ""), {HOSTILE.replace("/", ""): [hostile, gone]}, versions={"mmdata": HOSTILE}
    )
    text = write_report(out, tmp_path / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert "script" not in page.tags
    assert page.addresses
    assert all(address.startswith("data:image/jpeg;base64,") for address in page.addresses)
    assert "default-src 'none'" in text
    assert re.search(r"style\s*=", text) is None


def test_a_picture_keeps_all_its_rows_wherever_they_stand(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(50)]
    rows = [row(f"{name}-{turn}", name, "None.") for turn in range(3) for name in names]
    out = data_set(tmp_path / "set", {"train": rows})
    manifest = read_manifest(out)
    cards = choose(out, manifest, manifest.target(), 7).cards
    assert len(cards) == 7
    assert all([each["id"] for each in card.rows] == [f"{card.names[0]}-{turn}" for turn in range(3)] for card in cards)
    assert not choose(out, manifest, manifest.target(), 0).cards


def test_the_choice_of_pictures_does_not_depend_on_their_folder(tmp_path: Path) -> None:
    chosen = []
    for folder in ("a", "b/c"):
        rows = [row(str(number), f"{folder}/{number}.png", "None.") for number in range(40)]
        out = data_set(tmp_path / folder / "set", {"train": rows})
        cards = choose(out, read_manifest(out), load_target("qwen-vl"), 5).cards
        chosen.append([card.rows[0]["id"] for card in cards])
    assert chosen[0] == chosen[1]


def test_the_sheet_is_a_picture_with_the_boxes_in_it(out: Path, tmp_path: Path) -> None:
    with Image.open(contact_sheet(out, tmp_path / "sheet.png", pictures=3)) as sheet:
        assert sheet.size == (3 * 496 + 16, 360 + 32)
        colours = {colour for _, colour in sheet.convert("RGB").getcolors(1 << 20) or []}
    assert any(blue > 150 and red < 80 for red, _, blue in colours)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("manifest.json", None, "cannot be read (No such file or directory)"),
        ("manifest.json", b"{", "is not a manifest"),
        ("manifest.json", b'{"accounting": {}, "splits": 3}', "is not a manifest: Expected `object`, got `int`"),
        ("train/train.json", None, "cannot be read"),
        ("train/train.json", b"[\nnonsense\n]", "is not a row"),
        ("rejected.jsonl", b"nonsense\n", "is not a rejection"),
        ("lint.json", b"[]", "is not a list of findings"),
    ],
)
def test_a_damaged_data_set_is_named(
    out: Path, tmp_path: Path, name: str, content: bytes | None, expected: str
) -> None:
    if content is None:
        (out / name).unlink()
    else:
        (out / name).write_bytes(content)
    with pytest.raises(InputError, match=re.escape(expected)) as error:
        write_report(out, tmp_path / "report.html")
    assert name in error.value.place
    assert not (tmp_path / "report.html").exists()


def test_an_unknown_target_is_named(tmp_path: Path) -> None:
    out = data_set(tmp_path / "set", {"train": []}, options={"target": "other"})
    with pytest.raises(InputError, match="the target 'other' is not known here"):
        write_report(out, tmp_path / "report.html")


def test_nothing_is_left_behind_where_the_page_cannot_be_written(out: Path, tmp_path: Path) -> None:
    (tmp_path / "taken.html").mkdir()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(OutputError, match=re.escape("taken.html: cannot be written")):
        write_report(out, tmp_path / "taken.html")
    with pytest.raises(OutputError):
        write_report(out, tmp_path / "absent" / "report.html")
    assert sorted(tmp_path.iterdir()) == before
