"""One way to read with any source of boxes, for the tests of all of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources import load_source
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.annotation import ANNOTATIONS


class Result:
    """What one read gave: rows, rejections as objects, remarks, and the accounting."""

    def __init__(
        self, source: str, path: Path, *, check: bool = True, images: Path | None = None, **options: Any
    ) -> None:
        lines: list[bytes] = []
        self.accounting = Accounting(sink=lines.append)
        pictures = Pictures(images or (path if path.is_dir() else path.parent), check=check)
        self.rows: list[dict[str, Any]] = []
        module = load_source(source)
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

    def assert_balanced(self) -> None:
        """Exact: what was read is what came out and what was rejected, for pictures and for annotations."""
        counts = self.accounting.balance()
        captions = sum(len(row["captions"]) for row in self.rows)
        for kind, kept in (("images", len(self.rows)), ("annotations", len(self.objects()) + captions)):
            rejected = sum(counts[kind]["rejected"].values())
            assert counts[kind]["read"] == kept + rejected
            assert rejected == sum(found["kind"] == kind for found in self.rejected)


@pytest.fixture(scope="session")
def reading() -> Callable[..., Result]:
    """`reading(source, path, check=, images=, **options)`: the result of one read."""
    return Result
