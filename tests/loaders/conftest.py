"""What every loader's tests share: the data that mmdata wrote and the truth beside it. Nothing of mmdata is imported.

Outside `make test-loaders` there is nothing to collect here.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

DATA = os.environ.get("MMDATA_LOADER_DATA")

if not DATA:
    collect_ignore_glob = ["*"]


class Set:
    """One data set in all its forms: what was meant, and what each target wrote of it."""

    def __init__(self, folder: Path) -> None:
        self.name, self.folder = folder.name, folder
        self.truth: dict[str, dict[str, Any]] = {
            sample["id"]: sample
            for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
            for sample in [json.loads(line)]
        }

    def out(self, target: str) -> Path:
        """The folder that `mmdata convert --to TARGET` wrote."""
        return self.folder / target

    def manifest(self, target: str) -> dict[str, Any]:
        """Its manifest."""
        return dict(json.loads((self.out(target) / "manifest.json").read_text(encoding="utf-8")))

    def files(self, target: str) -> list[Path]:
        """Its shards, in order."""
        splits = self.manifest(target)["splits"].values()
        return [self.out(target) / shard["path"] for split in splits for shard in split["shards"]]

    def rows(self, target: str) -> list[dict[str, Any]]:
        """The rows of a target whose files are JSON or JSON Lines."""
        read: list[dict[str, Any]] = []
        for file in self.files(target):
            text = file.read_text(encoding="utf-8")
            read += json.loads(text) if file.suffix == ".json" else map(json.loads, text.splitlines())
        return read

    def lengths(self, target: str) -> dict[str, int]:
        """What `count_tokens` says of every row, by the sample's id."""
        return dict(json.loads((self.folder / f"{target}.lengths.json").read_text(encoding="utf-8")))


def sets(name: str = "*") -> list[Set]:
    """The data sets that were made, for `pytest.mark.parametrize`."""
    return [Set(path.parent) for path in sorted(Path(DATA or "").glob(f"{name}/truth.jsonl"))]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with an argument `dataset` runs once for every data set."""
    if "dataset" in metafunc.fixturenames:
        found = sets()
        metafunc.parametrize("dataset", found, ids=[each.name for each in found])


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of everything that was made."""
    return Path(DATA or "")


@pytest.fixture(scope="session")
def tokenizer_folder(data: Path) -> Path:
    """A tokenizer of the Qwen vocabulary as transformers keeps one."""
    return data / "tokenizers" / "qwen2"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With MMDATA_NO_SKIPS set, no test of a loader may be skipped: the data is made, so there is no reason."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("MMDATA_NO_SKIPS") and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("\nskipped where nothing may be", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
