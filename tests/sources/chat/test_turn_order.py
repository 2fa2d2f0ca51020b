"""Whose turn it is: one rule for the sources `chat`, `interleaved` and `label-studio`."""

import pytest
from mmdata.converters.sources.turn_order import out_of_order


@pytest.mark.parametrize(
    ("roles", "fault"),
    [
        ("user assistant", None),
        ("system user assistant user assistant", None),
        ("assistant user", (0, "CV003")),
        ("system assistant", (1, "CV003")),
        ("user user assistant", (1, "CV003")),
        ("user system assistant", (1, "CV003")),
        ("user assistant system", (2, "CV003")),
        ("user", (0, "CV004")),
        ("system", (0, "CV004")),
        ("system user assistant user", (3, "CV004")),
    ],
)
def test_the_first_turn_that_stands_wrong(roles: str, fault: tuple[int, str] | None) -> None:
    found = out_of_order(roles.split())
    assert (found and found[:2]) == fault
