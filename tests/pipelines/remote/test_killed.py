"""Sendings killed by kill -9 before a call to the store, and in the middle of a large object."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mmdata.pipelines.commit.commit import Staging
from mmdata.pipelines.remote.address import Address
from mmdata.pipelines.remote.layout import read_commit
from mmdata.pipelines.remote.reading import read_back
from mmdata.pipelines.remote.sending import send

from .conftest import BUCKET, build, content

PROGRAM = Path(__file__).with_name("send_program.py")
SET = Address(BUCKET, "set")
EVERY = range(1, 30)
SOME = (2, 6, 9, 11, 13, 14, 15)


def _begun(folder: Path, number: int) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, PROGRAM, folder, SET.path, str(number)], env=dict(os.environ))


@pytest.mark.parametrize("numbers", [SOME, pytest.param(EVERY, marks=pytest.mark.slow)], ids=["some", "every"])
def test_killed_before_a_call(store, tmp_path, numbers):
    build(tmp_path / "old", 1, files=2)
    build(tmp_path / "new", 2, files=3)
    versions, killed = {1: "old", 2: "new"}, 0
    for number in numbers:
        send(tmp_path / "old", SET, store)
        died = _begun(tmp_path / "new", number).wait() == -signal.SIGKILL
        killed += died
        version = read_commit(store, SET)["version"]
        assert version in ((1, 2) if died else (2,))
        read_back(SET, tmp_path / f"back-{number}", store)
        assert content(tmp_path / f"back-{number}") == content(tmp_path / versions[version])
        name = send(tmp_path / "new", SET, store)  # the dead one's lock is broken
        assert {each.partition("/")[0] for each in store.objects(SET)} == {"manifest.json", name}
    assert killed >= len(SOME) - 1


def test_killed_within_a_large_object(store, front, tmp_path):
    """Its parts are in no listing; the next run throws them away."""
    with Staging(tmp_path / "out") as staging:
        with staging.open("big") as file:
            for number in range(100):
                file.write(bytes([number]) * (1 << 20))
        staging.publish({"mmdata": "0", "format": 1})
    run = _begun(tmp_path / "out", 0)
    while not any(method == "PUT" and path.endswith("/big") for method, path in front.requests):
        assert run.poll() is None
        time.sleep(0.005)
    run.kill()
    run.wait()
    assert not any(name.endswith(("big", "manifest.json")) for name in store.objects(SET))
    fs = vars(store)["_fs"]
    begun = fs.call_s3("list_multipart_uploads", Bucket=BUCKET).get("Uploads", [])
    send(tmp_path / "out", SET, store)
    assert begun and not fs.call_s3("list_multipart_uploads", Bucket=BUCKET).get("Uploads")
    read_back(SET, tmp_path / "back", store)
    assert content(tmp_path / "back") == content(tmp_path / "out")
