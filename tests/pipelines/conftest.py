"""A source of our own whose records a test writes down, and a way to convert them and read everything back."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest
from mmdata.converters import sources
from mmdata.converters.records import Record, batches
from mmdata.converters.targets.protocol import Decoded
from mmdata.converters.targets.qwen_vl import decode
from mmdata.pipelines.convert import convert
from mmdata.pipelines.job import Job
from mmdata.pipelines.progress import Silent
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.manifest import Manifest

sys.path.append(str(Path(__file__).parent))  # where tests find what several of them share

HELD: list[Record] = []
"""What the tiny source reads next; options would stand in the manifest."""


@dataclass(frozen=True)
class Options:
    """How many records of the tiny source make a batch."""

    rows: int = 2048


def _read(_path: Path, options: Options, _pictures: object, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    records = list(HELD)
    for record in records:
        accounting.read("images", len(record.media))
        held = (record.objects, record.captions, record.phrases, record.questions)
        accounting.read("annotations", sum(map(len, held)))
    return batches(records, options.rows)


@pytest.fixture
def ram(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: what dies by kill -9 needs no disk that keeps its promises."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own in it
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory, prefix="mmdata-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session", autouse=True)
def tiny_source() -> Iterator[None]:
    """The source `tiny`, registered beside the real ones."""
    module = ModuleType("mmdata_tests_tiny")
    vars(module).update(NAME="tiny", SUMMARY="", FRAME="pixels", Options=Options, sniff=lambda _path: None, read=_read)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, module.__name__, module)
        patch.setitem(sources.SOURCES, "tiny", module.__name__)
        yield


@dataclass
class Made:
    """A finished data set, read back from the disk."""

    out: Path

    @property
    def manifest(self) -> dict[str, Any]:
        text = (self.out / "manifest.json").read_bytes()
        Manifest.model_validate_json(text)
        return json.loads(text)

    @property
    def rejected(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.out / "rejected.jsonl").read_bytes().splitlines()]

    @property
    def lint(self) -> dict[str, Any]:
        return json.loads((self.out / "lint.json").read_bytes())

    def rows(self, split: str = "train") -> list[dict[str, Any]]:
        return json.loads((self.out / split / f"{split}.json").read_bytes())

    def said(self, task: str = "", split: str = "train") -> list[list[str]]:
        """The turns of every row, pictures aside; of one task's rows only, where one is named."""
        rows = [row for row in self.rows(split) if f"-{task}" in row["id"]]
        return [[_without_pictures(turn["value"]) for turn in row["conversations"]] for row in rows]

    def boxes(self, sizes: dict[str, list[tuple[int, int]]], split: str = "train") -> list[tuple[str, list[Decoded]]]:
        """(row id, its boxes in pixels); `sizes` are those of each record's pictures, by the record's id."""
        return [(row["id"], decode(row, sizes[row["id"].rpartition("-")[0]])) for row in self.rows(split)]

    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.out)): path.read_bytes() for path in self.out.rglob("*") if path.is_file()}


def _without_pictures(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if "<img>" not in line)


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Made]:
    """Convert records with options of `Job`; pictures are not looked at unless `check_images` says so."""
    home = tmp_path_factory.mktemp("tiny")
    (labels := home / "labels").mkdir()
    numbers = iter(range(1_000_000))

    def made(*records: Record, rows: int = 2048, out: Path | None = None, **options: Any) -> Made:
        out = out or home / f"out-{next(numbers)}"
        given = {"check_images": False, **options}
        HELD[:] = records
        convert(Job("tiny", labels, out, source_options=Options(rows), **given), Silent())
        return Made(out)

    return made
