"""A build that tests may kill: `python commit_program.py OUT VERSION [PAUSE]`.

Writes a small data set of that version, with a pause of that many seconds after each line.
`forks OUT` builds version 1 and then, in a child for every N, version 2 killed at N, and prints what it found.
`forks OUT plain` does so on a file system that cannot exchange two names.
"""

import errno
import json
import sys
import time
from pathlib import Path

from forks import clear, killed_at, names, whole  # beside this file
from mmdata.pipelines.commit import fs
from mmdata.pipelines.commit.commit import Staging

FILES = {"train/train.json": 3, "val/val.json": 1, "images/a/b.jpg": 2, "rejected.jsonl": 0}


def build(out: Path, version: int, pause: float = 0) -> None:
    """OUT of that version: files whose bytes say the version, one more adopted, and one that is dropped again."""
    with Staging(out) as staging:
        for path, lines in FILES.items():
            with staging.open(path) as file:
                for line in range(lines):
                    file.write(f"{version} {path} {line}\n".encode())
                    time.sleep(pause)
        adopted = staging.folder / "images" / "adopted.jpg"
        adopted.write_bytes(f"{version}".encode() * 1000)
        staging.adopt("images/adopted.jpg")
        (staging.folder / "images" / "unshown.jpg").write_bytes(b"no row shows it")
        staging.drop([staging.adopt("images/unshown.jpg")])
        staging.publish({"mmdata": "0", "format": 1, "version": version})


def version_of(out: Path) -> int | None:
    """The version that OUT holds, every byte of it checked; None when OUT is absent. AssertionError when torn."""
    manifest = whole(out)
    if manifest is None:
        return None
    assert {each["path"] for each in manifest["files"]} == set(FILES) | {"images/adopted.jpg"}, manifest["files"]
    for path in FILES:
        content = (out / path).read_bytes()
        assert not content or content.startswith(str(manifest["version"]).encode()), path
    return int(manifest["version"])


def forks(out: Path) -> None:
    """Kill a build at every call, over an old version and over none; after each, build whole and look for litter."""
    found = []
    for before in (None, 1):
        number, killed = 0, True
        while killed:
            number += 1
            clear(out)
            if before:
                build(out, before)
            killed = killed_at(number, lambda: build(out, 2))
            after = version_of(out)
            with Staging(out):  # a next run, which has begun and goes no further
                recovered = version_of(out)
            found.append([before, after, recovered, killed])
            build(out, 3)
            assert version_of(out) == 3
            assert names(out.parent) == [out.name], names(out.parent)
    print(json.dumps(found))


def unsupported(first: Path, second: Path) -> None:
    raise OSError(errno.EINVAL, "no exchange on this file system")


if __name__ == "__main__":
    if sys.argv[1] == "forks":
        if "plain" in sys.argv:
            fs.exchange = unsupported
        forks(Path(sys.argv[2]))
    else:
        build(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 0)
