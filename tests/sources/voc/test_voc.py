"""VOC read back: golden cases a folder each, real data sets by count, round trips and damage by property.

A case is `in/`, perhaps `options.json` (`input` and `check` beside the source's own options), and `out.json`.
"""

import json
import math
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources import SOURCES, load_source, voc
from mmdata.converters.sources.voc_objects import read_object
from mmdata.converters.xml_reader import XmlError, parse
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.annotation import ANNOTATIONS
from mmdata.schemas.errors import MmdataError
from PIL import Image

CASES = Path(__file__).parent / "cases"


class Result:
    """What one read gave: rows, rejections as objects, remarks, and the accounting."""

    def __init__(self, path: Path, *, check: bool = True, images: Path | None = None, **options: Any) -> None:
        lines: list[bytes] = []
        self.accounting = Accounting(sink=lines.append)
        pictures = Pictures(images or voc.default_images(path), check=check)
        self.rows: list[dict[str, Any]] = []
        for batch in voc.read(path, voc.Options(**options), pictures, self.accounting):
            assert batch.schema == ANNOTATIONS
            self.rows += batch.to_pylist()
        self.rejected = [json.loads(line) for line in lines]

    def objects(self) -> list[dict[str, Any]]:
        return [thing for row in self.rows for thing in row["objects"]]

    def boxes(self) -> list[tuple[float, ...]]:
        return [tuple(thing[side] for side in ("x1", "y1", "x2", "y2")) for thing in self.objects()]

    def assert_balanced(self) -> None:
        counts = self.accounting.balance()
        for kind, kept in (("images", len(self.rows)), ("annotations", len(self.objects()))):
            assert counts[kind]["read"] == kept + sum(counts[kind]["rejected"].values())


def said(result: Result) -> dict[str, Any]:
    """A result as a case's `out.json` holds it: what is null or false is left out."""

    def short(row: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in row.items() if value not in (None, False, [], 0) or key in "x1 y1 x2 y2"}

    rows = [{**short(row), "objects": [short(thing) for thing in row["objects"]]} for row in result.rows]
    rows = [{**row, "media": [short(medium) for medium in row["media"]]} for row in rows]
    keys = ("code", "kind", "file", "at", "value", "message")
    return {
        "records": rows,
        # why a file is no XML is said in the parser's words, which change with it
        "rejected": [[found[key] for key in keys[: 4 if found["code"] == "AN001" else 6]] for found in result.rejected],
        "remarks": [[getattr(found, key) for key in keys if key != "kind"] for found in result.accounting.findings],
        "inputs": [found.path for found in result.accounting.inputs],
    }


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_case(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a case's files give is what its `out.json` says, to the last value; places are named from where one is."""
    monkeypatch.chdir(CASES / case)
    options_file = CASES / case / "options.json"
    options = json.loads(options_file.read_text()) if options_file.exists() else {}
    path = Path("in") / options.pop("input", ".")
    try:
        result = Result(path, **options)
    except MmdataError as error:
        outcome: dict[str, Any] = {"error": [type(error).__name__, *_lines(error)]}
    else:
        result.assert_balanced()
        outcome = said(result)
    expected = json.loads((CASES / case / "out.json").read_text(encoding="utf-8"))
    # as text, so that NaN equals NaN
    assert json.dumps(outcome, indent=1) == json.dumps(expected, indent=1)


def _lines(error: MmdataError) -> list[str]:
    return [error.place, error.fact, error.remedy]


# what people write, in encodings that people use

XML = "<annotation><filename>图.jpg</filename><object><name>犬</name>{}</object></annotation>"
BOX = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox>"


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("", "utf-8"),
        ("", "utf-8-sig"),
        ("utf-8", "utf-8-sig"),
        ("", "utf-16"),
        ("utf-16", "utf-16"),
        ("GB2312", "gbk"),
        ("gbk", "gbk"),
        ("gb18030", "gb18030"),
        ("big5", "big5"),
        ("Shift_JIS", "cp932"),
        ("EUC-JP", "euc-jp"),
    ],
)
def test_encodings(tmp_path: Path, declared: str, codec: str) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>\n' if declared else ""
    text = (head + XML.format(BOX)).replace("图", "畫" if codec in ("big5", "cp932", "euc-jp") else "图")
    (tmp_path / "a.xml").write_bytes(text.encode(codec))
    result = Result(tmp_path)
    assert [(thing["label"], thing["x2"]) for thing in result.objects()] == [("犬", 3.0)]


