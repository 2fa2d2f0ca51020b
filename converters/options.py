"""Options as data: a frozen dataclass a source, from which the command line and recipes are made."""

from dataclasses import Field, field, fields
from typing import Any


def option(default: Any, help: str, *, choices: tuple[str, ...] = (), metavar: str | None = None) -> Any:
    """A dataclass field that is an option of the command line.

    The flag is `--` and the field's name with hyphens. `help` is one sentence; `choices` closes the set of values;
    a bool is a flag; a tuple of strings or Paths may be given several times.
    """
    return field(default=default, metadata={"help": help, "choices": choices, "metavar": metavar})


def option_fields(options: type) -> list[Field[Any]]:
    """The option fields of a source's `Options` dataclass, in order."""
    return [each for each in fields(options) if "help" in each.metadata]
