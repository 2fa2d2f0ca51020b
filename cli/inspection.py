"""A command with the options of the source that its `--as` names, which are known once that is read."""

from typing import Any

import click

from ..schemas.errors import ConfigError
from ..schemas.suggest import unknown
from .conversion import last_named

_SOURCE = "mmdata.source"
"""Where a command's context keeps what `--as` says."""


class Inspection(click.Command):
    """`mmdata lint`: its own options, and what `Options` of the source declares."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Look for the source first; say of an option that is not there whose it is."""
        ctx.meta[_SOURCE] = source = last_named("--as", args) or ""
        _check(source)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise _of_a_source(error.option_name, source) or error from None

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The command's own, the source's, and `--help`."""
        *own, last = super().get_params(ctx)
        return [*own, *source_parameters(ctx.meta.get(_SOURCE, "")), last]


def source_parameters(name: str) -> list[click.Parameter]:
    """The options that only this source has; none for a target, whose rows need none."""
    from .options import declared_options

    kind = _options_of(name)
    return declared_options(kind) if kind else []


def taken_source_options(name: str, given: dict[str, Any], typed: set[str]) -> Any:
    """The source's own options, taken out of what was given; None where none was typed, and lint has its own choice."""
    from ..converters.options import option_fields
    from ..converters.sources import load_source

    kind = _options_of(name)
    if kind is None:
        return None
    own = {each.name: given.pop(each.name) for each in option_fields(kind)}
    if not own.keys() & typed:
        return None
    chosen: dict[str, Any] = getattr(load_source(name), "LINT_OPTIONS", {}) if given["deep"] else {}
    return kind(**{**own, **{key: value for key, value in chosen.items() if key not in typed}})


def _options_of(name: str) -> type | None:
    from ..converters.sources import load_source

    try:
        return load_source(name).Options if name else None
    except (KeyError, ImportError):
        return None


def _check(name: str) -> None:
    """Raise `ConfigError` for what is the name of nothing."""
    from ..converters.sources import source_names
    from ..converters.targets import target_names

    names = [*source_names(), *target_names()] if name else []
    if name and name not in names:
        raise unknown("--as", "source or target", name, names)


def _of_a_source(option: str, named: str) -> ConfigError | None:
    """The error for an option that some source has; None where none has it."""
    from ..converters.sources import source_names

    having = [name for name in source_names() if any(option in each.opts for each in source_parameters(name))]
    if not having:
        return None
    fact = f"is an option of the source {' and '.join(having)}" + (f", and this is for {named}" if named else "")
    return ConfigError(option, fact, f"Add --as {having[0]}, or leave it out.")
