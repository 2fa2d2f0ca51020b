"""Real data through the whole command line, and the result read back by means of its own."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata
from mmdata.converters.targets.qwen_vl import decode
from mmdata.converters.targets.qwen_vl_text import check_row
from mmdata.converters.targets.qwen_vl_tokens import encoding
from mmdata.schemas.manifest import Manifest
from mmdata.schemas.published import published_schema
from PIL import Image, ImageOps

Boxes = dict[str, list[tuple[str, tuple[float, ...], tuple[int, int]]]]
"""By the base name of the picture: (label, x1 y1 x2 y2 as the source has them, size of the picture)."""


@dataclass
class Converted:
    """A finished conversion."""

    out: Path
    stderr: str

    @property
    def accounting(self) -> dict[str, dict[str, Any]]:
        manifest = Manifest.model_validate_json((self.out / "manifest.json").read_bytes())
        return manifest.accounting.model_dump()

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [row for split in sorted(self.out.glob("*/*.json")) for row in json.loads(split.read_bytes())]

    @property
    def codes(self) -> dict[str, dict[str, int]]:
        """What was left out, by kind and code, counted from rejected.jsonl."""
        lines: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for text in (self.out / "rejected.jsonl").read_bytes().splitlines():
            line = json.loads(text)
            assert line["file"] and line["message"] and line["remedy"], line
            lines[line["kind"]][line["code"]] += 1
        return {kind: dict(counts) for kind, counts in lines.items()}

    def assert_sound(self) -> None:
        """The balance, the published schema, the tags, and that control tokens are those of the tags alone."""
        balance = self.accounting
        assert self.codes == {kind: counts["rejected"] for kind, counts in balance.items() if counts["rejected"]}
        rows = self.rows
        assert len(rows) == balance["samples"]["written"] > 0
        validator = _validator()
        assert validator.is_valid(rows), next(iter(validator.iter_errors(rows))).message
        for row in rows:
            assert check_row(row) == [], row["id"]
            for turn in row["conversations"]:
                _assert_only_our_control_tokens(turn["value"])

    def assert_boxes(self, wanted: Boxes, rounding: str = "nearest") -> int:
        """Every box of the detections is one of `wanted`, once, within the grid's bound; how many there are."""
        left = {name: list(boxes) for name, boxes in wanted.items()}
        found = 0
        for row in self.rows:
            name = pictures(row)[0].rpartition("/")[2]
            size = left[name][0][2] if left[name] else (1, 1)
            for each in decode(row, [size]):
                place = next(
                    at
                    for at, (label, box, _) in enumerate(left[name])
                    if label == each.label and _near(each.box, box, size, rounding)
                )
                left[name].pop(place)
                found += 1
        return found


@cache
def _validator() -> Any:
    return jsonschema.Draft202012Validator(published_schema("qwen_vl"))


def _near(found: tuple[float, ...], box: tuple[float, ...], size: tuple[int, int], rounding: str) -> bool:
    steps = 0.5 if rounding == "nearest" else 1.0
    for value, other, side in zip(found, box, size * 2, strict=True):
        inside = min(max(other, 0.0), float(side))
        bound = side / 1000 * (1.0 if inside > side * 0.9985 else steps)  # the last cell is 999, whatever the rounding
        if abs(value - inside) > bound + 1e-6:
            return False
    return True


def _assert_only_our_control_tokens(text: str) -> None:
    """As the trainer's tokenizer counts them: two for each picture, ref, box and quad that the parser sees."""
    special = [token for token in encoding().encode(text, allowed_special="all") if token >= 151643]
    tags = sum(text.count(tag) for tag in ("<img>", "<ref>", "<box>", "<quad>"))
    assert len(special) == 2 * tags, text


def pictures(row: dict[str, Any]) -> list[str]:
    """The picture paths of a row."""
    text = "\n".join(turn["value"] for turn in row["conversations"])
    return [part.partition("</img>")[0] for part in text.split("<img>")[1:]]


def upright_size(path: Path) -> tuple[int, int]:
    """Width and height as people see the picture."""
    with Image.open(path) as picture:
        return ImageOps.exif_transpose(picture).size


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Converted]:
    """`run("coco", labels, *options)`: the command line, in a new OUT; the exit must be 0."""
    numbers = iter(range(1000))

    def converted(*arguments: object) -> Converted:
        out = tmp_path / f"out-{next(numbers)}"
        done = CliRunner().invoke(mmdata, ["convert", *map(str, arguments), "-o", str(out)], catch_exceptions=False)
        assert done.exit_code == 0, done.stderr
        return Converted(out, done.stderr)

    return converted


@pytest.fixture(scope="session")
def near() -> Callable[..., bool]:
    """Whether a decoded box is another, clipped to the picture, within the grid's bound."""
    return _near
