"""One way to read with any source, and one way to say what came out: the runner of the golden cases and of other tests.

A case is a folder below `tests/sources/SOURCE/cases`: `in/`, perhaps `options.json` (`input` and `check` beside the
source's own options; those of `PATHS` are files in `in/`), and `out.json`.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources import load_source
from mmdata.converters.sources.protocol import default_images
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.annotation import ANNOTATIONS
from mmdata.schemas.errors import MmdataError

PATHS = ("class_list", "class_descriptions", "sizes")
KEYS = ("code", "kind", "file", "at", "value", "message")


class Result:
    """What one read gave: rows, rejections as objects, remarks, and the accounting."""

    def __init__(
        self, source: str, path: Path, *, check: bool = True, images: Path | None = None, **options: Any
    ) -> None:
        lines: list[bytes] = []
        self.accounting = Accounting(sink=lines.append)
        module = load_source(source)
        pictures = Pictures(images or default_images(module, path), check=check)
        self.rows: list[dict[str, Any]] = []
        try:
            for batch in module.read(path, module.Options(**options), pictures, self.accounting):
                assert batch.schema == ANNOTATIONS
                self.rows += batch.to_pylist()
        finally:
            self.rejected = [json.loads(line) for line in lines]

    def objects(self) -> list[dict[str, Any]]:
        return [thing for row in self.rows for thing in row["objects"]]

    def boxes(self) -> list[tuple[float, ...]]:
        return [tuple(thing[side] for side in ("x1", "y1", "x2", "y2")) for thing in self.objects()]

    def attributes(self) -> list[dict[str, Any]]:
        return [json.loads(thing["attributes"] or "{}") for thing in self.objects()]

    def captions(self) -> list[dict[str, Any]]:
        return [caption for row in self.rows for caption in row["captions"]]

    def assert_balanced(self) -> None:
        """Exact: what was read is what came out and what was rejected, for pictures and for annotations."""
        counts = self.accounting.balance()
        for kind, kept in (("images", len(self.rows)), ("annotations", len(self.objects()) + len(self.captions()))):
            rejected = sum(counts[kind]["rejected"].values())
            assert counts[kind]["read"] == kept + rejected
            assert rejected == sum(found["kind"] == kind for found in self.rejected)


@pytest.fixture(scope="session")
def reading() -> Callable[..., Result]:
    """`reading(source, path, check=, images=, **options)`: the result of one read."""
    return Result


@pytest.fixture(scope="session")
def telling() -> Callable[[Path, str], dict[str, Any]]:
    """`telling(case, source)`: what reading a case gives, as its `out.json` holds it."""
    return outcome


def outcome(case: Path, source: str) -> dict[str, Any]:
    """What reading the case gives, as its `out.json` holds it: what is null, false or empty is left out."""
    options_file = case / "options.json"
    options = json.loads(options_file.read_text(encoding="utf-8")) if options_file.exists() else {}
    path = case / "in" / options.pop("input", ".")
    options = {key: case / "in" / value if key in PATHS else value for key, value in options.items()}
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    try:
        result = Result(source, path, **options)
    except MmdataError as error:
        told = (error.place, error.fact, error.remedy)
        return {"error": [type(error).__name__, *(_below(case, each) for each in told)]}
    result.assert_balanced()
    return {
        "records": [_short(row) for row in result.rows],
        "rejected": [[_below(case, found[key]) for key in KEYS] for found in result.rejected],
        "remarks": [
            [_below(case, getattr(found, key)) for key in KEYS if key != "kind"] for found in result.accounting.findings
        ],
    }


def _short(row: dict[str, Any]) -> dict[str, Any]:
    def kept(thing: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in thing.items() if key[:1] in "xy" or value not in (None, False, [], 0)}

    lists = {name: [kept(each) for each in row[name]] for name in ("media", "objects", "captions") if row[name]}
    for thing in lists.get("objects", []):
        if "attributes" in thing:
            thing["attributes"] = json.loads(thing["attributes"])
    return {"id": row["id"], "at": row["at"], **({"group": row["group"]} if row["group"] else {}), **lists}


def _below(case: Path, value: object) -> object:
    return value.replace(f"{case}/", "") if isinstance(value, str) else value