def test_file_names_that_are_no_utf8_are_rejected_not_fatal(tmp_path: Path) -> None:
    try:
        (tmp_path / "caf\udce9.xml").write_text(XML.format(BOX), encoding="utf-8")
    except OSError:
        pytest.skip("this file system has UTF-8 names only")
    (tmp_path / "b.xml").write_text(XML.format(BOX), encoding="utf-8")
    result = Result(tmp_path)
    assert [row["id"] for row in result.rows] == ["b"]
    assert [(found["code"], found["value"].endswith(r"caf\xe9.xml")) for found in result.rejected] == [("IM011", True)]


def test_a_file_too_large_for_one_picture_is_refused_unparsed(tmp_path: Path) -> None:
    with (tmp_path / "big.xml").open("wb") as file:
        file.write(b"<annotations><version>1.1</version>")
        file.truncate(voc.LARGEST_FILE + 1)
    (tmp_path / "a.xml").write_text(XML.format(BOX), encoding="utf-8")
    result = Result(tmp_path)
    assert [found["code"] for found in result.rejected] == ["AN001"]
    assert "CVAT" in result.rejected[0]["message"]


def test_folder_loops_end_and_linked_folders_are_read(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "a.xml").write_text(XML.format(BOX), encoding="utf-8")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "near").symlink_to(tmp_path / "far")
    (tmp_path / "in" / "b.xml").write_text(XML.format(BOX), encoding="utf-8")
    assert [row["id"] for row in Result(tmp_path / "in", check=False).rows] == ["b", "near/a"]


def test_a_label_file_that_is_a_link_to_nothing_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(XML.format(BOX), encoding="utf-8")
    (tmp_path / "gone.xml").symlink_to("nowhere.xml")
    (tmp_path / "loop.xml").symlink_to("loop.xml")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "0.xml").symlink_to("nowhere.xml")
    assert "a.xml has the root" in (voc.sniff(tmp_path) or ""), "the first files are no picture of the rest"
    (tmp_path / "0.xml").unlink()
    result = Result(tmp_path, check=False)
    assert [row["id"] for row in result.rows] == ["a"]
    assert [(Path(found["file"]).name, found["code"]) for found in result.rejected] == [
        ("gone.xml", "AN001"),
        ("loop.xml", "AN001"),
    ]


def test_deep_nesting_is_no_recursion(tmp_path: Path) -> None:
    deep = "<a>" * 50_000 + "x" + "</a>" * 50_000
    (tmp_path / "a.xml").write_text(XML.format(BOX + deep), encoding="utf-8")
    assert len(Result(tmp_path).objects()) == 1


# which picture


def picture(path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size).save(path)


@pytest.mark.parametrize(
    ("paired", "named", "chosen"),
    [
        ((100, 80), (50, 50), "a.png"),
        ((50, 50), (100, 80), "b.png"),
        ((50, 50), (80, 100), "b.png"),  # stored on its side
        ((100, 80), (100, 80), "a.png"),
        ((50, 50), (60, 60), "a.png"),
    ],
)
def test_of_two_pictures_the_one_of_the_stated_size(
    tmp_path: Path, paired: tuple[int, int], named: tuple[int, int], chosen: str
) -> None:
    size = "<size><width>100</width><height>80</height></size>"
    (tmp_path / "a.xml").write_text(f"<annotation><filename>b.png</filename>{size}</annotation>")
    picture(tmp_path / "a.png", paired)
    picture(tmp_path / "b.png", named)
    result = Result(tmp_path)
    assert result.rows[0]["media"][0]["path"] == chosen
    assert dict(result.accounting.remarks) == ({} if chosen == "b.png" else {"AN025": 1})


