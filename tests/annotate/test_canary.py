"""What the canary hears: tokens by their form, in any text, and nothing that is none."""

import pytest

from . import server
from .canary import leaked

JWT = ".".join(["eyJhbGciOiJIUzI1NiIsInR5cCI6", "eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9", "c2lnbmF0dXJlLWlzLWhlcmU"])


@pytest.mark.parametrize(
    "text", [server.CANARY + "01234567", f"Bearer {JWT}", b"\xff" + JWT.encode()], ids=["legacy", "personal", "bytes"]
)
def test_a_token_is_found_in_any_text(text: str | bytes) -> None:
    assert leaked(text)


@pytest.mark.parametrize("text", ["", None, "eyJ.eyJ.x", "ca9a5ec2"])
def test_what_is_none_is_not(text: str | None) -> None:
    assert leaked(text) is None
