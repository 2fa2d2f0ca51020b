"""Finding pictures: each rule, each refusal, and that nothing outside the root is ever given."""

import os
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.pictures.fault import PictureFault
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.pictures.tree import Tree
from mmdata.schemas.errors import InternalError

CAFE = normalize("NFC", "café")


@pytest.fixture
def root(tmp_path):
    """pictures/ with a few files, and secret.jpg beside it."""
    names = [
        "a.jpg",
        "my pic.jpg",
        "train/one.jpg",
        "train/both.jpg",
        "val/both.jpg",
        "val/two.JPG",
        "val/four.jpeg",
        "images/0001.png",
        "masks/0001.png",
        "masks/0002.png",
        "masks/0003.png",
        "images/0003.webp",
        f"deep/er/{normalize('NFD', CAFE)}.jpg",
        "50%25.jpg",
        "v1.2",
    ]
    folder = tmp_path / "pictures"
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    (tmp_path / "secret.jpg").write_bytes(b"")
    return folder


FOUND = {
    "a.jpg": "a.jpg",
    "./a.jpg": "a.jpg",
    "train//one.jpg": "train/one.jpg",
    "train/../a.jpg": "a.jpg",
    "train\\one.jpg": "train/one.jpg",
    ".\\train\\one.jpg": "train/one.jpg",
    "my%20pic.jpg": "my pic.jpg",
    "train%2Fone.jpg": "train/one.jpg",
    "50%25.jpg": "50%25.jpg",  # there as it stands, so it is not decoded
    f"deep/er/{CAFE}.jpg": f"deep/er/{normalize('NFD', CAFE)}.jpg",
    "deep/er/caf%C3%A9.jpg": f"deep/er/{normalize('NFD', CAFE)}.jpg",
    "one.jpg": "train/one.jpg",
    "old/place/one.jpg": "train/one.jpg",
    "../pictures/train/one.jpg": "train/one.jpg",  # as Label Studio's COCO export writes it; found inside, or not
    "..\\..\\old\\one.jpg": "train/one.jpg",
    f"{CAFE}.jpg": f"deep/er/{normalize('NFD', CAFE)}.jpg",
    "/home/bob/data/val/both.jpg": "val/both.jpg",
    "C:\\Users\\Bob\\data\\train\\both.jpg": "train/both.jpg",
    "\\\\server\\share\\one.jpg": "train/one.jpg",
    "https://host/x/train/both.jpg?sig=a/b#c": "train/both.jpg",
    "http://host/one.jpg": "train/one.jpg",
    "s3://bucket/my%20pic.jpg": "my pic.jpg",
    "gs://bucket/a.jpg": "a.jpg",
    "azure-blob://box/a.jpg": "a.jpg",
    "file:///home/bob/one.jpg": "train/one.jpg",
    "file:/home/bob/one.jpg": "train/one.jpg",
    "val/two.jpg": "val/two.JPG",
    "two.jpg": "val/two.JPG",
    "four.jpg": "val/four.jpeg",
    "images/0001.jpg": "images/0001.png",
    "images/0001": "images/0001.png",
    "images/0003.png": "images/0003.webp",  # in its own folder, not the mask of that name
    "v1.2": "v1.2",
}


@pytest.mark.parametrize("name", FOUND)
def test_found(name, root):
    pictures = Pictures(root)
    assert pictures.find(name) == root / FOUND[name]
    assert sum(pictures.used.values()) == 1


