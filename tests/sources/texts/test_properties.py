"""Any record written as each format has it is read back; any damage gives records, located rejections or one error."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from mmdata.converters.sources import load_source
from mmdata.converters.sources.ocr_words import SCRIPTS, Form, form_of, read_word
from mmdata.schemas.errors import InputError

few = settings(deadline=None, max_examples=80)

numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3))
# a line ends at a line feed, and a carriage return before it belongs to the end; a file with NUL is no text
texts = st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=["Cs"]), max_size=30)
quads = st.lists(numbers, min_size=8, max_size=8)


def shown(points: list[float]) -> str:
    return ",".join(f"{value:g}" if value == int(value) else repr(value) for value in points)


@given(st.lists(st.tuples(quads, texts), max_size=5))
@example([([0.0] * 8, '"a"')])
@example([([0.0] * 8, "1,2,3"), ([0.0] * 8, ",")])
def test_quads_and_texts(words: list[tuple[list[float], str]]) -> None:
    lines = [f"{shown(points)},{text}" for points, text in words]
    form = form_of(lines, script="no", quotes="text")
    for line, (points, text) in zip(lines, words, strict=True):
        word = read_word(line, form, "1:1")
        assert word.points == [float(f"{value:g}") if value == int(value) else value for value in points]
        assert word.text == (text or None)


@given(st.lists(st.tuples(quads, st.sampled_from(sorted(SCRIPTS)), texts), min_size=1, max_size=5))
def test_scripts(words: list[tuple[list[float], str, str]]) -> None:
    lines = [f"{shown(points)},{script},{text}" for points, script, text in words]
    form = form_of(lines, quotes="text")
    assert form.script
    for line, (_, script, text) in zip(lines, words, strict=True):
        word = read_word(line, form, "1:1")
        assert (word.script, word.text) == (script, text or None)


@given(st.lists(numbers, min_size=4, max_size=4), texts, st.sampled_from([", ", ",", " "]))
def test_quoted_boxes(points: list[float], text: str, between: str) -> None:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    line = between.join([*shown(points).split(","), f'"{escaped}"'])
    assert read_word(line, Form(), "1:1").text == (text or None)


def read(source: str, name: str, data: bytes, reading: Callable[..., Any]) -> Any:
    """What one file gives, or None where it was refused with its place; nothing else may come."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        load_source(source).sniff(path)
        try:
            result = reading(source, path)
        except InputError as error:
            assert str(path) in error.place
            return None
        result.assert_balanced()
        for found in result.rejected:
            assert found["file"] == str(path)
            assert found["message"]
        return result


captioned = st.lists(st.tuples(st.sampled_from(["a.jpg", "b/c.png", "图.webp"]), texts), min_size=1, max_size=6)


@few
@given(captioned, st.sampled_from(["caption", "text", "captions"]))
def test_captions_as_json(reading: Callable[..., Any], rows: list[tuple[str, str]], key: str) -> None:
    entries = [{"image": image, key: [text] if key == "captions" else text} for image, text in rows]
    wanted = [(image, text.strip()) for image, text in rows if text.strip()]
    for name, data in (
        ("a.jsonl", "\n".join(json.dumps(entry) for entry in entries)),
        ("a.json", json.dumps(entries, ensure_ascii=False)),
    ):
        assert said(read("captions", name, data.encode(), reading)) == wanted


@few
@given(captioned)
def test_captions_as_lines(reading: Callable[..., Any], rows: list[tuple[str, str]]) -> None:
    wanted = [(image, text.strip()) for image, text in rows if text.strip()]
    tokens = "".join(f"{image}#{number}\t{text}\n" for number, (image, text) in enumerate(rows))
    assert said(read("captions", "a.token", tokens.encode(), reading)) == wanted
    results = "image_name| comment_number| comment\n" + "".join(f"{image}| 0| {text}\n" for image, text in rows)
    assert said(read("captions", "a.csv", results.encode(), reading)) == wanted


def said(result: Any) -> list[tuple[str, str]]:
    return [(row["id"], caption["text"]) for row in result.rows for caption in row["captions"]]


SEEDS = {
    ("ocr", "a.txt"): b'1,1,9,1,9,5,1,5,good\n2,2,9,2,9,5,2,5,"a, b"\n3,3,9,3,9,5,3,5,###\n',
    ("ocr", "b.txt"): b'38, 43, 920, 215, "Tired"\n1 2 3 4 "x"\n',
    ("ocr", "c.txt"): b"1,1,9,1,9,5,####x\n",
    ("ocr", "d.txt"): b'{"file_name": "1.jpg", "annotations": [{"box": [1,1,5,1,5,3,1,3], "text": "a", "label": 1}]}\n'
    * 2,
    ("ocr", "e.txt"): b'i/1.jpg\t[{"transcription": "M", "points": [[1, 1], [9, 1], [9, 5], [1, 5]]}]\n' * 2,
    ("ocr", "f.txt"): b'word_1.png, "PROPER"\nword_2.png,Latin,x\n',
    ("ocr", "g.json"): b'{"metainfo": {"dataset_type": "TextDetDataset", "category": [{"id": 0, "name": "t"}]}, '
    b'"data_list": [{"img_path": "a.jpg", "instances": [{"polygon": [1,1,5,1,5,3,1,3], "bbox_label": 0}]}]}',
    ("ocr", "h.json"): b'{"company": "A", "total": "9.00"}',
    ("captions", "a.csv"): b"image_name| comment_number| comment\na.jpg| 0| x\nb.jpg| 1| y\n",
    ("captions", "b.token"): b"a.jpg#0\tx\nb.jpg#1\ty\n",
    ("captions", "c.csv"): b'image,caption\na.jpg,x\nb.jpg,"y, z"\n',
    ("captions", "d.jsonl"): b'{"image": "a.jpg", "caption": "x"}\n{"image": "a.jpg", "captions": ["y", "z"]}\n',
    ("captions", "e.json"): b'[{"image": "a.jpg", "caption": "x"}, {"image": "a.jpg", "captions": ["y", "z"]}]',
}
WORDS = ["\0", '"', "{", "[", "]", "NaN", "1e999", "\n", "\\ud800", ",", "[" * 2000]
DAMAGE = [b"", b"\xff\xfe", b"\xef\xbb\xbf", *(word.encode() for word in WORDS)]
pieces = st.sampled_from(DAMAGE) | st.binary(max_size=4)


@given(
    st.sampled_from(sorted(SEEDS)),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(DAMAGE) | st.binary(max_size=4)), max_size=4
    ),
)
@settings(deadline=None, max_examples=400)
def test_damage(reading: Callable[..., Any], seed: tuple[str, str], edits: list[tuple[float, int, bytes]]) -> None:
    data = SEEDS[seed]
    for share, cut, piece in edits:
        at = int(share * len(data))
        data = data[:at] + piece + data[at + cut :]
    read(*seed, data, reading)


@few
@given(st.sampled_from(sorted(SEEDS)))
def test_the_seeds_themselves_are_whole(reading: Callable[..., Any], seed: tuple[str, str]) -> None:
    result = read(*seed, SEEDS[seed], reading)
    if seed[1] == "h.json":  # of entities alone there is nothing to read
        assert result is None
    else:
        assert result.rows or {found["code"] for found in result.rejected} == {"IM001"}
