"""Pulls that tests kill: `python pull_program.py URL TOKEN PROJECT BEFORE OUT`; BEFORE may be absent.

For every N a copy of BEFORE is pulled in a child that is killed at the N-th call to the file system; prints how many
children were killed. After each, the store is the old one or the new one, and the next pull leaves exactly what an
undisturbed one does, and no litter.
"""

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "pipelines"))

from datetime import UTC, datetime  # noqa: E402

from forks import clear, killed_at, names  # noqa: E402
from mmdata.annotate.pull import pull  # noqa: E402
from mmdata.annotate.server import Server  # noqa: E402
from mmdata.converters.sources.label_studio_store import is_store, store_tasks  # noqa: E402

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def content(folder: Path) -> dict[str, bytes]:
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def held(out: Path) -> list[tuple[str, dict]] | None:
    return list(store_tasks(out)) if is_store(out) and (out / "store.json").exists() else None


def main(url: str, token: str, project: int, before: Path, out: Path) -> int:
    def run() -> None:
        with Server(url, token) as server:
            pull(server, project, out, now=NOW)

    def begin() -> None:
        clear(out)
        if before.exists():
            shutil.copytree(before, out)

    begin()
    old = held(out)
    run()
    whole, new = content(out), held(out)
    assert old != new
    number, killed = 0, True
    while killed:
        number += 1
        begin()
        killed = killed_at(number, run)
        assert held(out) in ((old, new) if killed else (new,)), number
        run()
        assert content(out) == whole, (number, sorted(content(out)))
        assert names(out.parent) == [out.name], names(out.parent)
    return number - 1


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]), Path(sys.argv[5])))
