"""A worker that was given up and goes on when OUT is in its place finds no folder, and makes none."""

from pathlib import Path

import pytest
from mmdata.pipelines.commit import Staging
from mmdata.schemas.errors import OutputError


@pytest.mark.parametrize("again", [False, True])
def test_what_a_worker_does_after_the_end_changes_nothing(again: bool, tmp_path: Path) -> None:
    for _ in range(1 + again):
        with Staging(tmp_path / "out") as staging:
            late, early = staging.alone(), staging.alone()
            half = late.open("train/a.json")
            half.write(b"torn")
            with early.open("train/a.json") as whole:
                whole.write(b"whole")
            staging.take(early.receipts)
            staging.publish({"mmdata": "0", "format": 1})
    with pytest.raises(OutputError):
        half.close()
    with pytest.raises(OutputError):
        late.open("images/b.json")
    with pytest.raises(OutputError):
        late.attempt("images/c.png")
    assert (tmp_path / "out" / "train" / "a.json").read_bytes() == b"whole"
    assert [each.name for each in tmp_path.iterdir()] == ["out"]
