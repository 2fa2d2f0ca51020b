"""Engines: the same receipts in the same order whoever does the parts, errors as they were, lost workers replaced."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing import forkserver
from pathlib import Path
from threading import Event, Thread, get_ident
from typing import Any

import pytest
from mmdata.pipelines.build import build
from mmdata.pipelines.engine import open_engine
from mmdata.pipelines.engine.protocol import Engine
from mmdata.pipelines.job import Job
from mmdata.pipelines.plan import plan_of
from mmdata.pipelines.progress import SILENT
from mmdata.pipelines.work import Work
from mmdata.schemas.errors import ConfigError, InputError, InternalError

sys.path.append(str(Path(__file__).parent))  # where other processes find the stages too
from engine_stages import always_dying, dying, orphaned, refused, squared, standing


@contextmanager
def _two() -> Generator[Engine]:
    with open_engine(workers=2) as engine:
        yield engine


def test_receipts_come_in_the_order_of_the_parts_from_other_processes() -> None:
    with _two() as engine:
        made = list(engine.run(squared, range(50), SILENT))
    assert [square for _, square in made] == [number * number for number in range(50)]
    assert os.getpid() not in {process for process, _ in made}


def test_an_error_comes_as_it_was_raised() -> None:
    with _two() as engine, pytest.raises(InputError) as caught:
        list(engine.run(refused, range(9), SILENT))
    assert (caught.value.place, caught.value.fact, caught.value.remedy) == (
        "part 3",
        "is not to be done",
        "Leave it out.",
    )


def test_a_killed_worker_costs_only_what_it_had_in_hand(tmp_path: Path) -> None:
    with _two() as engine:
        assert list(engine.run(dying, [(number, tmp_path) for number in range(12)], SILENT)) == list(range(12))
    assert len(list(tmp_path.iterdir())) == 2


def test_a_killed_server_of_workers_costs_no_more(tmp_path: Path) -> None:
    """It may be gone for those who speak to it before the system says that it is dead."""
    with _two() as engine:
        assert list(engine.run(orphaned, [(number, tmp_path) for number in range(40)], SILENT)) == list(range(40))
    assert len(list(tmp_path.iterdir())) == 5


def test_a_server_that_is_dying_is_not_the_end() -> None:
    """One that takes no more connections and is not dead yet, as a killed one is for a moment."""
    server: Any = forkserver._forkserver
    server._stop()
    with subprocess.Popen(["sleep", "0.2"]) as dying:
        reader, server._forkserver_alive_fd = os.pipe()
        server._forkserver_pid, server._forkserver_address = dying.pid, "\0nobody"
        with _two() as engine:
            made = list(engine.run(squared, range(5), SILENT))
        dying.returncode = 0  # it was waited for by the engine
    os.close(reader)
    assert [square for _, square in made] == [number * number for number in range(5)]


def test_workers_that_always_die_are_no_endless_loop() -> None:
    with _two() as engine, pytest.raises(InternalError, match="a worker was killed"):
        list(engine.run(always_dying, [1], SILENT))


def test_a_worker_that_stands_still_is_waited_for(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    over = Event()
    let_go_on = Thread(target=_let_go_on, args=(mark, over))
    let_go_on.start()
    with _two() as engine:
        assert list(engine.run(standing, [(number, mark) for number in range(6)], SILENT)) == list(range(6))
        over.set()
        let_go_on.join()


def test_a_worker_that_stands_still_holds_no_end_up(tmp_path: Path) -> None:
    """Such as that by ^C, which is heard while it is waited for."""
    mark = tmp_path / "mark"
    main = get_ident()
    interrupt = Thread(target=lambda: (_marked(mark), signal.pthread_kill(main, signal.SIGINT)))
    with pytest.raises(KeyboardInterrupt), _two() as engine:
        interrupt.start()
        list(engine.run(standing, [(number, mark) for number in range(6)], SILENT))
    interrupt.join()
    with pytest.raises(ProcessLookupError):
        os.kill(_marked(mark), 0)


def test_no_worker_is_left_to_start_when_the_run_is_stopped_amid_its_start() -> None:
    """It would find its locks gone, and print a traceback."""
    program = Path(__file__).parent / "pool_program.py"
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


LEAVING = """
import os
from engine_stages import squared
from mmdata.pipelines.engine import open_engine
from mmdata.pipelines.progress import SILENT
with open_engine(workers=2) as engine:
    list(engine.run(squared, range(9), SILENT))
os._exit(0)
"""


@pytest.mark.parametrize("_time", range(4))
def test_a_process_that_leaves_at_once_has_given_back_all_locks(_time: int) -> None:
    """Or a warning of multiprocessing's is the last word of a run in which nothing is amiss."""
    here = Path(__file__).parent
    done = subprocess.run([sys.executable, "-c", LEAVING], cwd=here, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def _let_go_on(mark: Path, over: Event) -> None:
    """Again and again: the mark is made just before the process stands still."""
    while not over.wait(0.05):
        os.kill(_marked(mark), signal.SIGCONT)


def _marked(mark: Path) -> int:
    """The process that stands still, once there is one."""
    while not mark.exists():
        time.sleep(0.01)
    return int(mark.read_text())


def test_options_that_mean_nothing_together_are_refused() -> None:
    with pytest.raises(ConfigError, match="--address"):
        open_engine("local", 1, "10.0.0.1:6379")
    with pytest.raises(ConfigError, match="--workers"):
        open_engine("ray", 2)


def contents(out: Path) -> dict[str, bytes]:
    """Every file of a data set."""
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("target", ["qwen-vl", "webdataset", "huggingface"])
def test_the_same_bytes_with_any_number_of_workers(target: str, root: Path, tmp_path: Path) -> None:
    kitchen, out = root / "examples" / "kitchen", tmp_path / "out"
    job = Job(
        "coco",
        kitchen / "instances.json",
        out,
        target=target,
        images=kitchen / "images",
        split=(("train", 0.75), ("val", 0.25)),
        tasks=("detect", "ground"),
        negatives=1,
        max_shard_samples=5,
        shuffle=True,
    )
    found: list[dict[str, bytes]] = []
    for workers in (1, 2, 8):
        build(plan_of(job), SILENT, Work(open_engine(workers=workers)))
        found.append(contents(out))
    assert found[0] == found[1] == found[2]
    assert len(found[0]) > 6
