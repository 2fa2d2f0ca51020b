"""What `Staging` makes and refuses, when nothing fails."""

import errno
import json
import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from forks import names
from mmdata.pipelines.commit import commit, fs
from mmdata.pipelines.commit.commit import Receipt, Staging
from mmdata.pipelines.commit.destination import output_error
from mmdata.schemas.errors import InternalError, OutputError

OURS = {"mmdata": "0.1.0", "format": 1}


def put(out: Path, content: bytes = b"new", path: str = "train/train.json") -> dict:
    with Staging(out) as staging:
        with staging.open(path) as file:
            file.write(content)
        return staging.publish(OURS)


def beside(out: Path) -> list[str]:
    return names(out.parent)


def test_a_new_folder_with_receipts_and_no_litter(tmp_path):
    out = tmp_path / "deep" / "er" / "out"
    with Staging(out) as staging:
        file = staging.open("train/train.json")
        file.write(b"[")
        file.write(b"]")
        receipt = file.close()
        assert receipt == file.close() == Receipt("train/train.json", 2, sha256(b"[]").hexdigest())
        assert not out.exists()
        assert beside(out) == [staging.folder.name, "out.lock"]
        manifest = staging.publish(OURS)
    assert manifest == json.loads((out / "manifest.json").read_bytes())
    assert manifest == {**OURS, "files": [receipt._asdict()]}
    assert (out / "train" / "train.json").read_bytes() == b"[]"
    assert beside(out) == ["out"]


def test_a_file_longer_than_a_block(tmp_path):
    content = os.urandom(commit.BLOCK) * 2 + b"end"
    manifest = put(tmp_path / "out", content)
    assert (tmp_path / "out" / "train" / "train.json").read_bytes() == content
    assert manifest["files"][0]["sha256"] == sha256(content).hexdigest()


