"""Children that tests fork and kill, the calls to the file system at which they do it, and what is left at OUT."""

import json
import os
import shutil
import signal
import traceback
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from mmdata.pipelines.commit import fs

CALLS = [
    "create",
    "reopen",
    "write",
    "truncate",
    "sync",
    "close",
    "make_folder",
    "add_folder",
    "sync_folder",
    "rename",
    "exchange",
]
CALLS += ["lock", "link", "unlink", "remove_tree"]


def before_each(told: Callable[[str, tuple[Any, ...]], object], calls: list[str] = CALLS) -> None:
    """Tell of every call of `fs` in this process, by its name and with what it is given, before it is done."""

    def shim(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*given: Any) -> Any:
            told(name, given)
            return call(*given)

        return watched

    for name in calls:
        setattr(fs, name, shim(name, getattr(fs, name)))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def forked(work: Callable[[], object]) -> int:
    """Begin that work in a child; its process id."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return child


def ended(child: int) -> bool:
    """Wait for a child; whether it was killed. AssertionError where it failed by itself."""
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status
    return os.WIFSIGNALED(status)


def killed_at(number: int, work: Callable[[], object]) -> bool:
    """Whether that work, done in a child that dies just before the number-th call of `fs`, lived so long."""

    def dying() -> None:
        seen = 0

        def one(_name: str, _given: object) -> None:
            nonlocal seen
            seen += 1
            if seen == number:
                die()

        before_each(one)
        work()

    return ended(forked(dying))


def told_by(work: Callable[[Callable[[str], object]], object]) -> str:
    """What a child told while it did that work, to its end; the work is given how to tell."""
    reading, writing = os.pipe()
    child = forked(lambda: work(lambda words: os.write(writing, words.encode())))
    os.close(writing)
    with os.fdopen(reading) as words:
        told = words.read()
    assert not ended(child)
    return told


def names(folder: Path) -> list[str]:
    """What is in a folder, hidden files too, sorted."""
    return sorted(path.name for path in folder.iterdir())


def clear(out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)


def whole(out: Path) -> dict[str, Any] | None:
    """The manifest of what OUT holds, every byte of it checked; None where OUT is absent. AssertionError when torn."""
    if not os.path.lexists(out):
        return None
    manifest: dict[str, Any] = json.loads((out / "manifest.json").read_bytes())
    there = {path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir()}
    assert there == {each["path"] for each in manifest["files"]} | {"manifest.json"}, there
    for each in manifest["files"]:
        content = (out / each["path"]).read_bytes()
        assert (len(content), sha256(content).hexdigest()) == (each["bytes"], each["sha256"]), each
    return manifest


def seed_of(out: Path) -> int | None:
    """The seed of the conversion that OUT holds whole; None where it is absent."""
    manifest = whole(out)
    return None if manifest is None else int(manifest["options"]["seed"])
