"""Data sets sent to a store and read back: the same bytes, one version at any moment, and faults told."""

import json
import threading
from hashlib import md5
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.pipelines.commit.commit import Staging
from mmdata.pipelines.remote import sending
from mmdata.pipelines.remote import store as stores
from mmdata.pipelines.remote.address import Address
from mmdata.pipelines.remote.layout import build_name, read_commit
from mmdata.pipelines.remote.reading import read_back
from mmdata.pipelines.remote.sending import send
from mmdata.schemas.errors import InputError, InternalError, OutputError

from .conftest import BUCKET, build, content

SET = Address(BUCKET, "deep/set")


def names(store, below=SET):
    return sorted(store.objects(below))


def test_what_was_sent_comes_back_byte_for_byte(store, tmp_path):
    build(tmp_path / "out", 1)
    name = send(tmp_path / "out", SET, store)
    files = content(tmp_path / "out")
    assert name == build_name(files["manifest.json"])
    assert names(store) == sorted(["manifest.json", *(f"{name}/{path}" for path in files)])
    read_back(SET, tmp_path / "back", store)
    assert content(tmp_path / "back") == files
    assert read_commit(store, SET) == {**json.loads(files["manifest.json"]), "build": name}


paths = st.lists(
    st.text("aé 图-._%+?#&=~'()", min_size=1, max_size=6).filter(lambda n: n not in (".", "..")), max_size=3
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(paths.map("/".join).filter(bool).map("d/".__add__), st.binary(max_size=50), max_size=5))
def test_any_files_come_back(store, tmp_path_factory, files):
    home = tmp_path_factory.mktemp("any")
    taken = {name: held for name, held in files.items() if not any(other.startswith(f"{name}/") for other in files)}
    with Staging(home / "out") as staging:
        for name, held in taken.items():
            with staging.open(name) as file:
                file.write(held)
        staging.publish({"mmdata": "0", "format": 1})
    send(home / "out", SET, store)
    read_back(SET, home / "back", store)
    assert content(home / "back") == content(home / "out")


def test_an_older_version_is_replaced_and_swept(store, tmp_path):
    for version in (1, 2):
        build(tmp_path / "out", version, files=5 - version)
        name = send(tmp_path / "out", SET, store)
    assert {each.partition("/")[0] for each in names(store)} == {"manifest.json", name}
    read_back(SET, tmp_path / "back", store)
    assert content(tmp_path / "back") == content(tmp_path / "out")


def test_the_order_is_files_then_their_manifest_then_the_commit(store, front, tmp_path):
    build(tmp_path / "out", 1)
    name = send(tmp_path / "out", SET, store)
    put = [path.removeprefix(f"/{BUCKET}/{SET.key}/") for method, path in front.requests if method == "PUT"]
    assert put[0] == ".lock"
    assert put[-2:] == [f"{name}/manifest.json", "manifest.json"]
    assert sorted(put[1:-2]) == [f"{name}/train/train-{number}.jsonl" for number in range(4)]
    assert front.requests[-1] == ("DELETE", f"/{BUCKET}/{SET}/.lock".replace(str(SET), SET.key))


def test_a_stopped_run_goes_on_where_it_was(store, front, tmp_path):
    build(tmp_path / "out", 1)
    front.refuse = lambda _number, method, path: 403 if method == "PUT" and path.endswith("/manifest.json") else 0
    with pytest.raises(OutputError, match="refuses it"):
        send(tmp_path / "out", SET, store)
    assert "manifest.json" not in names(store) and ".lock" not in names(store)
    front.reset()
    send(tmp_path / "out", SET, store)
    put = [path for method, path in front.requests if method == "PUT"]
    assert len(put) == 3, "what was there was sent again"


def test_large_files_go_in_parts_and_are_held_against_their_etag(store, tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "PART", 5 << 20)  # the least that S3 takes
    with Staging(tmp_path / "out") as staging, staging.open("big") as file:
        for number in range(11):
            file.write(bytes([number]) * (1 << 20))
        file.close()
        staging.publish({"mmdata": "0", "format": 1})
    name = send(tmp_path / "out", SET, store)
    assert store.look(SET / name / "big").etag.endswith("-3")
    read_back(SET, tmp_path / "back", store)
    assert content(tmp_path / "back") == content(tmp_path / "out")


