"""Whose turn it is in a conversation: user and assistant in turn, a system turn before them at most, an answer last."""

from collections.abc import Sequence
from typing import NamedTuple


class OutOfOrder(NamedTuple):
    """The first turn that stands wrong, counted from 0; the rule (CV003, CV004) and what is wrong in words."""

    turn: int
    code: str
    message: str


def out_of_order(roles: Sequence[str]) -> OutOfOrder | None:
    """What is wrong with the order of these roles (user, assistant, system), one at least; None where nothing is."""
    system = int(roles[0] == "system")
    for number, role in enumerate(roles[system:]):
        expected = ("user", "assistant")[number % 2]
        if role != expected:
            return OutOfOrder(number + system, "CV003", f"the {expected}'s turn should stand here")
    if (len(roles) - system) % 2 or len(roles) == system:
        return OutOfOrder(len(roles) - 1, "CV004", "the last turn is not an answer")
    return None
