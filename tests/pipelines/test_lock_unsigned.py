"""A lock that the disk does not let us sign is not left behind."""

import errno
from pathlib import Path

import pytest
from mmdata.pipelines.commit import lock


def test_a_full_disk_leaves_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(lock, "_sign", full)
    held = lock.Lock(tmp_path / "out.lock")
    with pytest.raises(OSError, match="No space"):
        held.acquire()
    assert not list(tmp_path.iterdir())
    monkeypatch.undo()
    held.acquire()
    held.release()
    assert not list(tmp_path.iterdir())
