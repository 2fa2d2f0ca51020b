"""What is said of options of `convert`, as a recipe has them: keys in place of flags, and the line of the one meant.

Most faults of a job are found by what `convert` and `build` share, which speaks of flags: `--crowd keep`. A recipe says
`crowd: keep`, in some line.
"""

import re
from collections.abc import Collection
from typing import TypeVar, get_args

from ...converters.options import option_fields
from ...converters.sources import load_source
from ...converters.targets import load_target
from ...converters.templates.wordings import ALL_TASKS
from ...converters.yaml_reader import Place
from ...schemas.errors import ConfigError, MmdataError
from ...schemas.recipe import Recipe, SourcePart, TargetPart
from ..build import check
from ..plan import Plan
from .faults import dotted
from .plan import Planned

E = TypeVar("E", bound=MmdataError)

_FLAG = re.compile(r"--(no-)?([a-z][a-z-]*)(?: ([A-Z]{1,10}\b|[0-9][0-9.,%]*|[a-z][a-z-]*))?")
_PARTS = (Recipe, SourcePart, TargetPart)
_OTHERWISE = {"task": "tasks"}
_OF_BUILD = ("out", "sources", "targets", "version")
"""Keys whose flags are options of `build` too, or of nothing."""


def in_keys(text: str, own: Collection[str] = ()) -> str:
    """The text with keys for the flags that have some; `own` are further keys, of a source's or target's options."""

    def key(found: re.Match[str]) -> str:
        name, value = _key(found[2], own), found[3] or ""
        if name is None:
            return found[0]
        if found[2] == "task":
            return f"tasks: [{value}]" if value in ALL_TASKS else f"tasks {value}".rstrip()
        if found[1]:
            return f"{name}: false {value}".rstrip()
        said = value and (not value.islower() or value in _values(name))
        return f"{name}: {value}" if said else f"{name} {value}".rstrip()

    return _FLAG.sub(key, text.replace("a --task", "a task"))


def in_recipe(planned: Planned, error: E) -> E:
    """An error of a build as one of its recipe: where it names an option first, the line of that key."""
    own = _own(planned)
    found = _FLAG.match(error.place)
    name = _key(found[2], own) if found else None
    place = error.place if name is None else _place(planned, name, error)
    return type(error)(place, in_keys(error.fact, own), in_keys(error.remedy, own))


def _key(flag: str, own: Collection[str]) -> str | None:
    name = _OTHERWISE.get(flag, flag.replace("-", "_"))
    known = name in own or any(name in part.model_fields for part in _PARTS)
    return name if known and name not in _OF_BUILD else None


def _values(name: str) -> tuple[object, ...]:
    """The words that a key may have."""
    return next((get_args(part.model_fields[name].annotation) for part in _PARTS if name in part.model_fields), ())


def _own(planned: Planned) -> frozenset[str]:
    """The names of the own options of all sources and targets of a recipe."""
    jobs = [job for output in planned.plan.outputs for job in output.jobs]
    modules = [*(load_source(job.source) for job in jobs), *(load_target(job.target) for job in jobs)]
    kinds = [kind for module in modules if (kind := getattr(module, "Options", None))]
    return frozenset(each.name for kind in kinds for each in option_fields(kind))


def _place(planned: Planned, name: str, error: MmdataError) -> str:
    """Where the recipe says it; all places, where it cannot be told which is meant."""
    said = [at for at in planned.lines.lines if at and str(at[-1]).replace("-", "_") == name]
    meant = [at for at in said if len(said) == 1 or _at_fault(planned, at, error)] or said
    if len(meant) == 1:
        return planned.lines.place(meant[0])
    return f"{planned.lines.file}: {' or '.join(map(dotted, meant)) or name}"


def _at_fault(planned: Planned, at: Place, error: MmdataError) -> bool:
    """Whether the target that a place is in has that fault by itself."""
    number = at[1] if at[0] == "targets" and len(at) > 1 else None
    if not isinstance(number, int):
        return False
    try:
        check(Plan(planned.plan.out, (planned.plan.outputs[number],)))
    except ConfigError as own:
        return (own.place, own.fact) == (error.place, error.fact)
    return False
