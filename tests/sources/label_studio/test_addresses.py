"""Addresses of pictures: which rule reads one, and the names it gives, in order."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdata.converters.sources.label_studio import Options, describe_addresses
from mmdata.converters.sources.label_studio_addresses import map_rules, read_address

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize(
    ("address", "rule", "names"),
    [
        ("/data/local-files/?d=imgs/a%20b.png", "local-files", ["imgs/a b.png", "a b.png"]),
        ("http://ls:8080/x/data/local-files/?d=%E8%A1%97.png", "local-files", ["街.png"]),
        ("/data/upload/3/1a2b3c4d-name.png", "upload", ["1a2b3c4d-name.png", "3/1a2b3c4d-name.png", "name.png"]),
        ("/data/upload/6/2c86d188-up_%C3%BC.jpg", "upload", ["2c86d188-up_ü.jpg", "6/2c86d188-up_ü.jpg", "up_ü.jpg"]),
        ("/data/upload/3/name.png", "upload", ["name.png", "3/name.png"]),
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


def test_rules_can_be_seen() -> None:
    lines = describe_addresses(CASES / "unicode" / "in.json", Options())
    assert len(lines) == 1
    assert "local-files" in lines[0] and "imgs/シーン 街.png, シーン 街.png" in lines[0]
    assert "no name" not in lines[0]
    assert "itself" in describe_addresses(CASES / "pages" / "in.json", Options())[1]
