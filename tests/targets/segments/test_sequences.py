"""Documents and conversations in the targets without turns: obelics, segments, emu3, openflamingo; and back again."""

import base64
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources import interleaved
from mmdata.converters.targets import load_target
from mmdata.converters.targets.openflamingo import LEAST_BYTES, Options
from mmdata.converters.targets.protocol import RenderOptions
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.published import published_schema
from PIL import Image

A, B = ["/d/a.jpg", 64, 48], ["/d/b.png", 32, 32]
DOCUMENT = {
    "id": "d",
    "media": [A, B],
    "turns": [["document", ["Two cups: ", {"image": 0}, "red", {"image": 1}, "blue."]]],
}
ALONE = {"id": "one", "media": [A], "turns": [["document", ["A cup ", {"image": 0}, " on a shelf."]]]}
ASKED = {"id": "q", "media": [A], "turns": [["user", [{"image": 0}, "Which colour?"]], ["assistant", ["Red."]]]}
MMC4 = RenderOptions(own=Options("mmc4"))


def rendered(target: str, sample: dict[str, Any], batch_of: Any, options: RenderOptions = MMC4) -> dict[str, Any]:
    module = load_target(target)
    assert module.refuse(batch_of([sample]), options) == []
    (row,) = module.render(batch_of([sample]), options)
    parsed: dict[str, Any] = json.loads(row)
    schema = published_schema(target)
    Draft202012Validator(schema).validate([parsed] if schema["type"] == "array" else parsed)
    return parsed


def refusals(target: str, sample: dict[str, Any], batch_of: Any, options: RenderOptions = MMC4) -> list[list[Any]]:
    return [[each.code, each.value] for each in load_target(target).refuse(batch_of([sample]), options)]


def test_a_document_keeps_its_order_in_obelics(batch_of: Any) -> None:
    row = rendered("obelics", DOCUMENT, batch_of)
    assert row["images"] == [None, "/d/a.jpg", None, "/d/b.png", None]
    assert row["texts"] == ["Two cups: ", None, "red", None, "blue."]
    assert len(json.loads(row["metadata"])) == 5
    assert load_target("obelics").turns(row) == [("document", "Two cups: redblue.")]


def test_a_document_has_marks_and_no_turns_in_segments(batch_of: Any) -> None:
    marks = [segment["t"] for segment in rendered("segments", DOCUMENT, batch_of)["segments"]]
    assert marks == ["BOS", "text", "BOI", "image", "EOI", "text", "BOI", "image", "EOI", "text", "EOS"]


def test_emu3_takes_one_picture_with_its_words(batch_of: Any) -> None:
    assert rendered("emu3", ALONE, batch_of)["text"] == "A cup on a shelf."
    assert rendered("emu3", ASKED, batch_of)["text"] == "Which colour?\nRed."
    assert refusals("emu3", DOCUMENT, batch_of) == [["TG020", 2]]
    silent = {**ALONE, "turns": [["document", [{"image": 0}]]]}
    assert refusals("emu3", silent, batch_of) == [["CV005", ""]]


def test_names_of_emu3_differ_where_anything_does(batch_of: Any) -> None:
    other = {**ASKED, "turns": [["user", [{"image": 0}, "Which colour?"]], ["assistant", ["Blue."]]]}
    names = {rendered("emu3", each, batch_of)["name"] for each in (ASKED, other, {**ASKED, "id": "a/b.c"})}
    assert len(names) == 3
    assert not [name for name in names if set(name) & set("/.")]


def test_a_caption_is_the_sentence_alone(batch_of: Any) -> None:
    from mmdata.converters.targets.sequence import Picture, Sample, Turn, said_of

    turns = [Turn("user", [Picture("a", 1, 1, 0), "Describe it."]), Turn("assistant", ["A cup."])]
    assert said_of(Sample("s", "caption", turns)) == "A cup."
    assert said_of(Sample("s", "chat", turns)) == "Describe it.\nA cup."


def test_flamingo_s_pictures_are_matched_to_the_text_after_them(batch_of: Any) -> None:
    said = rendered("openflamingo", DOCUMENT, batch_of)["json"]
    assert said["text_list"] == ["Two cups:", "red", "blue."]
    assert [each["matched_text_index"] for each in said["image_info"]] == [1, 2]
    assert said["similarity_matrix"] == [[0, 100, 0], [0, 0, 100]]
    assert min(max(row) for row in said["similarity_matrix"]) >= 30  # the reader's own default threshold


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([{"image": 0}, "one picture"], "TG020"),
        (["words alone"], "TG020"),
        (["first", {"image": 0}, {"image": 1}, "words after two"], "TG020"),
        ([{"image": 0}, "a", {"image": 1}], "TG020"),
        ([{"image": 0}, "a", {"image": 1}, "word " * 260], "TK001"),
        ([{"image": 0}, "a", {"image": 1}, "an <image> more"], "TG008"),
    ],
)
def test_what_flamingo_s_reader_would_drop_of_documents_is_refused(parts: list[Any], code: str, batch_of: Any) -> None:
    shown = [part for part in parts if isinstance(part, dict)]
    sample = {"id": "d", "media": [A, B][: len(shown)], "turns": [["document", parts]]}
    assert [each for each, _ in refusals("openflamingo", sample, batch_of)] == [code]