def test_an_object_that_arrived_otherwise_is_found(store, tmp_path, monkeypatch):
    build(tmp_path / "out", 1)
    honest = store.send

    def torn(path: Path, to: Address) -> None:
        if path.name == "train-2.jsonl":
            store.write(to, path.read_bytes()[:-1] + b"x")
        else:
            honest(path, to)

    monkeypatch.setattr(store, "send", torn)
    with pytest.raises(OutputError, match=r"train-2\.jsonl: has 800 bytes with ETag .* were sent"):
        send(tmp_path / "out", SET, store)
    assert "manifest.json" not in names(store)


def test_another_etag_over_the_same_bytes_is_read_back(store, tmp_path, monkeypatch):
    """As of encrypted objects, whose ETag is no md5."""
    build(tmp_path / "out", 1)
    monkeypatch.setattr(sending, "md5", lambda *given, **named: md5(b"salt" + b"".join(given), usedforsecurity=False))
    send(tmp_path / "out", SET, store)
    assert "manifest.json" in names(store)


def test_a_local_file_that_changed_is_not_sent(store, tmp_path):
    build(tmp_path / "out", 1)
    (tmp_path / "out" / "train" / "train-1.jsonl").write_bytes(b"other")
    with pytest.raises(InternalError, match="changed after it was written"):
        send(tmp_path / "out", SET, store)
    assert "manifest.json" not in names(store)


@pytest.mark.parametrize("stranger", ["thesis.tex", "build-1/x", "images/a.jpg", "manifest.json"])
def test_what_is_not_ours_is_never_replaced(store, tmp_path, stranger):
    store.write(SET / stranger, b'{"name": "another program", "files": []}')
    build(tmp_path / "out", 1)
    with pytest.raises(OutputError, match=f"is in use: mmdata did not write {stranger}"):
        send(tmp_path / "out", SET, store)
    assert names(store) == [stranger]


def test_the_neighbour_with_a_longer_name_is_left(store, tmp_path):
    store.write(Address(BUCKET, "deep/set2/x"), b"x")
    build(tmp_path / "out", 1)
    send(tmp_path / "out", SET, store)
    assert names(store, Address(BUCKET, "deep/set2")) == ["x"]


def test_two_at_one_address_one_wins(store, tmp_path, monkeypatch):
    build(tmp_path / "a", 1)
    build(tmp_path / "b", 2)
    honest, told = sending._send_all, []

    def meanwhile(*given):
        monkeypatch.setattr(sending, "_send_all", honest)
        with pytest.raises(OutputError, match=r"process .* is writing it now"):
            send(tmp_path / "b", SET, stores.Store())
        told.append(True)
        honest(*given)

    monkeypatch.setattr(sending, "_send_all", meanwhile)
    send(tmp_path / "a", SET, store)
    assert told and read_commit(store, SET)["version"] == 1
    send(tmp_path / "b", SET, store)
    assert read_commit(store, SET)["version"] == 2


@pytest.mark.parametrize(("text", "broken"), [("dead", True), ("elsewhere", False), ("garbage", False)])
def test_a_dead_holder_of_this_host_is_broken_and_no_other(store, tmp_path, text, broken):
    from mmdata.pipelines.commit.lock import me

    held = me()._asdict() | {"pid": 2**22 + 1} | ({"host": "another"} if text == "elsewhere" else {})
    store.write(SET / ".lock", b"garbage" if text == "garbage" else json.dumps(held).encode())
    build(tmp_path / "out", 1)
    if broken:
        send(tmp_path / "out", SET, store)
        assert ".lock" not in names(store)
    else:
        with pytest.raises(OutputError, match=r"delete the object s3://sets/deep/set/\.lock"):
            send(tmp_path / "out", SET, store)
        assert names(store) == [".lock"]


