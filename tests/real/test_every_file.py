"""Every folder and label file of ../shared/data is read by the source it is for, whole, or is named with a reason.

`every_file.yaml` says which and how many; the counts here are made of the raw files by other means than the readers'.
"""

import csv
import json
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from mmdata.converters.pictures.fault import PictureFault
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.pictures.header import read_facts
from mmdata.converters.recognise import candidates
from mmdata.converters.sources import load_source
from mmdata.converters.sources.protocol import default_images
from mmdata.converters.table import counts, item_starts
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.rule import RULES
from PIL import Image

TABLE = yaml.safe_load(Path(__file__).with_name("every_file.yaml").read_text(encoding="utf-8"))
MEDIA = frozenset(
    (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".svg", ".ppm", ".pgm", ".fits", ".ico", ".eps")
) | {".mp4", ".avi", ".wav", ".mp3", ".flac"}

Counts = tuple[int | None, int]
"""How many pictures (None: not told by the labels alone) and annotations there are."""


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig")


def _below(path: Path, pattern: str) -> list[Path]:
    return [path] if path.is_file() else sorted(path.rglob(pattern))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    for file in _below(path, "*.csv"):
        yield from ({"file": file.name, **row} for row in csv.DictReader(_text(file).splitlines()))


def coco(path: Path) -> Counts:
    """Annotations; of a panoptic one its segments."""
    data = json.loads(_text(path))
    return len(data["images"]), sum(len(each.get("segments_info", [0])) for each in data["annotations"])


def voc(path: Path) -> Counts:
    texts = [_text(file) for file in _below(path, "*.xml")]
    return len(texts), sum(len(re.findall(r"<object>", text)) for text in texts)


def cvat(path: Path) -> Counts:
    text = "".join(map(_text, _below(path, "*.xml")))
    shapes = re.findall(r"<(?:box|polygon|polyline|points|ellipse|mask|cuboid|skeleton|tag)\b", text)
    return len(re.findall(r"<image ", text)), len(shapes)


def labelme(path: Path) -> Counts:
    files = [json.loads(_text(file)) for file in _below(path, "*.json")]
    return len(files), sum(len(each["shapes"]) for each in files)


def yolo(path: Path) -> Counts:
    """Lines of nothing but numbers; in DOTA's form two words stand at their end."""
    files = (path.parent if path.is_file() else path).rglob("*.txt")
    numbers = re.compile(r"(?:-?[\d.]+ ){4,}-?[\d.]+(?: \S+ \d)?")
    return None, sum(bool(numbers.fullmatch(line.strip())) for file in files for line in _text(file).splitlines())


def openimages(path: Path) -> Counts:
    rows = [row for row in _rows(path) if "XMin" in row and "LabelName" in row]
    return len({(row["file"], row["ImageID"]) for row in rows}), len(rows)


def table(path: Path) -> Counts:
    """Boxes in CSV, whatever the columns are called: numbers in the second to the fifth, or none for no box."""
    lines = [line.split(",") for file in _below(path, "*.csv") for line in _text(file).splitlines()]
    rows = [[cell.strip('"') for cell in line] for line in lines if len(line) == 6]
    boxes = [row for row in rows if re.fullmatch(r"[\d.]+", row[1])]
    return None, len(boxes)


def lines(path: Path) -> Counts:
    files = [path] if path.is_file() else sorted(path.rglob("*.txt"))
    return None, sum(bool(line.strip()) for file in files for line in _text(file).split("\n"))


def chat(path: Path) -> Counts:
    if path.suffix == ".jsonl":
        return lines(path)
    return None, len(json.loads(_text(path)))


def caption_lines(path: Path) -> Counts:
    said = [json.loads(line)["captions"] for line in _text(path).splitlines()]
    return len(said), sum(map(len, said))


def mmocr(path: Path) -> Counts:
    held = [each for file in _below(path, "*.json") for each in json.loads(_text(file))["data_list"]]
    return len(held), sum(len(each["instances"]) for each in held)


def wildreceipt(path: Path) -> Counts:
    held = [json.loads(line)["annotations"] for line in _text(path / "data.txt").splitlines()]
    return len(held), sum(map(len, held))


def sroie(path: Path) -> Counts:
    """Words, and what is said of each receipt as a whole."""
    words = sum(bool(line) for file in (path / "box").iterdir() for line in _text(file).split("\n"))
    return len(list((path / "box").iterdir())), words + sum(
        len(json.loads(_text(file))) for file in (path / "key").iterdir()
    )


def refcoco(path: Path) -> Counts:
    """Phrases, and the different boxes that the phrases of one picture mean."""
    held = json.loads(_text(path))
    boxes = {(each["file_name"], *each["solution"]) for each in held if not each["categories"]["empty_case"]}
    return len({each["file_name"] for each in held}), len(held) + len(boxes)


def vqa(path: Path) -> Counts:
    held = json.loads(_text(path))["questions"]
    return len({each["image_id"] for each in held}), len(held)


def easy_vqa(path: Path) -> Counts:
    held = json.loads(_text(path / "questions.json"))
    return len({picture for _, _, picture in held}), len(held)


