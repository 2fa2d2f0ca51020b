"""Options as data: a frozen dataclass a source or target, from which the command line and recipes are made."""

from dataclasses import Field, field, fields
from typing import Any


def option(
    default: Any, help: str, *, choices: tuple[str, ...] = (), metavar: str | None = None, needed: bool = False
) -> Any:
    """A dataclass field that is an option of the command line.

    The flag is `--` and the field's name with hyphens. `help` is one sentence; `choices` closes the set of values;
    a bool is a flag; a tuple of strings or Paths may be given several times. One that is `needed` must be given to a
    conversion: its default only stands where nothing is converted.
    """
    facts = {"help": help, "choices": choices, "metavar": metavar, "needed": needed}
    return field(default=default, metadata=facts)


def option_fields(options: type) -> list[Field[Any]]:
    """The option fields of an `Options` dataclass, in order."""
    return [each for each in fields(options) if "help" in each.metadata]


def flag(name: str) -> str:
    """A field's name as the command line has it."""
    return "--" + name.replace("_", "-")