@pytest.mark.parametrize("images", ["JPEGImages", ".", "elsewhere"])
def test_paths_are_relative_to_the_folder_of_the_pictures(tmp_path: Path, images: str) -> None:
    for folder in ("VOC/Annotations", "VOC/JPEGImages", "VOC/elsewhere"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "VOC/Annotations/a.xml").write_text("<annotation><filename>a.png</filename></annotation>")
    for folder in ("JPEGImages", "elsewhere"):
        picture(tmp_path / "VOC" / folder / "a.png", (4, 4))
    root = tmp_path / "VOC" / images
    result = Result(tmp_path / "VOC", images=root)
    path = result.rows[0]["media"][0]["path"]
    assert path == ("JPEGImages/a.png" if images == "." else "a.png")
    assert (root / path).is_file()


def test_unchecked_pictures_are_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.xml").write_text("<annotation><filename>b.png</filename></annotation>")
    monkeypatch.setattr("os.path.isfile", lambda path: pytest.fail(f"looked for {path}"))
    assert Result(tmp_path, check=False).rows[0]["media"][0]["path"] == "b.png"


# real data


def test_counts_of_real_data(shared: Path) -> None:
    expected = json.loads((shared / "data" / "EXPECTED.json").read_text())
    places = {
        "VOC voc/bccd": "voc/bccd",
        "VOC voc/cards": "voc/cards",
        "VOC formats/same_boxes_in_8_formats voc": "formats/same_boxes_in_8_formats/data/database/gts/pascalvoc_format",
    }
    for key, place in places.items():
        counts = expected[key]["counts"]
        result = Result(shared / "data" / place, check="same_boxes" not in place)
        result.assert_balanced()
        objects = result.objects()
        attributes = [json.loads(thing["attributes"] or "{}") for thing in objects]
        assert not result.rejected, key
        assert len(result.rows) == counts["xml"]
        assert len(objects) == counts["objects"]
        assert len({thing["label"] for thing in objects}) == counts["classes"]
        assert sum(thing["difficult"] for thing in objects) == counts.get("difficult", 0)
        assert sum(said["truncated"] for said in attributes) == counts.get("truncated", 0)
        assert sum(x1 == x2 or y1 == y2 for x1, y1, x2, y2 in result.boxes()) == counts.get("zero side", 0)
        at_edge = sum(
            thing["x2"] == row["media"][0]["width"] or thing["y2"] == row["media"][0]["height"]
            for row in result.rows
            for thing in row["objects"]
        )
        assert at_edge == counts.get("max==W/H", 0)


@pytest.mark.parametrize("place", ["voc/bccd", "voc/bccd/BCCD/Annotations", "voc/cards"])
def test_every_real_picture_is_found(shared: Path, place: str) -> None:
    path = shared / "data" / place
    result = Result(path)
    for row in result.rows:
        assert (voc.default_images(path) / row["media"][0]["path"]).is_file()


@pytest.mark.parametrize("form", ["pascalvoc_format", "imagenet_format"])
def test_boxes_are_those_of_the_coco_file(shared: Path, form: str) -> None:
    gts = shared / "data/formats/same_boxes_in_8_formats/data/database/gts"
    coco = json.loads((gts / "coco_format_v1/instances_default.json").read_text())
    names = {each["id"]: each["name"] for each in coco["categories"]}
    images = {each["id"]: (each["file_name"], each["width"], each["height"]) for each in coco["images"]}
    wanted = sorted(
        (*images[each["image_id"]], names[each["category_id"]], x, y, x + width, y + height)
        for each in coco["annotations"]
        for x, y, width, height in [each["bbox"]]
    )
    found = sorted(
        (
            Path(medium["path"]).name,
            *(medium[side] for side in ("width", "height")),
            thing["label"],
            *(thing[side] for side in ("x1", "y1", "x2", "y2")),
        )
        for row in Result(gts / form, check=False).rows
        for medium in row["media"]
        for thing in row["objects"]
    )
    assert len(found) == 273
    for ours, theirs in zip(found, wanted, strict=True):
        assert ours[:4] == theirs[:4]
        assert ours[4:] == pytest.approx(theirs[4:], abs=0.001)


