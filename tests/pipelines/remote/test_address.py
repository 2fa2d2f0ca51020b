"""Addresses: what is one, what may be opened, and that no secret of one is repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdata.pipelines.remote.address import Address, check_allowed, parse
from mmdata.schemas.errors import ConfigError


@pytest.mark.parametrize("text", ["labels.json", "/a/b", "s3:/x", "C:/x", "a:b://", "", "./s3://x"])
def test_paths_are_paths(text):
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "bucket", "key"),
    [("s3://b1/x", "b1", "x"), ("s3://b1/x/y/", "b1", "x/y"), ("s3://b1", "b1", ""), ("s3://b1/图 1", "b1", "图 1")],
)
def test_addresses(text, bucket, key):
    assert parse(text) == Address(bucket, key)


@pytest.mark.parametrize(
    "text",
    [
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "simplecache::s3://b1/x",
        "s3://",
        "s3:///x",
        "s3://b1/../x",
        "s3://b1/a//b",
        "s3://b1/a\x00",
        "s3://b1/a\\b",
        "s3://b1/\udcff",
        "s3://b1/" + "x" * 1025,
        "gs://b1/x",
    ],
)
def test_what_is_none_is_told(text):
    if "::" in text:
        assert parse(text) is None  # a path, and one that is not there
    else:
        with pytest.raises(ConfigError):
            parse(text)


def test_credentials_in_an_address_are_refused_and_not_repeated():
    with pytest.raises(ConfigError) as caught:
        parse("s3://AKIA:hunter2@b1/x")
    assert "hunter2" not in str(caught.value) and "environment" in caught.value.remedy


def test_nothing_is_opened_unasked():
    allowed = [Address("b1", "sets")]
    check_allowed(Address("b1", "sets/x"), allowed)
    check_allowed(Address("b1", "sets"), allowed)
    check_allowed(Address("b1", "any"), [Address("b1", "")])
    for other in (Address("b1", "sets2"), Address("b1", ""), Address("b2", "sets/x")):
        with pytest.raises(ConfigError, match="none is opened unasked"):
            check_allowed(other, allowed)
    with pytest.raises(ConfigError, match="--allow s3://b1/"):
        check_allowed(Address("b1", "x"), [])


@given(st.text(max_size=40))
def test_any_text_is_a_path_an_address_or_told(text):
    for each in (text, f"s3://{text}", f"s3://bucket/{text}"):
        try:
            found = parse(each)
        except ConfigError:
            continue
        if found is not None:
            assert parse(str(found)) == found
