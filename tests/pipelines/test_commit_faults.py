"""Every file-system call fails once, and the process dies at every one: OUT is the old whole or the new whole."""

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from forks import CALLS, names
from mmdata.pipelines.commit import fs, lock
from mmdata.pipelines.commit.commit import Staging
from mmdata.schemas.errors import OutputError

from . import commit_program
from .commit_program import build, version_of

PROGRAM = commit_program.__file__


@pytest.fixture
def tmp_path(ram: Path) -> Path:
    """In memory: thousands of fsyncs prove nothing about a process that dies."""
    return ram


class Nth:
    """Counts the calls of `fs`; the number-th fails."""

    def __init__(self, monkeypatch, number: int, fail) -> None:
        self.seen = 0
        for name in CALLS:
            monkeypatch.setattr(fs, name, self._shim(getattr(fs, name), number, fail))

    def _shim(self, call, number, fail):
        def counted(*args):
            self.seen += 1
            return fail(call, *args) if self.seen == number else call(*args)

        return counted


def failing(number):
    def fail(call, *args):
        raise OSError(number, os.strerror(number))

    return fail


def short_write(call, *args):
    if call.__name__ == "write":
        return call(args[0], args[1][: len(args[1]) // 2 + 1])
    return call(*args)


FAULTS = {name: failing(getattr(errno, name)) for name in ("ENOSPC", "EIO", "EMFILE", "EROFS", "EINVAL", "ENOLCK")}


@pytest.mark.parametrize("before", [None, 1])
@pytest.mark.parametrize("fault", [*FAULTS, "short"])
def test_the_nth_call_fails(tmp_path, monkeypatch, fault, before):
    _fail_at_every_call(tmp_path, monkeypatch, fault, before)


@pytest.mark.parametrize("fault", ["ENOSPC", "EIO"])
def test_the_nth_call_fails_where_names_cannot_be_exchanged(tmp_path, monkeypatch, fault):
    monkeypatch.setattr(fs, "exchange", commit_program.unsupported)
    _fail_at_every_call(tmp_path, monkeypatch, fault, 1)


def _fail_at_every_call(tmp_path, monkeypatch, fault, before):
    fail = FAULTS.get(fault, short_write)
    number, calls = 0, sys.maxsize
    while number < calls:
        number += 1
        out = tmp_path / str(number) / "out"
        if before:
            build(out, before)
        with monkeypatch.context() as patch:
            counter = Nth(patch, number, fail)
            failed = _fails(out)
        calls = counter.seen if not failed else calls
        assert version_of(out) in ({before, 2} if failed else {2}), (fault, number)
        build(out, 3)
        assert version_of(out) == 3
        assert names(out.parent) == ["out"], (fault, number)
    assert number > 30


def _fails(out: Path) -> bool:
    try:
        build(out, 2)
    except OutputError as error:
        assert error.place.startswith(str(out)), error
        return True
    return False


def _kill_at_every_call(out: Path, *how: str) -> list[tuple[int | None, int | None, int | None, bool]]:
    out.parent.mkdir()
    command = [sys.executable, PROGRAM, "forks", out, *how]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = [tuple(each) for each in json.loads(done.stdout)]
    assert len(found) > 80
    return found


def test_killed_at_every_call(tmp_path):
    found = _kill_at_every_call(tmp_path / "work" / "out")
    assert all(after == recovered for _, after, recovered, _ in found)
    assert {(before, after) for before, after, _, killed in found if killed} == {
        (None, None),
        (None, 2),
        (1, 1),
        (1, 2),
    }


def test_killed_at_every_call_where_names_cannot_be_exchanged(tmp_path):
    """OUT is absent between the two moves, and the next run brings the old version back before anything else."""
    found = _kill_at_every_call(tmp_path / "work" / "out", "plain")
    assert (1, None, 1, True) in found
    assert {recovered for before, _, recovered, _ in found if before == 1} == {1, 2}
    assert all(after in (before, 2, None) for before, after, _, _ in found)


def _kill_at_random(out: Path, count: int) -> None:
    seeded = random.Random(7)  # noqa: S311
    build(out, 0)
    held = 0
    for version in range(1, count + 1):
        run = subprocess.Popen([sys.executable, PROGRAM, out, str(version), "0.01"])
        time.sleep(seeded.uniform(0.02, 0.35))
        run.send_signal(signal.SIGKILL)
        run.wait()
        assert version_of(out) in (held, version)
        held = version_of(out)
    build(out, -1)
    assert names(out.parent) == [out.name]


def test_killed_at_random_times(tmp_path):
    _kill_at_random(tmp_path / "out", 40)


@pytest.mark.slow
def test_killed_at_random_times_often(tmp_path):
    _kill_at_random(tmp_path / "out", 1000)


def test_two_builds_one_wins(tmp_path):
    out = tmp_path / "out"
    with Staging(out) as first:
        with pytest.raises(OutputError, match=f"process {os.getpid()} on .* is writing it now"), Staging(out):
            pass
        first.publish({"mmdata": "0", "format": 1})
    with Staging(out):
        pass


@pytest.mark.parametrize("locks", [(), ("plain",)], ids=["kernel locks", "no locks"])
@pytest.mark.parametrize("rounds", [50, pytest.param(500, marks=pytest.mark.slow)])
def test_of_two_builds_exactly_one_wins_every_time(tmp_path, locks, rounds):
    """Every second winner is killed, and the run after it breaks its lock."""
    command = [sys.executable, Path(PROGRAM).with_name("race_program.py"), tmp_path / "work" / "out", str(rounds)]
    done = subprocess.run([*command, *locks], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sum(json.loads(done.stdout).values()) == rounds


def test_many_builds_at_once_are_one_version_or_told(tmp_path):
    out = tmp_path / "out"
    runs = [
        subprocess.Popen([sys.executable, PROGRAM, out, str(version), "0.02"], stderr=subprocess.PIPE, text=True)
        for version in range(1, 7)
    ]
    told = [run.communicate()[1] for run in runs]
    won = [version for version, run in enumerate(runs, 1) if run.returncode == 0]
    assert version_of(out) in won
    assert all("is writing it now" in text for run, text in zip(runs, told, strict=True) if run.returncode)
    assert names(tmp_path) == ["out"]


def test_a_reader_sees_one_version_while_it_is_replaced(tmp_path):
    """The folder that a reader has entered stays whole; its name always leads to a whole one."""
    out = tmp_path / "out"
    build(out, 0)
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2]); import commit_program\n"
        "for version in range(1, 60): commit_program.build(Path(sys.argv[1]), version)"
    )
    run = subprocess.Popen([sys.executable, "-c", code, out, Path(PROGRAM).parent])
    reads, seen = 0, set()
    while run.poll() is None:
        manifest = json.loads((out / "manifest.json").read_bytes())  # never FileNotFoundError, never torn
        seen.add(manifest["version"])
        reads += 1
    assert run.returncode == 0
    assert reads > 20
    assert len(seen) > 1


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_signals_leave_the_old_version(tmp_path, sent):
    out = tmp_path / "out"
    build(out, 1)
    run = subprocess.Popen([sys.executable, PROGRAM, out, "2", "600"], stderr=subprocess.DEVNULL)
    while not list(tmp_path.glob(".out.*.partial")):
        time.sleep(0.01)
    run.send_signal(sent)
    run.wait()
    assert version_of(out) == 1
    if sent == signal.SIGINT:
        assert names(tmp_path) == ["out"]
    build(out, 3)
    assert names(tmp_path) == ["out"]