@pytest.mark.parametrize("around", [0, 1, 10])
def test_pieces_of_any_size_are_one_after_another(tmp_path, around):
    sizes = [3, commit.BLOCK - around, 7, commit.BLOCK + around, 0, 2 * commit.BLOCK, 5, commit.BLOCK // 2, 1]
    pieces = [bytes([65 + number]) * size for number, size in enumerate(sizes)]
    used = bytearray(max(sizes))
    with Staging(tmp_path / "out") as staging:
        with staging.open("a") as file:
            for number, piece in enumerate(pieces):
                used[: len(piece)] = piece
                file.write(memoryview(used)[: len(piece)] if number % 2 else piece)
                used[:] = bytes(len(used))  # whoever wrote from it may use it again
        staging.publish(OURS)
    content = (tmp_path / "out" / "a").read_bytes()
    assert content == b"".join(pieces)
    receipt = Receipt("a", len(content), sha256(content).hexdigest())
    assert json.loads((tmp_path / "out" / "manifest.json").read_bytes())["files"] == [receipt._asdict()]


def test_an_adopted_file_is_listed(tmp_path):
    with Staging(tmp_path / "out") as staging:
        (staging.folder / "images").mkdir()
        (staging.folder / "images" / "a.jpg").write_bytes(b"abc")
        assert staging.adopt("images/a.jpg") == Receipt("images/a.jpg", 3, sha256(b"abc").hexdigest())
        staging.publish(OURS)
    assert (tmp_path / "out" / "images" / "a.jpg").read_bytes() == b"abc"


def test_a_picture_of_out_is_read_in_the_staging_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to("disk")
    with Staging(Path("link/out")) as staging:
        with staging.open("images/a.jpg") as writer:
            writer.write(b"upright")
        assert staging.staged_source(str(tmp_path / "link/out/images/a.jpg")).read_bytes() == b"upright"
        assert staging.staged_source("/elsewhere/a.jpg") == Path("/elsewhere/a.jpg")
        for odd in ("link//out/images/a.jpg", "link/./out/images/a.jpg"):
            assert staging.staged_source(f"{tmp_path}/{odd}").read_bytes() == b"upright"
        assert staging.staged_source(str(tmp_path / "link/outer/a.jpg")) == tmp_path / "link/outer/a.jpg"


def test_leaving_without_publish_leaves_nothing(tmp_path):
    out = tmp_path / "out"
    with Staging(out) as staging:
        staging.open("a.json").write(b"a")
    assert beside(out) == []
    put(out, b"old")
    with pytest.raises(KeyboardInterrupt), Staging(out) as staging, staging.open("a.json"):
        raise KeyboardInterrupt
    assert beside(out) == ["out"]
    assert (out / "train" / "train.json").read_bytes() == b"old"


def test_an_older_version_is_replaced_whole(tmp_path):
    put(tmp_path / "out", b"old", "old/only.json")
    put(tmp_path / "out", b"new", "new/only.json")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["manifest.json", "new"]
    assert beside(tmp_path / "out") == ["out"]


def test_same_bytes_give_the_same_manifest(tmp_path):
    put(tmp_path / "a")
    put(tmp_path / "b")
    assert (tmp_path / "a" / "manifest.json").read_bytes() == (tmp_path / "b" / "manifest.json").read_bytes()


def test_a_link_to_a_folder_elsewhere_stays_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk" / "real")
    put(tmp_path / "out", b"one")
    put(tmp_path / "out", b"two")
    assert (tmp_path / "out").is_symlink()
    assert (tmp_path / "disk" / "real" / "train" / "train.json").read_bytes() == b"two"
    assert names(tmp_path / "disk") == ["real"]


def test_an_empty_folder_may_be_taken(tmp_path):
    (tmp_path / "out").mkdir()
    put(tmp_path / "out")
    (tmp_path / "mac").mkdir()
    (tmp_path / "mac" / ".DS_Store").write_bytes(b"")
    put(tmp_path / "mac")
    assert names(tmp_path / "mac") == ["manifest.json", "train"]


def user_folder(out: Path) -> str:
    out.mkdir()
    (out / "thesis.tex").write_text("years of work")
    return "mmdata did not write thesis.tex"


def other_manifest(out: Path) -> str:
    out.mkdir()
    (out / "manifest.json").write_text('{"name": "a browser extension", "files": []}')
    return "mmdata did not write manifest.json"


def torn_manifest(out: Path) -> str:
    out.mkdir()
    (out / "manifest.json").write_text('{"mmdata": "0.1.0", "format": 1, "files": 7}')
    return "mmdata did not write manifest.json"


def work_inside_ours(out: Path) -> str:
    put(out)
    (out / "checkpoints").mkdir()
    for name in ("1.bin", "2.bin", "3.bin", "4.bin"):
        (out / "checkpoints" / name).write_bytes(b"")
    return "mmdata did not write checkpoints/1.bin, checkpoints/2.bin, checkpoints/3.bin …"


def link_inside_ours(out: Path) -> str:
    put(out)
    (out / "linked").symlink_to(out.parent)
    return "mmdata did not write linked"


def empty_folders(out: Path) -> str:
    (out / "kept" / "for later").mkdir(parents=True)
    return "mmdata did not write kept"


def plain_file(out: Path) -> str:
    out.write_text("text")
    return "is a file"


@pytest.mark.parametrize(
    "arrange",
    [user_folder, other_manifest, torn_manifest, work_inside_ours, link_inside_ours, empty_folders, plain_file],
)
def test_what_is_not_ours_is_never_replaced(tmp_path, arrange):
    out = tmp_path / "out"
    said = arrange(out)
    before = sorted(map(str, tmp_path.rglob("*")))
    with pytest.raises(OutputError) as caught, Staging(out):
        pass
    assert said in caught.value.fact
    assert str(out) == caught.value.place
    assert sorted(map(str, tmp_path.rglob("*"))) == before


def test_our_report_may_lie_in_it(tmp_path):
    put(tmp_path / "out")
    (tmp_path / "out" / "report.html").write_text("")
    put(tmp_path / "out")


def test_a_file_put_there_during_the_run_is_not_lost(tmp_path):
    out = tmp_path / "out"
    put(out)
    with pytest.raises(OutputError, match=r"notes\.txt"), Staging(out) as staging:
        (out / "notes.txt").write_text("remember")
        staging.publish(OURS)
    assert (out / "notes.txt").read_text() == "remember"
    assert beside(out) == ["out"]


@pytest.mark.parametrize(
    ("out", "given", "said"),
    [
        ("in", "in", "is inside the input"),
        ("in/out", "in", "is inside the input"),
        ("in/file.json", "in/file.json", "is inside the input"),
        ("link/out", "in", "is inside the input"),
        (".", "in/file.json", "holds the input"),
        ("in", "in/file.json", "holds the input"),
    ],
)
def test_out_and_input_are_apart(tmp_path, out, given, said):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "file.json").write_text("{}")
    (tmp_path / "link").symlink_to(tmp_path / "in")
    with pytest.raises(OutputError, match=said), Staging(tmp_path / out, [tmp_path / given]):
        pass
    assert (tmp_path / "in" / "file.json").read_text() == "{}"


