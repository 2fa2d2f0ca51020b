"""Commands that open no address say so, and name it as it was given."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata

AT = "s3://team/out/a"


@pytest.mark.parametrize(
    "words",
    [
        ["diff", AT, "."],
        ["diff", ".", AT],
        ["lint", AT],
        ["lint", ".", "--images", AT],
        ["report", AT],
        ["report", ".", "-o", AT],
        ["dedup", AT],
        ["dedup", ".", "--against", AT],
        ["few-shot", AT],
    ],
    ids=" ".join,
)
def test_an_address_is_called_one(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(mmdata, words, catch_exceptions=False)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"Error: {AT}: is an address, and none is opened here\n")
    assert "mmdata convert, build and verify" in done.stderr


def test_what_is_secret_in_an_address_is_not_repeated() -> None:
    done = CliRunner().invoke(mmdata, ["lint", "s3://me:secret@team/a"], catch_exceptions=False)
    assert done.exit_code == 2
    assert "secret" not in done.stderr