@pytest.mark.parametrize(
    ("place", "images", "objects", "without_size"),
    [
        ("formats/retinanet_coco_voc_csv/pascal", 1, 2, 0),
        ("formats/datumaro/tests/assets/voc_dataset", 7, 7, 5),
        ("formats/datumaro/tests/assets/roboflow_dataset/voc", 3, 4, 0),
    ],
)
def test_counts_of_other_tools_fixtures(shared: Path, place: str, images: int, objects: int, without_size: int) -> None:
    result = Result(shared / "data" / place)
    result.assert_balanced()
    assert (len(result.rows), len(result.objects())) == (images, objects)
    assert result.accounting.remarks["AN020"] == without_size
    assert not result.rejected


def test_an_image_set_of_real_data(shared: Path) -> None:
    assets = shared / "data/formats/datumaro/tests/assets/voc_dataset"
    assert [row["id"] for row in Result(assets / "voc_dataset2", imageset="trainval").rows] == ["@", "a", "b", "c", "d"]
    assert [row["id"] for row in Result(assets / "voc_dataset3", imageset="train").rows] == ["2007_000001"]


def test_sniff(shared: Path) -> None:
    data = shared / "data"
    assert "root <annotation>" in (voc.sniff(data / "voc/bccd") or "")
    for other in ("yolo/yolo_mark", "coco/taco_whole", "bad", "nothing_here"):
        assert voc.sniff(data / other) is None
    assert voc.sniff(data / "formats/same_boxes_in_8_formats/data/database/gts/cvat_format") is None


def test_registry_leads_here() -> None:
    assert SOURCES["voc"] == voc.__name__
    assert load_source("voc").NAME == voc.NAME == "voc"


# properties

LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"])
LABELS = st.text(LETTERS, min_size=1, max_size=12).filter(lambda text: text == text.strip())
NUMBERS = st.floats(-1e6, 1e6) | st.integers(-5, 5000).map(float)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["pose", "truncated", "occluded", "colour"]),
    LABELS.filter(lambda text: not text[:1].isdigit() and text[:1] != "-" and text != "Unspecified"),
)
OBJECTS = st.tuples(LABELS, st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), st.booleans(), ATTRIBUTES)
PICTURE = st.tuples(st.integers(1, 9000), st.integers(1, 9000), st.lists(OBJECTS, max_size=5))
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def written(width: int, height: int, objects: list[Any]) -> str:
    """One picture as VOC."""
    parts = [f"<annotation><filename>p.jpg</filename><size><width>{width}</width><height>{height}</height></size>"]
    for label, box, difficult, attributes in objects:
        corners = zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
        extra = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in attributes.items())
        parts.append(f"<object><name>{escape(label)}</name><difficult>{int(difficult)}</difficult>{extra}<bndbox>")
        parts += [f"<{tag}>{value!r}</{tag}>" for tag, value in corners]
        parts.append("</bndbox></object>")
    return "".join([*parts, "</annotation>"])


@RELAXED
@given(PICTURE)
def test_what_is_written_is_read_again(tmp_path: Path, one: tuple[int, int, list[Any]]) -> None:
    (tmp_path / "p.xml").write_text(written(*one), encoding="utf-8")
    result = Result(tmp_path, check=False)
    medium = result.rows[0]["media"][0]
    assert (medium["width"], medium["height"]) == one[:2]
    found = [
        (thing["label"], box, thing["difficult"], json.loads(thing["attributes"] or "{}"))
        for thing, box in zip(result.objects(), result.boxes(), strict=True)
    ]
    assert found == one[2]