def test_out_beside_the_label_file_is_fine(tmp_path):
    (tmp_path / "labels.json").write_text("{}")
    with Staging(tmp_path / "out", [tmp_path / "labels.json"]) as staging:
        staging.publish(OURS)


def test_a_mount_point_is_refused_before_the_work():
    with pytest.raises(OutputError, match="is a mount point"), Staging(Path("/proc")):
        pass


def test_a_run_that_fails_leaves_no_folder_above_out(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(KeyboardInterrupt), Staging(tmp_path / "mine" / "deep" / "er" / "out"):
        raise KeyboardInterrupt
    assert names(tmp_path) == ["mine"] and names(tmp_path / "mine") == []


def test_a_run_that_is_stopped_while_it_begins_leaves_nothing(tmp_path, monkeypatch):
    def stopped(folder: Path) -> None:
        if folder.name.endswith(".partial"):
            raise KeyboardInterrupt
        made(folder)

    made = fs.make_folder
    monkeypatch.setattr(fs, "make_folder", stopped)
    with pytest.raises(KeyboardInterrupt), Staging(tmp_path / "deep" / "out"):
        pass
    assert names(tmp_path) == []


def test_files_that_were_open_are_closed_when_a_run_fails(tmp_path):
    opened = len(names(Path("/proc/self/fd")))
    with pytest.raises(KeyboardInterrupt), Staging(tmp_path / "out") as staging:
        staging.open("a.json").write(b"a")
        staging.open("b/c.json").write(b"b")
        raise KeyboardInterrupt
    assert len(names(Path("/proc/self/fd"))) == opened


def test_every_folder_on_the_way_to_a_file_is_on_the_disk(tmp_path, monkeypatch):
    synced, honest = [], fs.sync_folder
    monkeypatch.setattr(fs, "sync_folder", lambda folder: (synced.append(folder), honest(folder)))
    with Staging(tmp_path / "out") as staging:
        with staging.open("images/of/others/a.jpg") as file:
            file.write(b"a")
        staging.publish(OURS)
    ways = {path.relative_to(staging.folder).as_posix() for path in synced if path.is_relative_to(staging.folder)}
    assert {".", "images", "images/of", "images/of/others"} <= ways


def test_where_no_file_can_be_made_nobody_is_said_to_write():
    with pytest.raises(OutputError) as caught, Staging(Path("/proc/mmdata-out")):
        pass
    assert "another run" not in caught.value.fact and "-o" in caught.value.remedy


def test_a_file_on_the_way_is_said(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="A part of this path is a file"), Staging(tmp_path / "file" / "out"):
        pass


@pytest.mark.parametrize("path", ["/etc/x", "../x", "a/../../x", ""])
def test_no_path_leaves_the_staging_folder(tmp_path, path):
    with pytest.raises(InternalError, match="no path inside OUT"), Staging(tmp_path / "out") as staging:
        staging.open(path)


def test_an_open_file_is_not_published(tmp_path):
    with pytest.raises(InternalError, match="was not closed"), Staging(tmp_path / "out") as staging:
        staging.open("a.json").write(b"a")
        staging.publish(OURS)
    assert beside(tmp_path / "out") == []


def test_a_path_that_is_no_utf8_is_kept_as_an_escape(tmp_path):
    with Staging(tmp_path / "out") as staging:
        staging.publish({**OURS, "inputs": [{"path": os.fsdecode(b"\xff.json")}, {"path": "图.json"}]})
    text = (tmp_path / "out" / "manifest.json").read_text("utf-8")
    assert "图" in text
    assert json.loads(text)["inputs"][0]["path"] == os.fsdecode(b"\xff.json")


def test_an_error_names_the_path_the_cause_and_the_free_bytes(tmp_path):
    error = output_error(tmp_path / "not" / "there", OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert str(error).startswith(f"{tmp_path}/not/there: No space left on device (ENOSPC, ")
    assert error.fact.endswith(" bytes free)")
    assert "-o" in error.remedy


def test_a_full_disk_is_said_of_out_where_no_file_is_named(tmp_path):
    """Files that have no name are needed meanwhile; a file that has one is said by that."""
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(OutputError) as caught, Staging(tmp_path / "out"):
        raise full
    assert caught.value.place == str(tmp_path / "out") and "ENOSPC" in caught.value.fact
    with pytest.raises(OSError, match="elsewhere"), Staging(tmp_path / "out"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "elsewhere")
    with pytest.raises(OSError, match=os.strerror(errno.ECHILD)), Staging(tmp_path / "out"):
        raise OSError(errno.ECHILD, os.strerror(errno.ECHILD))


def test_nobody_is_told_of_the_staging_folder(tmp_path):
    with pytest.raises(OutputError) as caught, Staging(tmp_path / "out") as staging:
        raise OutputError(f"{staging.folder}/train", "is not there", "Look.")
    assert (caught.value.place, caught.value.fact) == (str(tmp_path / "out"), "is not there")


@pytest.mark.parametrize("resume", [False, True])
def test_what_was_done_is_kept_for_a_run_that_goes_on_from_it(tmp_path, resume):
    with Staging(tmp_path / "out") as staging:
        kept = staging.kept
    kept.mkdir()
    with Staging(tmp_path / "out", resume=resume):
        assert kept.exists() is resume
    with Staging(tmp_path / "out", resume=True) as staging:
        staging.publish(OURS)
    assert beside(tmp_path / "out") == ["out"]


def test_leftovers_of_others_are_left(tmp_path):
    names = [".other.0123456789abcdef.partial", ".out.partial", ".out.0123.partial", ".out.x.0123456789abcdef.partial"]
    names += [".outXv2.0123456789abcdef.partial"]
    for name in names:
        (tmp_path / name).mkdir()
    put(tmp_path / "out")
    put(tmp_path / "out.v2")
    assert beside(tmp_path / "out") == sorted([*names, "out", "out.v2"])


def test_without_exchange_the_old_version_steps_aside(tmp_path, monkeypatch):
    def unsupported(first: Path, second: Path) -> None:
        raise OSError(errno.EINVAL, "no exchange here")

    put(tmp_path / "out", b"old")
    monkeypatch.setattr(fs, "exchange", unsupported)
    put(tmp_path / "out", b"new")
    assert (tmp_path / "out" / "train" / "train.json").read_bytes() == b"new"
    assert beside(tmp_path / "out") == ["out"]


def test_an_empty_folder_is_taken_by_one_rename(tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    monkeypatch.setattr(fs, "exchange", lambda *_given: pytest.fail("there is nothing to exchange"))
    put(tmp_path / "out")
    assert beside(tmp_path / "out") == ["out"]


def test_without_exchange_the_old_version_is_back_when_the_new_one_cannot_be_moved(tmp_path, monkeypatch):
    def refused(first: Path, second: Path) -> None:
        if first.name.endswith(".partial"):
            raise OSError(errno.EIO, "not this one")
        renamed(first, second)

    put(tmp_path / "out", b"old")
    renamed = fs.rename
    monkeypatch.setattr(fs, "exchange", lambda *_given: refused(Path("x.partial"), Path()))
    monkeypatch.setattr(fs, "EXCHANGE_UNSUPPORTED", {errno.EIO})
    monkeypatch.setattr(fs, "rename", refused)
    with pytest.raises(OutputError, match="EIO"):
        put(tmp_path / "out", b"new")
    assert (tmp_path / "out" / "train" / "train.json").read_bytes() == b"old"
    assert beside(tmp_path / "out") == ["out"]


def test_a_version_left_aside_comes_back(tmp_path):
    put(tmp_path / "out", b"old")
    aside = tmp_path / ".out.0123456789abcdef.old"
    (tmp_path / "out").rename(aside)
    with Staging(tmp_path / "out"):
        pass
    assert (tmp_path / "out" / "train" / "train.json").read_bytes() == b"old"
    assert beside(tmp_path / "out") == ["out"]


def test_half_of_an_older_version_never_comes_back(tmp_path, monkeypatch):
    """Where names cannot be exchanged the older version is under another name before any of it is removed."""
    put(tmp_path / "out", b"new")
    aside = tmp_path / ".out.0123456789abcdef.old"
    put(aside, b"old")

    def half(folder: Path) -> None:
        if (folder / "train").is_dir():
            (folder / "train" / "train.json").unlink()
            raise OSError(errno.EIO, "the disk stops here")

    with monkeypatch.context() as patch:
        patch.setattr(fs, "remove_tree", half)
        with Staging(tmp_path / "out"):
            pass
    assert not aside.exists()
    shutil.rmtree(tmp_path / "out")  # the user deletes OUT
    with Staging(tmp_path / "out"):
        assert not (tmp_path / "out").exists()
    assert beside(tmp_path / "out") == []


def test_folders_that_were_made_above_out_are_on_the_disk(tmp_path, monkeypatch):
    synced, honest = [], fs.sync_folder
    monkeypatch.setattr(fs, "sync_folder", lambda folder: (synced.append(folder), honest(folder)))
    put(tmp_path / "deep" / "er" / "out")
    assert {tmp_path / "deep" / "er", tmp_path / "deep", tmp_path} <= set(synced)
