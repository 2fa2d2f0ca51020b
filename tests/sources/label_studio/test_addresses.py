"""Addresses of pictures: which rule reads one, and the names it gives, in order."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources.label_studio import Options, describe_addresses
from mmdata.converters.sources.label_studio_addresses import choose_name, map_rules, read_address

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize(
    ("address", "rule", "names"),
    [
        ("/data/local-files/?d=imgs/a%20b.png", "local-files", ["imgs/a b.png", "a b.png"]),
        ("http://ls:8080/x/data/local-files/?d=%E8%A1%97.png", "local-files", ["街.png"]),
        ("/data/upload/3/1a2b3c4d-name.png", "upload", ["1a2b3c4d-name.png", "3/1a2b3c4d-name.png", "name.png"]),
        (
            "/data/upload/6/2c86d188-up_%C3%BC.jpg",
            "upload",
            ["2c86d188-up_ü.jpg", "6/2c86d188-up_ü.jpg", "up_ü.jpg", "up ü.jpg"],
        ),
        ("/data/upload/3/name.png", "upload", ["name.png", "3/name.png"]),
        (
            "/storage-data/uploaded/?filepath=upload/3/1a2b3c4d-a_b.png",
            "upload",
            ["1a2b3c4d-a_b.png", "3/1a2b3c4d-a_b.png", "a_b.png", "a b.png"],
        ),
        ("http://h/x/storage-data/uploaded/?filepath=/data/upload/3/a.png", "upload", ["a.png", "3/a.png"]),
        (
            "/data/upload/1/0a1b2c3d-a_b_c.png",
            "upload",
            ["0a1b2c3d-a_b_c.png", "1/0a1b2c3d-a_b_c.png", "a_b_c.png", "a b c.png", "a b_c.png", "a_b c.png"],
        ),
        ("s3://bucket/a/b%20c?.png", "cloud", ["a/b%20c?.png", "b%20c?.png"]),
        ("gs://bucket/a.png", "cloud", ["a.png"]),
        ("azure-blob://box/a/b.png", "cloud", ["a/b.png", "b.png"]),
        ("https://h.example/p/a%20b.png?X-Sig=1&e=2", "web", ["p/a b.png", "a b.png"]),
        ("/tasks/1/resolve/?fileuri=czM6Ly9idWNrZXQvYS9iLnBuZw==", "resolve", ["a/b.png", "b.png"]),
        ("/tasks/1/resolve/?fileuri=czM6Ly9idWNrZXQvYS9iLnBuZw", "resolve", ["a/b.png", "b.png"]),
        ("imgs/a.png", "path", ["imgs/a.png", "a.png"]),
        ("/image1", "path", ["image1"]),
        ("imgs\\a.png", "path", ["imgs/a.png", "a.png"]),
        ("file:///home/u/a%20b.png", "path", ["home/u/a b.png", "u/a b.png", "a b.png"]),
        ("../../etc/passwd", "path", ["../../etc/passwd"]),
        ("http://[::1/a.png", "path", ["http:/[::1/a.png", "[::1/a.png", "a.png"]),
    ],
)
def test_an_address_and_its_names(address: str, rule: str, names: list[str]) -> None:
    assert read_address(address) == (rule, names)


def test_a_user_s_rule_decides_and_the_longest_one_first() -> None:
    rules = map_rules(["s3://bucket/=", "s3://bucket/deep/=photos/", "/data/local-files/?d=imgs/=pics"])
    assert read_address("s3://bucket/deep/a%20b.png", rules) == ("map", ["photos/a%20b.png"])
    assert read_address("s3://bucket/other/a.png", rules) == ("map", ["other/a.png"])
    assert read_address("/data/local-files/?d=imgs/a%20b.png", rules) == ("map", ["pics/a b.png"])
    assert read_address("gs://bucket/a.png", rules).rule == "cloud"


@given(st.text())
def test_any_address_has_a_name_or_is_refused(address: str) -> None:
    if address[:5].lower() != "data:":
        assert read_address(address).names


def test_the_names_that_the_server_s_exports_with_pictures_give_are_found_last(tmp_path: Path) -> None:
    """Names seen in COCO_WITH_IMAGES of a real server (1.23): MD5 of the address as the task has it."""
    names = {
        "/data/local-files/?d=imgs/img_000.jpg": "c3a3700b__img_000.jpg",
        "/data/local-files/?d=imgs/sub/img_000.jpg": "9dcfec1d__img_000.jpg",
        "/data/local-files/?d=imgs/%E3%82%B7%E3%83%BC%E3%83%B3%20%E8%A1%97.png": "79b22e4e__シーン 街.png",
    }
    for name in names.values():
        (tmp_path / name).touch()
    for address, name in names.items():
        assert choose_name(address, (), Pictures(tmp_path)) == name
        assert choose_name(address, (), Pictures(tmp_path, check=False)).startswith("imgs/")
    (tmp_path / "img_000.jpg").touch()
    pictures = Pictures(tmp_path)
    found = pictures.find(choose_name("/data/local-files/?d=imgs/img_000.jpg", (), pictures))
    assert found == tmp_path / "img_000.jpg"
    rules = map_rules(["/data/local-files/?d=imgs/sub/=pics"])
    assert choose_name("/data/local-files/?d=imgs/sub/img_000.jpg", rules, Pictures(tmp_path)) == "pics/img_000.jpg"


def test_an_upload_finds_the_picture_whose_spaces_the_server_replaced(tmp_path: Path) -> None:
    (tmp_path / "my cat_1.png").touch()
    pictures = Pictures(tmp_path)
    assert choose_name("/data/upload/3/1a2b3c4d-my_cat_1.png", (), pictures) == "my cat_1.png"
    assert read_address("/data/upload/3/" + "_".join("abcdefg") + ".png").names[-1] == "a b c d e f g.png"


def test_rules_can_be_seen() -> None:
    lines = describe_addresses(CASES / "unicode" / "in.json", Options())
    assert len(lines) == 1
    assert "local-files" in lines[0] and "imgs/シーン 街.png, シーン 街.png" in lines[0]
    assert "no name" not in lines[0]
    assert "itself" in describe_addresses(CASES / "pages" / "in.json", Options())[1]