def test_no_descriptor_is_left_open(tmp_path):
    def count() -> int:
        return len(names(Path("/proc/self/fd")))

    before = count()
    with Staging(tmp_path / "out") as staging:
        staging.open("a.json")
        staging.open("b.json").write(b"b")
    assert count() == before


def test_a_lock_file_that_its_holder_just_removed_is_not_taken_for_the_lock(tmp_path, monkeypatch):
    """Between our opening the file and our locking it the holder may be done: then the name leads to another file."""
    path, honest, first = tmp_path / "out.lock", fs.lock, []

    def late(descriptor):
        if not first:
            first.append(descriptor)
            path.unlink()
        honest(descriptor)

    monkeypatch.setattr(fs, "lock", late)
    with Staging(tmp_path / "out"):
        assert str(os.getpid()) in path.read_text()
    assert first
    assert not path.exists()


def no_locks(monkeypatch):
    monkeypatch.setattr(fs, "lock", failing(errno.ENOLCK))


def test_without_kernel_locks_a_dead_holder_is_broken_once(tmp_path, monkeypatch):
    no_locks(monkeypatch)
    out = tmp_path / "out"
    run = subprocess.Popen([sys.executable, PROGRAM, out, "1", "1"])
    while not list(tmp_path.glob(".out.*.partial")):
        time.sleep(0.01)
    with pytest.raises(OutputError, match=f"process {run.pid} on "):
        build(out, 2)
    run.kill()
    run.wait()
    assert (tmp_path / "out.lock").exists()
    build(out, 2)
    assert version_of(out) == 2
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize(
    "text",
    ["", "garbage", '{"pid": 1, "boot": "x", "host": "another machine"}', '{"pid": "x"}'],
)
def test_without_kernel_locks_who_may_be_alive_is_not_broken(tmp_path, monkeypatch, text):
    no_locks(monkeypatch)
    (tmp_path / "out.lock").write_text(text)
    with pytest.raises(OutputError, match="is writing it now"):
        build(tmp_path / "out", 1)
    assert (tmp_path / "out.lock").read_text() == text


def test_a_lock_that_a_dead_run_moved_aside_is_swept_and_a_living_one_s_is_left(tmp_path):
    dead = lock.me()._replace(pid=2**22 + 1)
    for number, holder in enumerate((dead, lock.me(), dead._replace(host="another"))):
        (tmp_path / f"out.lock.{number:016x}").write_text(json.dumps(holder._asdict()))
    build(tmp_path / "out", 1)
    assert names(tmp_path) == ["out", f"out.lock.{1:016x}", f"out.lock.{2:016x}"]


def test_with_kernel_locks_any_left_over_lock_is_taken(tmp_path):
    (tmp_path / "out.lock").write_text('{"pid": 1, "boot": "x", "host": "another machine"}')
    build(tmp_path / "out", 1)
    assert names(tmp_path) == ["out"]


def test_a_full_disk_is_told_with_path_and_free_bytes(tmp_path):
    """A real one: the limit on the size of files, which the kernel enforces like a full disk."""
    import resource

    out = tmp_path / "out"
    build(out, 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        with pytest.raises(OutputError, match=r"big\.json: File too large \(EFBIG, \d+ bytes free\)"):
            _write_big(out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert version_of(out) == 1
    assert names(tmp_path) == ["out"]


def _write_big(out: Path) -> None:
    with Staging(out) as staging, staging.open("big.json") as file:
        file.write(bytes(2_000_000))
