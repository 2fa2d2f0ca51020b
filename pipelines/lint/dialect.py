"""Dialect: for which trainer the rows of a file are, by what stands in the first of them.

Keys say the house, marks of boxes the model. Where two targets write rows of one kind the likelier is taken and the
other named: `--as` decides. Of Qwen2.5-VL and Qwen3-VL no row says which: a number beyond 1000 can be but a pixel.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from ...converters.sources.chat_rows import Said, each_turn
from ...converters.sources.json_rows import first_row, form_of, json_rows
from ...converters.targets.grammar import FAMILIES
from ...schemas.accounting import Accounting
from ...schemas.errors import InputError

ROWS = 1000
"""So many rows are looked at."""

_LETTERS = 4000  # of each text
_HEADS = {"messages", "conversations", "contents", "prompt"}
_PICTURE = re.compile(r"<img>[^<]*</img>")
_SHARES = re.compile(r"\[\s*[01]?\.\d+\s*(?:,\s*[01]?\.\d+\s*){3}\]")
_PARTS = re.compile(r"\[\s*\d{1,3}\s*(?:,\s*\d{1,3}\s*){3}\]")
_PIXELS = re.compile(r'"bbox_2d"\s*:\s*\[[^\]]*\b(?!1000\b)[1-9]\d{3}')


class Candidate(NamedTuple):
    """A target that writes such rows, and what was seen."""

    name: str
    why: str


def dialects(path: Path) -> list[Candidate]:
    """The target whose rows these are likeliest to be; none for what is no file of conversations of a target of ours.

    Never raises.
    """
    if path.suffix.lower() == ".parquet":
        return _of_columns(path)
    if not _may_be_rows(first_row(path)):
        return []
    seen: Counter[str] = Counter()
    for row in _rows(path):
        _look(row, seen)
    seen["a list"] = form_of(path) == "list"
    if seen["from human"] >= seen["from user"]:
        del seen["from user"]
    found = _told(seen)
    return [found] if found else []


def _may_be_rows(row: Any) -> bool:
    return isinstance(row, dict) and bool(_HEADS & row.keys())


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """The first rows, as far as they can be read."""
    try:
        for row in islice(json_rows(path, Accounting()), ROWS):
            if isinstance(row.value, dict):
                yield row.value
    except (InputError, OSError):
        return


def _of_columns(path: Path) -> list[Candidate]:
    import pyarrow as pa

    try:
        parquet: Any = import_module("pyarrow.parquet")  # it has no types
        names = set(parquet.read_schema(path).names)
    except (OSError, pa.ArrowInvalid):
        return []
    if {"prompt", "completion"} <= names:
        return [Candidate("trl", "columns 'prompt' and 'completion'")]
    return [Candidate("huggingface", "a column 'messages'")] if "messages" in names else []


def _look(row: dict[str, Any], seen: Counter[str]) -> None:
    """Count what stands in one row."""
    seen["rows"] += 1
    seen.update(f"key {key}" for key in row)
    blocks: set[str] = set()
    for said in each_turn(row, ""):
        if not isinstance(said, Said):
            continue
        seen[f"{said.key} {said.name}"] += 1
        for piece in said.pieces:
            if piece.kind == "text":
                _look_at(piece.text[:_LETTERS], seen)
            elif piece.at:
                blocks.add("block")
            else:
                blocks.add("own picture")
    seen.update(blocks)
    turns = row.get("messages")
    for turn in turns if isinstance(turns, list) else ():
        if isinstance(turn, dict) and isinstance(turn.get("content"), list):
            seen.update(_blocks(turn["content"]))
    for key in ("image", "images"):
        if isinstance(row.get(key), list) and len(row[key]) > 1:
            seen["several"] += 1


def _blocks(content: list[Any]) -> Iterator[str]:
    for block in content:
        if isinstance(block, dict):
            kind = block.get("type")
            yield "image_url" if kind == "image_url" and "image_url" in block else f"type {kind}"


def _look_at(text: str, seen: Counter[str]) -> None:
    if "<" not in text and "[" not in text:
        return
    seen.update(name for name, pattern in FAMILIES.items() if pattern.search(text))
    if _PICTURE.search(text):
        seen["<img>"] += 1
    if _SHARES.search(text):
        seen["shares"] += 1
    if _PARTS.search(text):
        seen["parts"] += 1
    if _PIXELS.search(text):
        seen["pixels"] += 1


_HOUSES: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    ("key contents", (("", "gemini", "'contents' of parts"),)),
    (
        "key conversations",
        (
            ("<img>", "qwen-vl", "'conversations' with <img>"),
            ("Qwen-VL's tags", "qwen-vl", "'conversations' with <ref> or <box>"),
            ("MiniGPT-v2's boxes", "minigpt-v2", "'conversations' with boxes in {<angle><brackets>}"),
            ("role user", "cogvlm", "'conversations' with roles; CogVLM2 reads the same: --as cogvlm2"),
            ("Qwen2-VL's tokens", "qwen2-vl", "'conversations' with <|box_start|>"),
            ("pixels", "qwen2.5-vl", "'conversations' with \"bbox_2d\"; numbers beyond 1000 can be but pixels"),
            (
                "Qwen's JSON",
                "qwen3-vl",
                "'conversations' with \"bbox_2d\", no number beyond 1000; if they are pixels, say --as qwen2.5-vl",
            ),
            ("CogVLM's boxes", "vary-toy", "'conversations' with boxes in [[three-digit,numbers]]"),
            ("from user", "qwen-vl", "'conversations' from 'user'"),
            ("shares", "llava", "'conversations' from 'human', boxes in shares of 0 to 1"),
            ("parts", "llava", "'conversations' from 'human', boxes of whole numbers; if they are Yi-VL's: --as yi-vl"),
            ("several", "qwen3-vl", "'conversations' about several pictures, without boxes"),
            ("key images", "qwen3-vl", "'conversations' and 'images', without boxes"),
            ("key video", "qwen3-vl", "'conversations' about films"),
            (
                "",
                "llava",
                "'conversations' from 'human', without boxes; qwen-vl-finetune reads the same: --as qwen3-vl",
            ),
        ),
    ),
    (
        "key messages",
        (
            ("key objects", "swift", "'messages' with 'objects'"),
            ("ms-swift's places", "swift", "'messages' with <bbox> or <ref-object>"),
            ("GLM-4.5V's boxes", "glm-4.5v", "'messages' with <|begin_of_box|>"),
            ("image_url", "openai", "'messages' with blocks of image_url"),
            ("own picture", "glm-4v", "'messages', the picture in the first"),
            ("type image", "huggingface", "'messages' with blocks of the type image; if TRL's, say --as trl"),
            ("Qwen's JSON", "llama-factory", "'messages' with \"bbox_2d\""),
            ("block", "llama-factory", "'messages' with blocks"),
            ("a list", "llama-factory", "'messages' in a list; ms-swift reads the same: --as swift"),
            ("", "swift", "'messages', a row a line; LLaMA-Factory reads the same: --as llama-factory"),
        ),
    ),
    ("key completion", (("", "trl", "'prompt' and 'completion'"),)),
    ("key label", (("", "visualglm", "'img', 'prompt' and 'label'"),)),
)
"""Whose rows these are: by a key of theirs, then by the first of the marks that was seen ("" is any)."""


def _told(seen: Mapping[str, int]) -> Candidate | None:
    """What was seen, as a target."""
    for key, marks in _HOUSES:
        if seen[key]:
            return next(Candidate(name, why) for mark, name, why in marks if not mark or seen[mark])
    return None
