"""The schedule as a real process: ended in every way and started again, it does what it owes, once."""

import http.client
import signal
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from mmdata.annotate.schedule import once, only_one
from mmdata.annotate.schedule_child import ours
from mmdata.annotate.schedule_run import Work
from mmdata.annotate.schedule_state import Memory
from mmdata.schemas.errors import OutputError

from .schedule_process import Kept, kept


def test_it_runs_again_and_again_and_ends_when_told(tmp_path: Path) -> None:
    with kept(tmp_path) as schedule:
        schedule.start()
        runs = schedule.wait_for(3)
        assert schedule.end() == 0
    assert [run.number for run in runs[:3]] == [1, 2, 3]
    assert [run.why for run in runs[:3]] == ["start", "time", "time"]
    assert {run.outcome for run in runs} == {"nothing"}
    assert schedule.said.endswith("stopped\n")
    assert not (schedule.store / "schedule.lock").exists()


def test_killed_between_runs_it_goes_on_where_it_was(tmp_path: Path) -> None:
    with kept(tmp_path) as schedule:
        schedule.start()
        schedule.wait_for(2)
        schedule.kill()
        before = len(schedule.runs)
        schedule.start()
        schedule.until(lambda: len(schedule.ended) >= before + 2)
        schedule.end()
        numbers = [run.number for run in schedule.runs]
    assert numbers == list(range(1, len(numbers) + 1))


def test_killed_within_a_run_it_makes_that_run_again_at_once(tmp_path: Path) -> None:
    (tmp_path / "hold").touch()
    with kept(tmp_path, "1h") as schedule:
        schedule.start()
        schedule.until(lambda: schedule.pulls)
        schedule.kill()
        (tmp_path / "hold").unlink()
        schedule.start()
        schedule.wait_for(1)
        schedule.end()
        assert [(run.why, run.outcome) for run in schedule.runs] == [("start", "interrupted"), ("start", "nothing")]


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels end no child with its parent")
def test_killed_within_a_run_it_leaves_no_command_behind(tmp_path: Path) -> None:
    (tmp_path / "hold").touch()  # without an end of its own the command would wait for ever
    with kept(tmp_path, "1h") as schedule:
        schedule.start()
        schedule.until(lambda: schedule.pulls)
        assert alive(schedule.pulls[0])
        schedule.kill()
        schedule.process = None
        schedule.until(lambda: not alive(schedule.pulls[0]))
        assert not (tmp_path / "ended").exists()


