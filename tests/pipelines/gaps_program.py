"""Runs that tests stop in every gap of `gaps/gaps.toml`: `python gaps_program.py FOLDER`.

Prints what it found as JSON. Each run is a child of this process, stopped by kill -9 just before the call that the
gap names.
"""

import json
import os
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commit_program import build, unsupported, version_of  # beside this file
from forks import before_each, clear, die, ended, forked, names, told_by
from mmdata.pipelines.commit import fs
from mmdata.pipelines.commit.commit import Staging

GAPS = Path(__file__).with_name("gaps") / "gaps.toml"
OLD, NEW, LAST = 1, 2, 3
WITHOUT_EXCHANGE = ("plain", "moved", "kept")

_NAMES = (
    (r"\.out\.[0-9a-f]{16}\.", ".OUT.ID."),
    (r"\.out\.resume", ".OUT.resume"),
    (r"^out\b", "OUT"),
    (r"\.attempts/[0-9a-f]{32}$", "ATTEMPT"),
    (r"(ID\.partial)/(train|val|images|images/a)$", r"\1/FOLDER"),
    (r"(ID\.partial)/(?!ATTEMPT|FOLDER|manifest\.json|\.attempts)\S+$", r"\1/FILE"),
)


def called(place: Path, home: Path) -> str:
    """A path's name in the table: the same in every run."""
    name = os.path.relpath(place, home)
    for pattern, shown in _NAMES:
        name = re.sub(pattern, shown, name)
    return name


def label(call: str, given: tuple[Any, ...], home: Path) -> str:
    """A call of `fs` as the table has it: its name, and those of the paths that it is given."""
    opened = [Path(f"/proc/self/fd/{each}").readlink() for each in given[:1] if type(each) is int]
    places = [Path(str(each).removesuffix(" (deleted)")) for each in opened]
    places += [each for each in given if isinstance(each, Path)]
    return " ".join([call, *(called(each, home) for each in places)])


def watch(home: Path, told: Callable[[str, tuple[Any, ...]], object]) -> None:
    """Tell of every call of `fs` before it is done."""
    before_each(lambda name, given: told(label(name, given, home), given))


def stop_at(before: str, home: Path) -> None:
    """Die just before the first call of that label; `half of …`: when a part of it is done."""

    def told(now: str, given: tuple[Any, ...]) -> None:
        if now == before:
            die()
        if f"half of {now}" == before:
            min(path for path in given[0].rglob("*") if path.is_file()).unlink()
            die()

    watch(home, told)


def in_a_child(work: Callable[[], object], *, plain: bool) -> bool:
    """Do that work in a child; whether it was killed."""

    def prepared() -> None:
        if plain:
            fs.exchange = unsupported
        work()

    return ended(forked(prepared))


def stopped(out: Path, before: str, version: int, *, plain: bool) -> bool:
    """Stop a build of that version there; whether it came there."""

    def work() -> None:
        stop_at(before, out.parent)
        build(out, version)

    return in_a_child(work, plain=plain)


def arrange(out: Path, start: str) -> None:
    """What stands at OUT and beside it when the run begins."""
    clear(out.parent)
    out.parent.mkdir()
    if start != "none":
        in_a_child(lambda: build(out, OLD), plain=False)
    left = {
        "dead": "rename .OUT.ID.partial/ATTEMPT .OUT.ID.partial/manifest.json",
        "moved": "rename .OUT.ID.partial OUT",
        "kept": "rename .OUT.ID.old .OUT.ID.partial",
    }
    if start in left:
        assert stopped(out, left[start], OLD if start == "kept" else NEW, plain=start != "dead")


def look(out: Path, before: str, start: str) -> dict[str, Any]:
    """What a run that is stopped there leaves, and what the next two runs make of it."""
    arrange(out, start)
    plain = start in WITHOUT_EXCHANGE
    came = stopped(out, before, NEW, plain=plain)
    found = {
        "stopped": came,
        "beside": [called(out.parent / name, out.parent) for name in names(out.parent) if name != "out"],
    }
    found["reader"] = version_of(out)

    def begin() -> None:
        with Staging(out):
            pass

    found["next"] = in_a_child(begin, plain=plain)
    found["recovered"], found["left"] = version_of(out), names(out.parent)
    found["last"] = in_a_child(lambda: build(out, LAST), plain=plain)
    found["rebuilt"], found["litter"] = version_of(out), names(out.parent)
    return found


def traced(out: Path, start: str) -> list[str]:
    """Every call of a whole run, in order, each label once."""
    arrange(out, start)

    def work(tell: Callable[[str], object]) -> None:
        if start in WITHOUT_EXCHANGE:
            fs.exchange = unsupported
        watch(out.parent, lambda now, _given: tell(f"{now}\n"))
        build(out, NEW)

    return list(dict.fromkeys(told_by(work).splitlines()))


if __name__ == "__main__":
    out = Path(sys.argv[1]) / "work" / "out"
    gaps = tomllib.loads(GAPS.read_text(encoding="utf-8"))["gap"]
    looked = {f"{gap['name']}/{start}": look(out, gap["before"], start) for gap in gaps for start in gap["start"]}
    starts = sorted({start for gap in gaps for start in gap["start"]})
    print(json.dumps({"looked": looked, "traced": {start: traced(out, start) for start in starts}}))