@RELAXED
@given(PICTURE.map(lambda one: written(*one).encode()), st.data())
def test_damage_is_a_record_a_rejection_or_an_input_error(tmp_path: Path, whole: bytes, data: st.DataObject) -> None:
    (tmp_path / "whole.xml").write_bytes(whole)
    torn = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 4)) if torn else 0):
        torn[data.draw(st.integers(0, len(torn) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "torn.xml").write_bytes(bytes(torn))
    result = Result(tmp_path)
    result.assert_balanced()
    assert "whole" in [row["id"] for row in result.rows]


TAGS = st.sampled_from(
    [
        "object",
        "name",
        "bndbox",
        "xmin",
        "ymin",
        "xmax",
        "ymax",
        "robndbox",
        "cx",
        "cy",
        "w",
        "h",
        "angle",
        "polygon",
        "pt",
        "x",
        "y",
        "x1",
        "y1",
        "part",
        "size",
        "width",
        "height",
        "filename",
        "difficult",
        "deleted",
        "attributes",
        "attribute",
        "value",
    ]
)
TEXTS = st.sampled_from(["1", "2.5", "nan", "-inf", "1e999", "9" * 400, " ", "../x", "C:\\a", "0"]) | LABELS
NONSENSE = st.recursive(
    TEXTS.map(escape),
    lambda inner: st.tuples(TAGS, st.lists(inner, max_size=6)).map(
        lambda one: f"<{one[0]}>{''.join(one[1])}</{one[0]}>"
    ),
    max_leaves=40,
)


@RELAXED
@given(st.lists(NONSENSE, max_size=8), st.booleans(), st.booleans())
def test_well_formed_nonsense_is_a_record(tmp_path: Path, body: list[str], check: bool, one_based: bool) -> None:
    (tmp_path / "p.xml").write_text(f"<annotation>{''.join(body)}</annotation>", encoding="utf-8")
    result = Result(tmp_path, check=check, voc_one_based=one_based)
    result.assert_balanced()
    assert len(result.rows) == 1


@RELAXED
@given(
    st.binary(max_size=200)
    | st.text(st.sampled_from("<>/annotiobj&;!DOCTYPE[]\"'?xml=u8 "), max_size=80).map(str.encode)
)
def test_no_bytes_make_the_parser_raise_anything_else(data: bytes) -> None:
    try:
        parse(data)
    except XmlError as error:
        assert error.message


@pytest.mark.parametrize(
    "encoding", ["idna", "punycode", "hex", "rot13", "utf-7", "base64", "unicode_escape", "ebcdic"]
)
def test_odd_encodings_are_no_way_in(encoding: str) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?><annotation/>'.encode()
    try:
        assert parse(document).tag == "annotation"
    except XmlError as error:
        assert error.at


@given(st.floats(-4, 4), st.floats(0, 500), st.floats(0, 500), st.floats(1, 300), st.floats(1, 300))
def test_turned_boxes_keep_their_centre_sides_and_direction(
    angle: float, cx: float, cy: float, width: float, height: float
) -> None:
    values = zip(("cx", "cy", "w", "h", "angle"), (cx, cy, width, height, angle), strict=True)
    inner = "".join(f"<{tag}>{value!r}</{tag}>" for tag, value in values)
    element = parse(f"<object><name>x</name><robndbox>{inner}</robndbox></object>".encode())
    thing = read_object(element, "", one_based=False, remark=lambda *_: None)
    assert thing.quad
    x1, y1, x2, y2, x3, y3, x4, y4 = thing.quad
    assert ((x1 + x3) / 2, (y1 + y3) / 2) == pytest.approx((cx, cy), abs=1e-6)
    assert math.hypot(x2 - x1, y2 - y1) == pytest.approx(width)
    assert math.hypot(x3 - x2, y3 - y2) == pytest.approx(height)
    # clockwise on the screen: the first side points (cos, sin) with y down, as roLabelImg draws it
    assert (x2 - x1, y2 - y1) == pytest.approx((width * math.cos(angle), width * math.sin(angle)), abs=1e-6)
    assert thing.box == (min(x1, x2, x3, x4), min(y1, y2, y3, y4), max(x1, x2, x3, x4), max(y1, y2, y3, y4))