def alive(process: int) -> bool:
    """Whether it runs; one that ended and that nobody has asked for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_within_a_run_it_lets_the_command_end_cleanly(tmp_path: Path, number: int) -> None:
    (tmp_path / "hold").touch()
    with kept(tmp_path, "1h") as schedule:
        schedule.start()
        schedule.until(lambda: schedule.pulls)
        schedule.until(lambda: "next run" in schedule.said)
        assert schedule.end(number) == 0
        assert (tmp_path / "ended").read_text() == "cleanly"
        assert [run.outcome for run in schedule.runs] == ["stopped"]
        (tmp_path / "hold").unlink()
        schedule.start()  # what was stopped is owed
        schedule.wait_for(2)
        schedule.end()


def test_missed_moments_become_one_run(tmp_path: Path) -> None:
    with kept(tmp_path, "1h") as schedule:
        schedule.start()
        schedule.wait_for(1)
        schedule.end()
        memory = Memory(schedule.store)
        memory.plan("1h local", datetime.now(UTC) - timedelta(hours=50))
        schedule.start()
        schedule.wait_for(2)
        schedule.until(lambda: due(memory) > datetime.now(UTC))
        schedule.end()
        assert [run.why for run in schedule.runs] == ["start", "time"]
    assert due(memory) > datetime.now(UTC) + timedelta(minutes=30)


def due(memory: Memory) -> datetime:
    return memory.next_run("1h local") or datetime.min.replace(tzinfo=UTC)


def test_a_moment_that_is_still_to_come_is_waited_for(tmp_path: Path) -> None:
    moment = datetime.now(UTC) + timedelta(minutes=40)
    with kept(tmp_path, "1h") as schedule:
        Memory(schedule.store).plan("1h local", moment)
        schedule.start()
        schedule.until(lambda: "next run" in schedule.said)
        assert schedule.end() == 0
        assert schedule.runs == []
        assert Memory(schedule.store).next_run("1h local") == moment


def test_after_failures_it_waits_longer_each_time_and_recovers(tmp_path: Path) -> None:
    (tmp_path / "code").write_text("2")
    with kept(tmp_path, "1s", back_off=0.5) as schedule:
        schedule.start()
        failed = schedule.wait_for(4)
        (tmp_path / "code").write_text("0")
        schedule.until(lambda: schedule.ended[-1].outcome == "nothing")
        well = len(schedule.ended)
        schedule.wait_for(well + 1)
        schedule.end()
        runs = schedule.ended
    assert [run.why for run in failed[:4]] == ["start", "retry", "retry", "retry"]
    assert [run.failures for run in failed[:4]] == [1, 2, 3, 4]
    assert all(run.outcome == "failed" and run.pull == 2 for run in failed[:4])
    assert "what the pull says of itself" in failed[0].said
    gaps = [(later.at - earlier.at).total_seconds() for earlier, later in pairwise(failed[:4])]
    assert all(gap >= 0.8 * 0.5 * 2**number for number, gap in enumerate(gaps))
    assert runs[-1].failures == 0 and runs[-1].why == "time"


def test_failures_are_known_after_a_kill(tmp_path: Path) -> None:
    (tmp_path / "code").write_text("2")
    with kept(tmp_path, "1s", back_off=0.5) as schedule:
        schedule.start()
        schedule.wait_for(2)
        schedule.kill()
        schedule.start()
        runs = schedule.wait_for(4)
        schedule.end()
    assert [run.failures for run in runs[:4]] == [1, 2, 3, 4]


def post(schedule: Kept, method: str = "POST", body: bytes = b'{"action": "ANNOTATION_CREATED"}') -> int:
    schedule.until(lambda: "webhooks wake it" in schedule.said)
    port = int(schedule.said.split("127.0.0.1:")[-1].split("/")[0])
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(method, "/any/path", body)
        return connection.getresponse().status


def test_a_webhook_wakes_it_and_does_nothing_else(tmp_path: Path) -> None:
    with kept(tmp_path, "1h", port="0") as schedule:
        schedule.start()
        schedule.wait_for(1)
        assert post(schedule, "GET") == 501
        assert post(schedule, body=b"\xff" * 200_000) == 204
        assert post(schedule) == 204
        schedule.wait_for(2)
        schedule.end()
        assert [run.why for run in schedule.runs] == ["start", "webhook"]


def test_webhooks_during_a_run_become_one_run_after_it(tmp_path: Path) -> None:
    (tmp_path / "hold").touch()
    with kept(tmp_path, "1h", port="0") as schedule:
        schedule.start()
        schedule.until(lambda: schedule.pulls)
        assert [post(schedule) for _ in range(3)] == [204] * 3
        (tmp_path / "hold").unlink()
        schedule.wait_for(2)
        schedule.end()
        assert [run.why for run in schedule.runs] == ["start", "webhook"]


def test_while_runs_fail_a_webhook_hurries_nothing(tmp_path: Path) -> None:
    (tmp_path / "code").write_text("2")
    with kept(tmp_path, "1h", back_off=1000, port="0") as schedule:
        schedule.start()
        schedule.wait_for(1)
        assert post(schedule) == 204
        (tmp_path / "code").write_text("0")
        schedule.end()
        noted = Memory(schedule.store).next_run("1h local")
        assert noted is not None and noted > datetime.now(UTC) + timedelta(minutes=5)


def test_what_failed_is_said_by_its_error(tmp_path: Path) -> None:
    """A build says on stderr what its paths are before anything else."""
    program = "import sys; sys.exit('resolved:\\n  input: labels is /labels\\nError: labels: not there\\n  Look.')"
    run = once(Work(tmp_path / "store", (sys.executable, "-c", program)))
    assert (run.outcome, run.said) == ("failed", "Error: labels: not there\n  Look.")


def test_there_is_one_schedule_a_store(tmp_path: Path) -> None:
    with kept(tmp_path, "1h") as schedule:
        schedule.start()
        schedule.wait_for(1)
        with pytest.raises(OutputError, match="is writing it now"):
            only_one(Work(schedule.store, ()))
        second = Kept(tmp_path, "1h", starts=1)
        second.start()
        assert second.process is not None and second.process.wait(90) == 1
        assert "is writing it now" in schedule.said
        schedule.kill()
        only_one(Work(schedule.store, ())).release()  # the lock of the dead is nobody's


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken, kept(tmp_path, port=str(taken.getsockname()[1])) as schedule:
        schedule.start()
        assert schedule.process is not None and schedule.process.wait(90) == 1
    assert "--webhook-port" in schedule.said


def test_what_is_remembered_is_text(tmp_path: Path) -> None:
    """No pickle: whoever may write the file cannot make it a program."""
    memory = Memory(tmp_path)
    memory.plan("1h local", datetime(2026, 5, 4, tzinfo=UTC))
    memory.note_built("parts/000001.parquet abc")
    with closing(sqlite3.connect(memory.path)) as connection:
        rows = connection.execute("SELECT * FROM schedule").fetchall()
    assert all(isinstance(value, str) for row in rows for value in row)
    assert memory.next_run("1h local") == datetime(2026, 5, 4, tzinfo=UTC)
    assert memory.next_run("2h local") is None
    assert Memory(tmp_path).built() == "parts/000001.parquet abc"


def test_a_memory_that_is_damaged_is_said(tmp_path: Path) -> None:
    (tmp_path / "schedule").mkdir()
    (tmp_path / "schedule" / "jobs.sqlite").write_bytes(b"no database at all, but long enough to be looked at" * 30)
    with pytest.raises(OutputError, match="cannot be used") as caught:
        Memory(tmp_path)
    assert "delete it" in caught.value.remedy


def test_our_own_commands_are_run_by_our_own_interpreter(tmp_path: Path) -> None:
    import subprocess

    (tmp_path / "mmdata").mkdir()
    (tmp_path / "mmdata" / "__init__.py").write_text("raise SystemExit('a folder that happens to be here')")
    done = subprocess.run(ours("--version"), cwd=tmp_path, check=True, capture_output=True, text=True)
    assert done.stdout.startswith("mmdata ")
