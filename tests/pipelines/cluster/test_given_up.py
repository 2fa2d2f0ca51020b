"""A worker that was given up and goes on when OUT is in its place finds no folder, and makes none."""

import pickle
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from mmdata.pipelines.commit import fs
from mmdata.pipelines.commit.commit import Staging
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
    with pytest.raises(FileNotFoundError):
        late.attempt("images/c.png").touch()
    assert (tmp_path / "out" / "train" / "a.json").read_bytes() == b"whole"
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_what_a_worker_does_after_its_attempts_were_swept_is_not_in_out(tmp_path: Path) -> None:
    """Between the manifest and the name of OUT: a file that is begun then would be published with it."""
    with Staging(tmp_path / "out") as staging:
        late, early = staging.alone(), pickle.loads(pickle.dumps(staging))  # noqa: S301  as workers get it
        with early.open("train/a.json") as whole:
            whole.write(b"whole")
        staging.take(early.receipts)
        staging.seal({"mmdata": "0", "format": 1})
        staging.sweep()
        for each in (late, early):
            with pytest.raises(OutputError):
                each.open("train/a.json")
        assert sorted(path.name for path in staging.folder.rglob("*")) == ["a.json", "manifest.json", "train"]


def test_a_folder_goes_though_somebody_still_puts_files_there(tmp_path: Path) -> None:
    """What is put there makes one attempt to remove it fail at most."""
    (folder := tmp_path / "folder").mkdir()
    for number in range(200):
        (folder / str(number)).touch()

    def work() -> None:
        for number in range(5):
            while (folder / str(number)).exists():
                pass
            with suppress(OSError):
                (folder / f"late-{number}").touch()

    worker = Thread(target=work)
    worker.start()
    fs.remove_tree(folder)
    worker.join()
    assert not folder.exists()


def test_a_folder_that_cannot_be_removed_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        fs.remove_tree(tmp_path / "absent")
