"""The log of a schedule: what it holds is what happened, whatever a kill tore."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from mmdata.annotate import run_log
from mmdata.annotate.run_log import RunLog, last_runs, log_file
from mmdata.cli import mmdata
from mmdata.schemas.errors import OutputError

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def test_runs_are_told_as_they_were(tmp_path: Path) -> None:
    log = RunLog(tmp_path)
    first = log.start("time", NOON)
    log.end(replace(first, outcome="new", seconds=2.5, pull=10, build=0))
    second = log.start("webhook", NOON + timedelta(hours=1))
    log.end(replace(second, outcome="failed", pull=2, said="Error: no such server", failures=1))
    third = log.start("retry", NOON + timedelta(hours=2))
    one, two, three = last_runs(tmp_path)
    assert (one.number, one.at, one.why, one.outcome, one.seconds, one.pull, one.build) == (
        *(1, NOON, "time"),
        *("new", 2.5, 10, 0),
    )
    assert (two.outcome, two.said, two.failures) == ("failed", "Error: no such server", 1)
    assert (three.outcome, three.failures) == ("running", third.failures) == ("running", 1)
    assert last_runs(tmp_path, 1) == [three]


def test_a_run_without_its_end_was_interrupted_once_another_started(tmp_path: Path) -> None:
    log = RunLog(tmp_path)
    log.start("time", NOON)
    log.start("start", NOON)
    assert [run.outcome for run in last_runs(tmp_path)] == ["interrupted", "running"]


def test_where_nothing_was_kept_there_are_no_runs(tmp_path: Path) -> None:
    assert last_runs(tmp_path) == []
    assert last_runs(tmp_path / "absent") == []


@given(st.integers(0, 400), st.binary(max_size=40))
def test_a_torn_or_foreign_end_costs_only_itself(cut: int, rubbish: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder)
        log = RunLog(store)
        for hour in range(3):
            log.end(replace(log.start("time", NOON + timedelta(hours=hour)), outcome="nothing", pull=0))
        path = log_file(store)
        whole = path.read_bytes()
        path.write_bytes(whole[: max(0, len(whole) - cut)] + rubbish)
        kept = last_runs(store)
        again = log.start("start", NOON + timedelta(days=1))
        assert last_runs(store)[-1].number == again.number == (kept[-1].number + 1 if kept else 1)


def test_the_log_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_log, "LARGEST", 2000)
    log = RunLog(tmp_path)
    for hour in range(60):
        log.end(replace(log.start("time", NOON + timedelta(hours=hour)), outcome="nothing", pull=0))
    assert sum(each.stat().st_size for each in log_file(tmp_path).parent.iterdir()) < 6000
    numbers = [run.number for run in last_runs(tmp_path, 12)]
    assert numbers == list(range(49, 61))
    assert all(run.outcome == "nothing" and run.why == "time" for run in last_runs(tmp_path, 12))


def test_many_runs_are_read_from_the_end_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_log, "_TAIL", 300)
    log = RunLog(tmp_path)
    for hour in range(40):
        log.end(replace(log.start("time", NOON + timedelta(hours=hour)), outcome="nothing", pull=0))
    assert [run.number for run in last_runs(tmp_path, 5)] == [36, 37, 38, 39, 40]
    assert len(last_runs(tmp_path, 100)) == 40


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "schedule").write_text("in the way", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        RunLog(tmp_path).start("time", NOON)


def test_a_store_whose_runs_all_failed_has_a_status(tmp_path: Path) -> None:
    log = RunLog(tmp_path)
    log.end(replace(log.start("start", NOON), outcome="failed", said="the server: cannot be reached"))
    said = CliRunner().invoke(mmdata, ["annotate", "status", str(tmp_path)])
    assert said.exit_code == 0, said.output
    assert said.stdout.splitlines()[0] == f"{tmp_path}: no pull has ended yet"
    assert "failed, 0.0 s: the server: cannot be reached" in said.stdout
    as_json = json.loads(CliRunner().invoke(mmdata, ["annotate", "status", str(tmp_path), "--format", "json"]).stdout)
    assert (as_json["project"], as_json["runs"][0]["outcome"]) == (None, "failed")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "000002.parquet").touch()  # a store that lost its state is another matter
    assert CliRunner().invoke(mmdata, ["annotate", "status", str(tmp_path)]).exit_code == 2