def test_small_pictures_of_documents_are_refused(tmp_path: Path, batch_of: Any) -> None:
    media = []
    for name in ("a.jpg", "b.jpg"):
        Image.new("RGB", (8, 8)).save(tmp_path / name)
        media.append([str(tmp_path / name), 8, 8])
    found = refusals("openflamingo", {**DOCUMENT, "media": media}, batch_of)
    assert found == [["TG020", (tmp_path / "a.jpg").stat().st_size]]
    for name in ("a.jpg", "b.jpg"):
        with (tmp_path / name).open("ab") as file:
            file.write(bytes(LEAST_BYTES))
    assert refusals("openflamingo", {**DOCUMENT, "media": media}, batch_of) == []


def test_a_long_caption_loses_its_end_mark_so_it_is_refused(batch_of: Any) -> None:
    sample = {**ALONE, "turns": [["document", [{"image": 0}, "word " * 30]]]}
    assert refusals("openflamingo", sample, batch_of, RenderOptions()) == [["TK001", 30]]
    shorter = {**ALONE, "turns": [["document", [{"image": 0}, "word " * 29]]]}
    assert refusals("openflamingo", shorter, batch_of, RenderOptions()) == []


@pytest.mark.parametrize("target", ["swift", "llama-factory", "qwen-vl", "llava", "qwen2.5-vl"])
def test_targets_that_train_answers_refuse_documents_by_name(target: str, batch_of: Any) -> None:
    assert [code for code, _ in refusals(target, ALONE, batch_of, RenderOptions())] == ["CV011"]


# read back by our own source

PIECES = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9), min_size=1)


@settings(deadline=None, max_examples=60)
@given(pieces=PIECES.filter(lambda each: any(text is None or text.strip() for text in each)))
def test_a_document_comes_back_from_segments_as_it_was(
    pieces: list[str | None], batch_of: Any, tmp_path_factory: Any
) -> None:
    count = sum(piece is None for piece in pieces)
    numbers = iter(range(count))
    parts = [{"image": next(numbers)} if piece is None else piece for piece in pieces]
    media = [[f"/d/{at}.png", 4 + at, 5] for at in range(count)]
    (row,) = load_target("segments").render(
        batch_of([{"id": "s", "media": media, "turns": [["document", parts]]}]), MMC4
    )
    place = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    place.write_bytes(row + b"\n")
    pictures = Pictures(place.parent, check=False)
    (batch,) = interleaved.read(place, interleaved.Options(), pictures, Accounting())
    (record,) = batch.to_pylist()
    assert [[each["path"], each["width"], each["height"]] for each in record["media"]] == media
    (turn,) = record["conversations"][0]["turns"]
    back = [{"image": part["media"]} if part["kind"] == "image" else part["text"] for part in turn["parts"]]
    assert back == parts


# whole runs


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """Two documents of two pictures of noise, too large for the reader to skip."""
    lines = []
    folder = tmp_path / "set"
    folder.mkdir()
    for number in range(2):
        for name in ("a.jpg", "b.png"):
            Image.effect_noise((200, 150), 90 + number).convert("RGB").save(folder / f"{number}{name}")
        images = [None, f"{number}a.jpg", None, f"{number}b.png", None]
        lines.append(json.dumps({"images": images, "texts": ["Two:", None, "one", None, f"and {number}."]}))
    (folder / "rows.jsonl").write_text("\n".join(lines) + "\n")
    return folder / "rows.jsonl"


def run(source: Path, out: Path, *more: str) -> dict[str, Any]:
    asked = ["convert", "interleaved", str(source), *more, "-o", str(out)]
    done = subprocess.run([sys.executable, "-m", "mmdata", *asked], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(json.loads((out / "manifest.json").read_text()))


def test_tars_of_documents_hold_the_pictures_bytes(documents: Path, tmp_path: Path) -> None:
    manifest = run(documents, tmp_path / "out", "--to", "openflamingo", "--flamingo-form", "mmc4")
    (shard,) = manifest["splits"]["train"]["shards"]
    with tarfile.open(tmp_path / "out" / shard["path"]) as tar:
        rows = [json.load(tar.extractfile(member)) for member in tar if tar.extractfile(member)]  # type: ignore[arg-type]
    held = [base64.b64decode(each["image_base64"]) for row in rows for each in row["image_info"]]
    names = ["0a.jpg", "0b.png", "1a.jpg", "1b.png"]
    assert held == [(documents.parent / name).read_bytes() for name in names]
    assert json.loads((tmp_path / "out/train/sizes.json").read_text()) == {Path(shard["path"]).name: 2}
    assert "--train_num_samples_mmc4 2" in (tmp_path / "out/openflamingo_args.txt").read_text()


@pytest.mark.parametrize("target", ["obelics", "segments"])
def test_documents_come_through_a_whole_run(target: str, documents: Path, tmp_path: Path) -> None:
    run(documents, tmp_path / "one", "--to", target)
    file = tmp_path / "one/train/train.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    module = load_target(target)
    assert [Path(path).name for row in rows for path in module.pictures(row)] == [
        "0a.jpg",
        "0b.png",
        "1a.jpg",
        "1b.png",
    ]
    run(file, tmp_path / "two", "--to", target, "--images", str(documents.parent))
    again = [json.loads(line) for line in (tmp_path / "two/train/train.jsonl").read_text().splitlines()]
    assert [module.turns(row) for row in again] == [module.turns(row) for row in rows]
    assert [module.pictures(row) for row in again] == [module.pictures(row) for row in rows]
