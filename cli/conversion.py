"""A command with the options of the target that its `--to` names, which are known once that is read."""

from collections.abc import Sequence
from typing import Any

import click

from ..schemas.errors import ConfigError

_TARGET = "mmdata.target"
"""Where a command's context keeps the name of its target."""


class Conversion(click.Command):
    """`mmdata convert SOURCE`: what it was made with, and what `Options` of the target declares."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Look for the target first; say of an option that it has not whose it is."""
        to = next(each for each in self.params if each.name == "to")
        ctx.meta[_TARGET] = target = last_named("--to", args) or str(to.default)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            to.type_cast_value(ctx, target)  # a slip in its name is said before its options
            raise _of_another(error.option_name, target) or error from None

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The command's own, the target's, and `--help`."""
        *own, last = super().get_params(ctx)
        return [*own, *target_parameters(ctx.meta.get(_TARGET, "")), last]


def target_parameters(name: str) -> list[click.Parameter]:
    """The options that only this target has; none where it is not known, which `--to` says itself."""
    from .options import declared_options

    kind = options_of(name)
    return declared_options(kind) if kind else []


def options_of(name: str) -> type | None:
    """The `Options` of a target; None where it has none, or cannot be loaded."""
    from ..converters.targets import load_target

    try:
        return getattr(load_target(name), "Options", None)
    except (KeyError, ImportError):
        return None


def taken_options(name: str, given: dict[str, Any]) -> Any:
    """The target's own options, taken out of what was given; None where it has none."""
    from ..converters.options import option_fields

    kind = options_of(name)
    return kind(**{each.name: given.pop(each.name) for each in option_fields(kind)}) if kind else None


def last_named(option: str, args: Sequence[str]) -> str | None:
    """What stands behind the last `--to`, or another option."""
    named = None
    for at, word in enumerate(args):
        if word == "--":
            break
        if word == option and at + 1 < len(args):
            named = args[at + 1]
        elif word.startswith(f"{option}="):
            named = word.removeprefix(f"{option}=")
    return named


def _of_another(option: str, target: str) -> ConfigError | None:
    """The error for an option that some other target has; None where none has it."""
    from ..converters.targets import target_names

    having = [name for name in target_names() if any(option in each.opts for each in target_parameters(name))]
    if not having:
        return None
    fact = f"is an option of the target {' and '.join(having)}, and this is for {target}"
    return ConfigError(option, fact, f"Add --to {having[0]}, or leave it out.")