def test_a_lock_that_was_taken_away_stops_the_commit(store, tmp_path, monkeypatch):
    build(tmp_path / "out", 1)
    honest = sending._send_all

    def robbed(*given):
        honest(*given)
        store.write(SET / ".lock", b"another's")

    monkeypatch.setattr(sending, "_send_all", robbed)
    with pytest.raises(OutputError, match="another run is writing it now"):
        send(tmp_path / "out", SET, store)
    assert "manifest.json" not in names(store) and ".lock" in names(store)


def test_a_reader_sees_one_version_while_it_is_replaced(store, tmp_path):
    for version in range(4):
        build(tmp_path / str(version), version)
    send(tmp_path / "0", SET, store)
    done = threading.Event()

    def replace() -> None:
        mine = stores.Store()
        for version in (1, 2, 3) * 2:
            send(tmp_path / str(version), SET, mine)
        done.set()

    thread = threading.Thread(target=replace)
    thread.start()
    reads, seen = 0, set()
    while not done.is_set():
        back = tmp_path / f"back-{reads}"
        read_back(SET, back, store)
        version = json.loads((back / "manifest.json").read_bytes())["version"]
        assert content(back) == content(tmp_path / str(version))
        reads += 1
        seen.add(version)
    thread.join()
    assert reads >= 2 and seen <= {0, 1, 2, 3}


def test_what_is_no_data_set_is_told(store, tmp_path):
    with pytest.raises(InputError, match="is no data set"):
        read_back(SET, tmp_path / "back", store)
    store.write(SET / "manifest.json", b'{"mmdata": "0", "format": 1, "files": []}')
    with pytest.raises(InputError, match="is not the manifest"):
        read_back(SET, tmp_path / "back", store)


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a//b", "a\\b", "a\x00", "", 7])
def test_a_manifest_that_leads_out_is_refused(store, tmp_path, path):
    file = {"path": path, "bytes": 1, "sha256": "0" * 64}
    text = json.dumps({"mmdata": "0", "format": 1, "files": [file]}).encode()
    name = build_name(text)
    store.write(SET / name / "manifest.json", text)
    store.write(SET / "manifest.json", json.dumps({**json.loads(text), "build": name}).encode())
    with pytest.raises(InputError, match="is no file inside the data set"):
        read_back(SET, tmp_path / "back", store)


def _fault(number, at, status):
    return status if number == at else 0


@pytest.mark.parametrize("status", [503, pytest.param(500, marks=pytest.mark.slow)])
def test_a_passing_fault_at_any_request_is_ridden_out(store, front, tmp_path, status):
    build(tmp_path / "out", 1, files=2)
    send(tmp_path / "out", SET, store)
    requests = len(front.requests)
    for at in range(1, requests + 1, 1 if status == 500 else 4):
        front.reset()
        front.refuse = lambda number, _method, _path, at=at: _fault(number, at, status)
        send(tmp_path / "out", SET, store)
    front.reset()
    read_back(SET, tmp_path / "back", store)
    assert content(tmp_path / "back") == content(tmp_path / "out")


@pytest.mark.parametrize("status", [500, pytest.param(403, marks=pytest.mark.slow)])
def test_a_fault_that_stays_from_any_request_on_leaves_one_version(store, front, tmp_path, status, monkeypatch):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    hasty = stores.Store()
    build(tmp_path / "old", 1, files=2)
    build(tmp_path / "new", 2, files=3)
    at, failed = 0, True
    while failed:
        at += 1
        front.reset()
        send(tmp_path / "old", SET, hasty)
        front.reset()
        front.refuse = lambda number, _method, _path, at=at: status if number >= at else 0
        try:
            send(tmp_path / "new", SET, hasty)
            failed = False
        except OutputError as error:
            assert error.place.startswith(str(SET)) and error.remedy
        asked = len(front.requests)
        front.reset()
        version = read_commit(store, SET)["version"]
        assert version in ((1, 2) if failed else (2,))
        back = tmp_path / f"back-{at}"
        read_back(SET, back, store)
        assert content(back) == content(tmp_path / ("old" if version == 1 else "new"))
        store.remove(SET / ".lock")  # its holder, this process, lives on
        failed = failed or asked >= at
    assert at > 8