COUNT: dict[str, Callable[[Path], Counts]] = {
    **{each.__name__: each for each in (coco, voc, cvat, labelme, yolo, openimages, lines, chat, caption_lines)},
    **{each.__name__: each for each in (mmocr, wildreceipt, sroie, refcoco, vqa, easy_vqa)},
    "csv": table,
}


@pytest.mark.parametrize("entry", TABLE["read"], ids=lambda entry: entry["path"])
def test_it_is_read_whole(shared: Path, entry: dict[str, Any]) -> None:
    """As many pictures and annotations as an independent count finds, each come out or rejected by the rule named."""
    data, module, accounting = shared / "data", load_source(entry["source"]), Accounting()
    path = data / entry["path"]
    options = {name: data / value for name, value in entry.get("options", {}).items()}
    root = data / entry["images_at"] if "images_at" in entry else default_images(module, path)
    pictures = Pictures(root, check=entry.get("check", True))
    came = {"images": 0, "annotations": 0}
    for batch in module.read(path, module.Options(**options), pictures, accounting):
        came["images"] += int(counts(batch, "media").sum())
        came["annotations"] += item_starts(batch)[""]
    balance = accounting.balance()
    rejected = entry.get("rejected", {})
    for kind, many in came.items():
        assert balance[kind]["read"] == entry[kind], kind
        assert balance[kind]["rejected"] == rejected.get(kind, {})
        assert many == entry[kind] - sum(rejected.get(kind, {}).values())


@pytest.mark.parametrize("entry", TABLE["read"], ids=lambda entry: entry["path"])
def test_the_figures_are_those_of_an_independent_count(shared: Path, entry: dict[str, Any]) -> None:
    """And those of EXPECTED.json, which others made, where it has the file."""
    found = COUNT[entry.get("count", entry["source"])](shared / "data" / entry["path"])
    if "by_hand" not in entry:
        assert found[0] in (entry["images"], None)
        assert found[1] == entry["annotations"]
    if "expected" in entry:
        facts = json.loads((shared / "data" / "EXPECTED.json").read_bytes())[entry["expected"]]["counts"]
        known = {name: facts[name] for name in ("anns", "objects", "lines", "images", "xml") if name in facts}
        assert entry["annotations"] in known.values()
        assert entry["images"] in (known.get("images", known.get("xml")), known.get("xml"))


@pytest.mark.parametrize("entry", TABLE["read"], ids=lambda entry: entry["path"])
def test_its_content_alone_says_what_it_is(shared: Path, entry: dict[str, Any]) -> None:
    """`mmdata convert auto` names the one source; where the table says otherwise, that is what content tells."""
    found = [each.source for each in candidates(shared / "data" / entry["path"])]
    assert found == entry.get("auto", [entry["source"]])


def test_nothing_is_left_over(shared: Path) -> None:
    """Every file that is no picture, film or sound belongs to what is read, or to what is not, with a reason."""
    data = shared / "data"
    whole = [entry["path"] for entry in TABLE["read"]] + [
        one for each in TABLE["read"] for one in each.get("covers", ())
    ]
    whole.append("yolo/yolo_mark/x64/Release/data")  # whose obj.data names the rest
    left: list[str] = []
    used: set[str] = set()
    for file in sorted(data.rglob("*")):
        name = file.relative_to(data).as_posix()
        if (
            file.is_dir()
            or file.suffix.lower() in MEDIA
            or any(name == each or name.startswith(f"{each}/") for each in whole)
        ):
            continue
        pattern = next((each for each in TABLE["unread"] if fnmatch(name, each)), None)
        used.add(pattern or "")
        left += [] if pattern else [name]
    assert left == []
    assert set(TABLE["unread"]) - used == set(), "patterns that nothing fits"


@pytest.mark.parametrize("quirk", TABLE["quirks"])
def test_every_quirk_that_the_data_s_own_page_names_has_its_test(shared: Path, quirk: str) -> None:
    """The words stand in data/README.md, the tests in our files."""
    assert quirk in (shared / "data" / "README.md").read_text(encoding="utf-8")
    for place in TABLE["quirks"][quirk]:
        file, _, name = place.partition("::")
        assert f"\ndef {name}(" in (Path(__file__).parents[1] / file).read_text(encoding="utf-8"), place


def test_pictures_of_rare_kinds_are_what_pillow_sees_or_are_refused_by_a_rule(shared: Path) -> None:
    """Twelve-bit and arithmetically coded JPEG, 16-bit PNG, PPM, an empty file: never another size."""
    files = [*(shared / "data" / "bad" / "libjpeg" / "testimages").iterdir(), shared / "data" / "bad" / "zero_byte.jpg"]
    refused: set[str] = set()
    for path in files:
        if path.suffix.lower() not in MEDIA:
            continue
        try:
            facts = read_facts(path)
        except PictureFault as fault:
            assert fault.code in RULES
            refused.add(path.name)
        else:
            with Image.open(path) as picture:
                assert picture.size == (facts.width, facts.height)
    assert {"zero_byte.jpg", "monkey12.jpg"} & {path.name for path in files} <= refused
