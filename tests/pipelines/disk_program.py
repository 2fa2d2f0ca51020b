"""Conversions on disks that fail: `python disk_program.py KIND …`; each run is a fork of this process.

`nth OUT TARGET FAULT` fails the N-th call to the file system, for every N. `full FOLDER MIB` mounts a disk of that size
(in a mount namespace of its own: `unshare --mount`), fills it but for so many KiB, and converts. `refused FOLDER`
converts as a user who may not write OUT, or not read the labels. All print what they found, as JSON.
"""

import errno
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from forks import CALLS, clear, names, seed_of, told_by  # beside this file
from kills_program import KITCHEN, run
from mmdata.cli.guard import message
from mmdata.pipelines.commit import fs
from mmdata.schemas.errors import InternalError, MmdataError

NOBODY = 65534
KIB = 1 << 10


def told(work: Callable[[], object]) -> str:
    """What a child that did that work said of its end: "" where it came to it. Whatever is no error of ours is one."""

    def talking(tell: Callable[[str], object]) -> None:
        try:
            work()
        except InternalError as error:
            tell(f"FAULT {error}")
        except MmdataError as error:
            tell(message(error))
        except OSError as error:  # the command line says these by their file's name
            unnamed = f"FAULT {error!r} {_where(error)}"
            named = f"Error: {error.filename}: {error.strerror}"
            tell(named if error.filename else unnamed)
        except BaseException as error:
            tell(f"FAULT {error!r} {_where(error)}")

    return told_by(talking)


def _where(error: BaseException) -> str:
    return "".join(traceback.format_tb(error.__traceback__)[-4:])


def fail_at(number: int, fault: str, seen: list[int]) -> None:
    """Make the number-th call of `fs` fail, or write half of what it is given."""

    def shim(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any) -> Any:
            seen[0] += 1
            if seen[0] != number:
                return call(*given)
            if fault == "short":
                return call(given[0], given[1][: len(given[1]) // 2 + 1]) if name == "write" else call(*given)
            code = getattr(errno, fault)
            raise OSError(code, os.strerror(code))

        return counted

    for name in CALLS:
        setattr(fs, name, shim(name, getattr(fs, name)))


def nth(target: str, out: Path, fault: str) -> dict[str, Any]:
    """Fail every call once; how many there are, how many failures were told, and the words of one."""
    run(target, out, 1)
    number, failed, said = 0, 0, ""
    while True:
        number += 1
        seen = [0]
        reading, writing = os.pipe()

        def work(number: int = number, seen: list[int] = seen, writing: int = writing) -> None:
            fail_at(number, fault, seen)
            try:
                run(target, out, 2)
            finally:
                os.write(writing, str(seen[0]).encode())

        words = told(work)
        os.close(writing)
        with os.fdopen(reading) as counted:
            reached = int(counted.read()) >= number
        assert not words or words.startswith(f"Error: {out}"), (number, words)
        assert seed_of(out) in ((1, 2) if words else (2,)), (number, words)
        failed, said = failed + bool(words), words or said
        clear(out)
        run(target, out, 1)
        assert names(out.parent) == [out.name], (number, names(out.parent))
        if not reached:
            return {"calls": number - 1, "failed": failed, "said": said}


def full(home: Path, size: int) -> dict[str, Any]:
    """Convert on a disk of so many MiB with less and less filled, until there is room."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", home], check=True)
    out = home / "work" / "out"
    out.parent.mkdir()
    run("webdataset", out, 1)
    free, failed, said = 0, 0, ""
    while True:
        ballast = home / "ballast"
        status = os.statvfs(home)
        room = max(0, status.f_bavail * status.f_frsize - free * KIB)
        with ballast.open("wb") as file:
            file.write(bytes(room))
        words = told(lambda: run("webdataset", out, 2))
        assert not words or words.startswith(f"Error: {out}"), words
        assert seed_of(out) == (1 if words else 2), words
        assert names(out.parent) == [out.name], names(out.parent)
        ballast.unlink()
        if not words:
            return {"failed": failed, "said": said, "room": free}
        failed, said, free = failed + 1, words, free + 32


def refused(home: Path) -> dict[str, str]:
    """Convert as a user who may not write where OUT is, and as one who may not read the labels."""
    run("qwen-vl", home / "warm", 1)  # imports what is imported late: that user may not read the interpreter's files
    home.chmod(0o755)
    (home / "closed").mkdir(mode=0o755)
    (home / "open").mkdir()
    (home / "open").chmod(0o777)
    labels = home / "labels.json"
    labels.write_bytes((KITCHEN / "instances.json").read_bytes())
    labels.chmod(0)

    def as_nobody(out: Path, given: Path) -> Callable[[], None]:
        def work() -> None:
            from mmdata.pipelines.convert import convert
            from mmdata.pipelines.job import Job
            from mmdata.pipelines.progress import Silent

            if os.getuid() == 0:
                os.setgroups([])
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
            else:
                (home / "closed").chmod(0o555)
            opened: list[str] = []
            sys.addaudithook(lambda event, what: opened.append(str(what[0])) if event == "open" else None)
            try:
                convert(Job("coco", given, out, images=KITCHEN / "images", tasks=("detect",)), Silent())
            except MmdataError:
                assert given == labels or str(given) not in opened, "the labels were read first"
                raise

        return work

    return {
        "out": told(as_nobody(home / "closed" / "out", KITCHEN / "instances.json")),
        "in": told(as_nobody(home / "open" / "out", labels)),
        "left": " ".join(names(home / "open") + names(home / "closed")),
    }


if __name__ == "__main__":
    kind, place, *rest = sys.argv[1:]
    if kind == "nth":
        target, fault = rest
        Path(place).parent.mkdir(parents=True)
        print(json.dumps(nth(target, Path(place), fault)))
    elif kind == "full":
        print(json.dumps(full(Path(place), int(rest[0]))))
    else:
        print(json.dumps(refused(Path(place))))