REFUSED = {
    "absent.jpg": ("IM001", "no file absent.jpg"),
    "A.JPG": ("IM001", "in other upper and lower case there is a.jpg"),
    "both.jpg": ("IM001", "could be train/both.jpg or val/both.jpg"),
    "images/0002.png": ("IM001", "a file of that base name is at masks/0002.png"),  # the mask is not the picture
    "train": ("IM001", "no file"),
    "": ("IM001", "names no picture"),
    ".": ("IM001", "no file"),
    "\ud800.jpg": ("IM001", "\\ud800.jpg"),
    "x" * 5000: ("IM001", "no file"),
    "../secret.jpg": ("SE001", "climbs out"),
    "train/../../secret.jpg": ("SE001", "climbs out"),
    "..\\secret.jpg": ("SE001", "climbs out"),
    "%2e%2e/secret.jpg": ("SE001", "climbs out"),
    "..%5csecret.jpg": ("SE001", "climbs out"),
    "..": ("SE001", "climbs out"),
    "a.jpg\0.png": ("SE001", "NUL"),
    "%00a.jpg": ("SE001", "NUL"),
    "/etc/hostname": ("SE001", "outside"),
    "C:\\autoexec.bat": ("SE001", "outside"),
    "file:///etc/hostname": ("SE001", "outside"),
    "https://host/absent.jpg": ("IM012", "address"),
    "s3://bucket": ("IM012", "address"),
    "s3://bucket/../secret.jpg": ("IM012", "address"),
    "data:image/png;base64,AAAA": ("IM012", "label file itself"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name, root):
    with pytest.raises(PictureFault) as caught:
        Pictures(root).find(name)
    code, words = REFUSED[name]
    assert caught.value.code == code
    assert words in caught.value.message
    assert len(caught.value.message) < 1000
    caught.value.message.encode()


def test_absolute_inside_the_root(root):
    assert Pictures(root).find(f"{root}/train/one.jpg") == root / "train/one.jpg"
    assert Pictures(root).find(f"file://{root}/my%20pic.jpg") == root / "my pic.jpg"
    with pytest.raises(PictureFault, match="outside"):
        Pictures(root).find(f"{root}/../secret.jpg")


def test_links_out_of_the_root_are_refused(root):
    (root / "link.jpg").symlink_to(root.parent / "secret.jpg")
    (root / "out").symlink_to(root.parent)
    (root / "inner.jpg").symlink_to(root / "a.jpg")
    (root / "dangling.jpg").symlink_to(root / "nothing")
    pictures = Pictures(root)
    for name in ("link.jpg", "out/secret.jpg", "sub/link.jpg", f"{root}/out/secret.jpg"):
        with pytest.raises(PictureFault) as caught:
            pictures.find(name)
        assert caught.value.code == "SE001"
    assert pictures.find("inner.jpg") == root / "inner.jpg"
    with pytest.raises(PictureFault) as caught:
        pictures.find("dangling.jpg")
    assert caught.value.code == "IM001"


def test_a_root_that_is_a_link_is_kept_as_named(root):
    (root.parent / "alias").symlink_to(root)
    pictures = Pictures(root.parent / "alias")
    assert pictures.find("one.jpg") == root.parent / "alias/train/one.jpg"
    assert pictures.find("a.jpg") == root.parent / "alias/a.jpg"


def test_a_relative_root_is_absolute_once(root, monkeypatch):
    monkeypatch.chdir(root.parent)
    pictures = Pictures(Path("pictures/../pictures"))
    monkeypatch.chdir("/")
    assert pictures.find("a.jpg") == root / "a.jpg"


def test_a_root_that_is_not_there(tmp_path):
    with pytest.raises(PictureFault, match="no folder"):
        Pictures(tmp_path / "wrong").find("a.jpg")


def test_backslashes_that_are_part_of_the_name(root):
    (root / "odd\\name.jpg").write_bytes(b"")
    assert Pictures(root).find("odd\\name.jpg") == root / "odd\\name.jpg"


def test_unchecked_names_never_ask_the_disk(tmp_path):
    pictures = Pictures(tmp_path / "nowhere", check=False)
    assert pictures.find("x/a.jpg") == tmp_path / "nowhere/x/a.jpg"
    assert pictures.find("x\\b\\..\\a.jpg") == tmp_path / "nowhere/x/a.jpg"
    assert pictures.find(f"{tmp_path}/nowhere/a.jpg") == tmp_path / "nowhere/a.jpg"
    for name, code in {
        "../a": "SE001",
        "/etc/x": "SE001",
        "a\0": "SE001",
        "http://h/a.jpg": "IM012",
        "": "IM001",
    }.items():
        with pytest.raises(PictureFault) as caught:
            pictures.find(name)
        assert caught.value.code == code
    with pytest.raises(InternalError):
        pictures.facts(tmp_path / "a.jpg")


def test_facts_are_read_once(root, gradient, encoded):
    (root / "a.jpg").write_bytes(encoded(gradient(), "PNG"))
    pictures = Pictures(root)
    facts = pictures.facts(root / "a.jpg")
    (root / "a.jpg").unlink()
    assert pictures.facts(root / "a.jpg") is facts
    for _ in range(2):
        with pytest.raises(PictureFault) as caught:
            pictures.facts(root / "train/one.jpg")
        assert caught.value.code == "IM002"


def test_describe_says_every_rule_and_its_use(root):
    pictures = Pictures(root)
    for name in ("a.jpg", "train/one.jpg", "one.jpg"):
        pictures.find(name)
    lines = pictures.describe()
    assert lines[0].endswith("folder: 2") or lines[0].endswith("inside it: 2")
    assert [line[0] for line in lines] == list("1234567")
    assert lines[5].endswith(": 1")


def test_a_tree_too_large_finds_nothing(root):
    tree = Tree(str(root), limit=3)
    assert not tree.whole
    assert tree.named("one.jpg") == tree.same_stem("one.jpg") == tree.other_case("ONE.jpg") == []


def test_links_that_lead_nowhere_or_to_themselves_stop_nothing(root):
    (root / "loop.jpg").symlink_to("loop.jpg")
    (root / "val" / "gone.jpg").symlink_to("nowhere.jpg")
    pictures = Pictures(root)
    assert pictures.find("old/place/one.jpg") == root / "train/one.jpg"
    for name in ("loop.jpg", "gone.jpg"):
        with pytest.raises(PictureFault, match=name):
            pictures.find(name)


def test_a_picture_in_an_unreadable_folder(root):
    """No traceback: who may not look there gets a fault, the superuser the picture."""
    (root / "train").chmod(0)
    try:
        found = Pictures(root).find("train/one.jpg")
    except PictureFault as fault:
        assert fault.code == "IM001"
    else:
        assert os.access(found, os.R_OK)
    finally:
        (root / "train").chmod(0o755)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(
        st.sampled_from(["..", ".", "", "a.jpg", "train", "one.jpg", "secret.jpg", "out", "link.jpg", "%2e%2e", "etc"])
        | st.text(max_size=4),
        max_size=6,
    ),
    slash=st.sampled_from(["/", "\\", "%2F", "//", "%5c"]),
    start=st.sampled_from(["", "/", "\\", "C:\\", "file://", "http://h/", "~/"]),
    check=st.booleans(),
)
def test_nothing_outside_the_root_is_ever_given(parts, slash, start, check, root):
    if not (root / "out").is_symlink():
        (root / "out").symlink_to(root.parent)
        (root / "link.jpg").symlink_to(root.parent / "secret.jpg")
    try:
        path = Pictures(root, check=check).find(start + slash.join(parts))
    except PictureFault as fault:
        assert fault.code in ("IM001", "IM012", "SE001")
        return
    assert ".." not in path.parts
    assert path.is_relative_to(root)
    if check:
        assert path.is_file()
        assert path.resolve().is_relative_to(root.resolve())
