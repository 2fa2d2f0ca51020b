"""Two builds at one OUT, begun together, again and again: `python race_program.py OUT ROUNDS [plain]`.

Each says whether it got in, and the one that did waits until both have spoken. Prints how often each came first.
"""

import errno
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path

from commit_program import build, version_of  # beside this file
from forks import forked, names
from mmdata.pipelines.commit import fs
from mmdata.pipelines.commit.commit import Staging
from mmdata.schemas.errors import OutputError


def no_lock(_descriptor: int) -> None:
    raise OSError(errno.ENOLCK, "no locks on this file system")


def contend(out: Path, number: int, begin: int, say: int, go: int) -> None:
    """One of the two: wait for the beginning, try to get in, say how it went, wait, publish."""
    os.read(begin, 1)
    try:
        with Staging(out) as staging:
            os.write(say, f"in {number}\n".encode())
            os.read(go, 1)
            with staging.open("rejected.jsonl") as file:
                file.write(b"")
            staging.publish({"mmdata": "0", "format": 1, "version": number})
    except OutputError as error:
        assert "is writing it now" in error.fact, error
        os.write(say, f"told {number}\n".encode())


def race(out: Path, *, kill: bool) -> int:
    """One round: who got in. The other was told; with `kill`, who got in is killed there, and leaves no trace."""
    pipes = [os.pipe() for _ in range(3)]
    (begin, start), (hear, say), (go, let) = pipes
    children = {number: forked(lambda number=number: contend(out, number, begin, say, go)) for number in (1, 2)}
    os.write(start, b"xx")
    said = b""
    while said.count(b"\n") < 2:
        said += os.read(hear, 64)
    words = dict(line.split() for line in said.decode().splitlines())
    assert sorted(words) == ["in", "told"], said
    winner = int(words["in"])
    os.kill(children[winner], signal.SIGKILL) if kill else os.write(let, b"x")
    for child in children.values():
        os.waitpid(child, 0)
    for pipe in pipes:
        for each in pipe:
            os.close(each)
    return winner


def main(out: Path, rounds: int) -> Counter[str]:
    """Race that often; every second winner is killed."""
    won: Counter[str] = Counter()
    for number in range(rounds):
        kill = number % 2 == 1
        winner = race(out, kill=kill)
        won[str(winner)] += 1
        if kill:
            build(out, 7)  # breaks the dead one's lock
            assert version_of(out) == 7
        else:
            assert json.loads((out / "manifest.json").read_bytes())["version"] == winner
        assert names(out.parent) == [out.name], names(out.parent)
    return won


if __name__ == "__main__":
    if "plain" in sys.argv:
        fs.lock = no_lock
    place = Path(sys.argv[1])
    place.parent.mkdir(parents=True)
    print(json.dumps(main(place, int(sys.argv[2]))))
