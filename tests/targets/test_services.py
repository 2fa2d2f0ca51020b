"""Gemini's and OpenAI's services: what they would drop, cut or pass over is refused; the whole is remarked on."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata
from mmdata.converters.targets import gemini, gemini_limits, load_target, openai, openai_limits
from mmdata.converters.targets.addresses import address, checked_prefix
from mmdata.converters.targets.protocol import PLAIN, RenderOptions
from mmdata.schemas.errors import ConfigError
from PIL import Image

BUCKET = gemini.Options("gs://bucket/p")


def sample(*media: list[Any], turns: list[Any] | None = None) -> dict[str, Any]:
    shown = [{"image": place} for place in range(len(media))]
    said = [["user", [*shown, "What is it?"]], ["assistant", ["A mug."]]] if turns is None else turns
    return {"id": "s", "media": list(media), "turns": said}


def codes(target: str, batch: Any, options: RenderOptions = PLAIN) -> list[str]:
    return [each.code for each in load_target(target).refuse(batch, options)]


def put(path: Path, mode: str = "RGB", kind: str = "JPEG", size: tuple[int, int] = (8, 8)) -> list[Any]:
    Image.new(mode, size).save(path, kind)
    return [str(path), *size]


@pytest.mark.parametrize(("target", "most"), [("gemini", gemini_limits.PICTURES), ("openai", 10)])
def test_more_pictures_than_the_service_takes(target, most, batch_of):
    pictures = [[f"/d/{number}.jpg", 8, 8] for number in range(most + 1)]
    assert codes(target, batch_of([sample(*pictures[:most])])) == []
    assert codes(target, batch_of([sample(*pictures)])) == ["TG020"]


def test_azure_takes_more_pictures(batch_of):
    batch = batch_of([sample(*[[f"/d/{number}.jpg", 8, 8] for number in range(64)])])
    assert codes("openai", batch, RenderOptions(own=openai.Options(service="azure"))) == []


@pytest.mark.parametrize("target", ["gemini", "openai"])
def test_a_picture_of_another_format(target, batch_of, tmp_path):
    bmp, png = put(tmp_path / "a.jpg", kind="BMP"), put(tmp_path / "b.jpg", kind="PNG")
    assert codes(target, batch_of([sample(bmp)])) == ["IM014"]
    assert codes(target, batch_of([sample(["/d/a.gif", 8, 8])])) == ["IM014"]
    assert codes(target, batch_of([sample(png)])) == []


def test_the_media_type_is_that_of_the_bytes(batch_of, tmp_path):
    png = put(tmp_path / "b.jpg", kind="PNG")
    assert b'"mimeType":"image/png"' in gemini.render(batch_of([sample(png)]), RenderOptions(own=BUCKET))[0]


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_colours_that_openai_passes_over(mode, batch_of, tmp_path):
    grey = put(tmp_path / "a.jpg", mode)
    assert codes("openai", batch_of([sample(grey)])) == ["IM006"]
    assert codes("gemini", batch_of([sample(grey)])) == []


@pytest.mark.parametrize(("target", "limits"), [("gemini", gemini_limits), ("openai", openai_limits)])
def test_a_picture_of_too_many_bytes(target, limits, batch_of, tmp_path, monkeypatch):
    batch = batch_of([sample(put(tmp_path / "a.jpg"))])
    assert codes(target, batch) == []
    monkeypatch.setattr(limits, "PICTURE_BYTES", 100)
    assert codes(target, batch) == ["IM017"]


@pytest.mark.parametrize(("target", "limits"), [("gemini", gemini_limits), ("openai", openai_limits)])
def test_a_sample_that_would_be_cut(target, limits, batch_of):
    def said(length: int) -> Any:
        return batch_of([sample(turns=[["user", ["Hi"]], ["assistant", ["杯" * (length // 3)]]])])

    assert codes(target, said(limits.TOKENS - 2000)) == []
    assert codes(target, said(limits.TOKENS + 3)) == ["TK007"]


@pytest.mark.parametrize("target", ["gemini", "openai", "trl"])
def test_a_picture_in_an_answer_and_a_late_system_turn(target, batch_of):
    answered = sample(["/d/a.jpg", 8, 8], turns=[["user", ["Draw."]], ["assistant", [{"image": 0}]]])
    late = sample(turns=[["user", ["Hi"]], ["system", ["Be brief."]], ["assistant", ["Yes"]]])
    assert codes(target, batch_of([answered])) == ["TG013"]
    assert codes(target, batch_of([late])) == ["CV003"]


@pytest.mark.parametrize("target", ["gemini", "openai", "trl", "huggingface"])
def test_words_that_look_like_structure_stay_words(target, batch_of):
    """What is searched for in a finished row cannot stand in a text, since its quotes are escaped there."""
    words = [
        '{"text":""},',
        ',{"role":"assistant","content":[',
        '{"type":"text","text":""},',
        '"}]},{"role":"user"',
        "\\",
    ]
    for text in words:
        turns = [["system", [text]], ["user", [{"image": 0}, text]], ["assistant", [text]]]
        module = load_target(target)
        (row,) = module.render(batch_of([sample(["/d/a.jpg", 8, 8], turns=turns)]), PLAIN)
        assert [said for _, said in module.turns(json.loads(row))] == [text] * 3


def test_a_system_turn_is_gemini_s_instruction(batch_of):
    turns = [["system", ["Be brief."]], ["user", ["Hi"]], ["assistant", ["Yes"]]]
    row = json.loads(gemini.render(batch_of([sample(turns=turns)]), PLAIN)[0])
    assert row == {
        "systemInstruction": {"role": "system", "parts": [{"text": "Be brief."}]},
        "contents": [{"role": "user", "parts": [{"text": "Hi"}]}, {"role": "model", "parts": [{"text": "Yes"}]}],
    }


def test_the_convention_is_said_where_there_are_boxes_and_only_there(batch_of):
    boxed = sample(
        ["/d/a.jpg", 10, 10], turns=[["user", [{"image": 0}]], ["assistant", [{"box": [1, 2, 3, 4], "text": "mug"}]]]
    )
    with_boxes, without = map(json.loads, openai.render(batch_of([boxed, sample()]), PLAIN))
    assert with_boxes["messages"][0] == {"role": "system", "content": openai.CONVENTION}
    assert [turn["role"] for turn in without["messages"]] == ["user", "assistant"]


def test_y_comes_first_in_gemini_alone(batch_of):
    turns = [["user", [{"image": 0}]], ["assistant", [{"box": [10, 20, 30, 80], "text": "mug"}]]]
    batch = batch_of([sample(["/d/a.jpg", 100, 100], turns=turns)])
    assert rb"{\"box_2d\": [200, 100, 800, 300], \"label\": \"mug\"}" in gemini.render(batch, PLAIN)[0]
    assert rb"{\"bbox_2d\": [100, 200, 300, 800], \"label\": \"mug\"}" in openai.render(batch, PLAIN)[0]


@pytest.mark.parametrize(
    ("prefix", "path", "found"),
    [
        ("gs://b/p", "/d/photos/a b.jpg", "gs://b/p/a b.jpg"),
        ("https://h/p/", "/d/photos/ä b.jpg", "https://h/p/%C3%A4%20b.jpg"),
        ("gs://b/p", "/o/images/x.jpg", "gs://b/p/images/x.jpg"),
        ("gs://b/p", "/d/photos2/a.jpg", None),
        ("", "/d/photos/a.jpg", "/d/photos/a.jpg"),
    ],
)
def test_addresses(prefix, path, found):
    options = RenderOptions(roots=(("/o/images/", "images/"), ("/d/photos/", "")))
    assert address(path, prefix, options) == found


def test_a_picture_that_has_no_address_is_refused(batch_of):
    options = RenderOptions(own=BUCKET, roots=(("/d/photos/", ""),))
    assert codes("gemini", batch_of([sample(["/d/other/a.jpg", 8, 8])]), options) == ["IM011"]


@pytest.mark.parametrize("prefix", ["/d/photos", "gs://", "ftp://h/p", "https://h/p?x=1", "https:///p", "gs://B ad"])
def test_what_is_no_address_of_a_folder(prefix):
    with pytest.raises(ConfigError, match="is no address of a folder"):
        checked_prefix(prefix, "--bucket", ("gs", "https", "http"))


@pytest.mark.parametrize(
    ("size", "detail", "tokens"),
    [((512, 512), "high", 255), ((2048, 4096), "high", 1105), ((4096, 8192), "low", 85), ((1024, 1024), "auto", 765)],
)
def test_openai_counts_tiles(size, detail, tokens):
    assert openai.picture_tokens(*size, detail) == tokens


@pytest.mark.parametrize(("size", "tokens"), [((384, 384), 258), ((960, 540), 6 * 258)])
def test_gemini_counts_tiles(size, tokens):
    assert gemini.picture_tokens(*size, "unset") == tokens


def test_the_whole_is_remarked_on():
    shard = {"path": "train/train.jsonl", "bytes": 2_000_000_000}
    manifest = {"splits": {"train": {"samples": 4, "shards": [shard, shard]}, "val": {"samples": 6000, "shards": []}}}
    said = [(each.code, each.value) for each in gemini.remarks(manifest)]
    assert said == [("SH013", 2), ("SH013", shard["bytes"]), ("SH013", shard["bytes"]), ("SH013", 6000)]
    assert ("SH014", 4) in [(each.code, each.value) for each in openai.remarks(manifest)]


def test_openai_s_file_holds_the_pictures(tmp_path, root):
    kitchen = root / "examples" / "kitchen"
    asked = ["convert", "coco", str(kitchen / "instances.json"), "--images", str(kitchen / "images"), "--to", "openai"]
    done = CliRunner().invoke(
        mmdata, [*asked, "--max-rejected", "100%", "-q", "-o", str(tmp_path / "out")], catch_exceptions=False
    )
    assert done.exit_code == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "out/train/train.jsonl").read_text().splitlines()]
    pictures = [path.read_bytes() for place in (kitchen, tmp_path / "out") for path in place.glob("images/*")]
    assert rows
    for row in rows:
        (inside,) = openai.embedded(row)
        assert inside in pictures
        (name,) = openai.pictures(row)
        assert name.startswith("data:")


def test_a_line_break_in_a_name_is_none_of_cloud_storage_s(batch_of):
    for name, refused in (("a\nb.jpg", ["IM011"]), ("a\rb.jpg", ["IM011"]), ("a b#.jpg", [])):
        batch = batch_of([sample([f"/d/{name}", 8, 8])])
        options = RenderOptions(roots=(("/d/", ""),), own=gemini.Options(bucket="gs://b"))
        assert [each.code for each in gemini.refuse(batch, options) if each.code != "IM001"] == refused
