"""From a recipe's file to the plan of a build, with everything that was resolved on the way."""

import os
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from ...converters.sources import load_source, source_names
from ...converters.targets import load_target, target_names
from ...converters.templates.wordings import ALL_TASKS
from ...converters.yaml_reader import Place, read_yaml
from ...schemas.errors import ConfigError
from ...schemas.recipe import KeepPart, Recipe, SourcePart, TargetPart
from ...schemas.suggest import unknown
from ..amounts import parse_limit, parse_size
from ..commit.destination import MANIFEST
from ..filter.criteria import Keep
from ..filter.lint_findings import check_codes
from ..job import Job, Limit
from ..plan import Output, Plan
from ..remote.inputs import names_of_fetched, root_of_all
from ..splits.split import Fractions, parse_split
from .faults import Lines, misfit
from .options import own_options
from .resolve import Fetch, Resolved, Resolver

T = TypeVar("T")


@dataclass(frozen=True)
class Planned:
    """A recipe that can be followed: its plan, what its texts were resolved to, and the line of everything in it."""

    plan: Plan
    resolved: tuple[Resolved, ...]
    lines: Lines


def read_recipe(
    path: Path, out: Path | None = None, environment: Mapping[str, str] = os.environ, fetch: Fetch | None = None
) -> Planned:
    """Read a recipe. `out` counts more than what it says itself; `fetch` brings what lies at addresses.

    Raises `ConfigError` with file, line and key where it cannot be followed.
    """
    document = read_yaml(path)
    lines = Lines(path, document.lines)
    resolver = Resolver(lines, environment, fetch)
    value = resolver.variables(document.value)
    try:
        recipe = Recipe.model_validate(value)
    except ValidationError as error:
        raise misfit(lines, value, error) from None
    plan = _Planner(recipe, resolver, set(value)).plan(out)
    told = {
        "file": str(path),
        "sha256": sha256(path.read_bytes()).hexdigest(),
        "resolved": [each._asdict() for each in resolver.resolved()],
    }
    return Planned(Plan(plan.out, plan.outputs, (path,), (("recipe", told),)), resolver.resolved(), lines)


class _Planner:
    """Makes the jobs of one recipe."""

    def __init__(self, recipe: Recipe, resolver: Resolver, said: set[str]) -> None:
        self.recipe = recipe
        self.resolver = resolver
        self.lines = resolver.lines
        self.said = said
        self.taken = {each.name for each in recipe.sources if each.name}

    def plan(self, out: Path | None) -> Plan:
        recipe = self.recipe
        if out is None and recipe.out is None:
            raise ConfigError(
                str(self.lines.file), "nothing says where the data set goes", "Add `out: DIR`, or -o DIR."
            )
        place = out if out is not None else self.resolver.path(recipe.out or "", ("out",))
        whole = self._whole()
        names = self._names([each.name or each.to for each in recipe.targets], "targets")
        parts = [part for number, each in enumerate(recipe.sources) for part in self._parts(each, number)]
        fetched: dict[str, Any] = {"shown": names_of_fetched()} if self.resolver.fetched else {}
        outputs: list[Output] = []
        for number, (name, target) in enumerate(zip(names, recipe.targets, strict=True)):
            folder = "" if len(names) == 1 else name
            written = self._target(target, ("targets", number)) | fetched
            if fetched and written["image_root"] is None and written["pictures"] == "refer":
                written["image_root"] = root_of_all([(part["images"], part["input"]) for part in parts])
            jobs = [Job(**part, **whole, **written, out=place / folder) for part in parts]
            outputs.append(Output(folder, tuple(jobs)))
        return Plan(place, tuple(outputs))

    def _whole(self) -> dict[str, Any]:
        """What holds for everything."""
        recipe, resolver = self.recipe, self.resolver
        ledger = recipe.ledger
        if ledger not in ("auto", "new"):
            ledger = str(resolver.file_at(ledger, ("ledger",)))
        with self._at(("group_by",), "Write a regular expression."):
            _compiled(recipe.group_by)
        return {
            "seed": recipe.seed,
            "split": self._split(),
            "group_by": recipe.group_by,
            "ledger": ledger,
            "dedup": recipe.dedup,
            "dedup_policy": recipe.dedup_policy,
            "dedup_text": recipe.dedup_text,
            "against": self._optional(resolver.there, recipe.against, ("against",)),
            "max_rejected": self._limit(),
        }

    def _split(self) -> Fractions:
        remedy = "Write split: {train: 0.9, val: 0.1}, names with shares that sum to 1."
        with self._at(("split",), remedy):
            return parse_split(",".join(f"{name}={share!r}" for name, share in self.recipe.split.items()))

    def _limit(self) -> Limit:
        with self._at(("max_rejected",)):
            return parse_limit(str(self.recipe.max_rejected))

    def _names(self, names: list[str], key: str) -> list[str]:
        """The names, which differ also where a disk takes capitals for small letters."""
        folded = [name.casefold() for name in names]
        for number, name in enumerate(names):
            if key == "targets" and folded[number] == MANIFEST:
                raise self.lines.error((key, number), f"{name!r} is OUT's own", "Choose another name.")
            if folded[number] in folded[:number]:
                fact = f"{name!r} is there already, in line {self.lines.line((key, folded.index(folded[number])))}"
                raise self.lines.error((key, number), fact, "Give one of the two a name of its own: `name: …`.")
        return names

    def _parts(self, source: SourcePart, number: int) -> Iterator[dict[str, Any]]:
        """The fields of a job that a source says: one part for each of its inputs."""
        at: Place = ("sources", number)
        if source.source not in source_names():
            raise unknown(self.lines.place((*at, "source")), "source", source.source, source_names())
        inputs = self.resolver.inputs(source.input, (*at, "input"))
        kind = load_source(source.source).Options
        fields = {
            "source": source.source,
            "source_options": own_options(kind, source.options, (*at, "options"), source.source, self.resolver),
            "images": self._optional(self.resolver.folder_at, source.images, (*at, "images")),
            "templates": self._optional(self.resolver.file_at, source.templates, (*at, "templates")),
            "tasks": self._tasks(source, at),
            "lang": source.lang or self.recipe.lang,
            "keep": self._keep(source.keep, (*at, "keep")),
            **{name: getattr(source, name) for name in _AS_THEY_ARE},
        }
        name = self._part_name(number)
        for path, own in zip(inputs, _told_apart(inputs), strict=True):
            of_file = name if len(inputs) == 1 else self._free(f"{name or source.source}-{own}")
            yield {"name": of_file, "input": path, **fields}

    def _part_name(self, number: int) -> str:
        """The name given, else the source's, numbered where it is there already; none for the only one."""
        sources = self.recipe.sources
        if given := sources[number].name:
            if given in [each.name for each in sources[:number]]:
                self._names([each.name or f"#{place}" for place, each in enumerate(sources)], "sources")
            return given
        if len(sources) == 1:
            return ""
        before = sum(each.name is None and each.source == sources[number].source for each in sources[:number])
        return self._free(sources[number].source, before + 1)

    def _free(self, name: str, number: int = 1) -> str:
        """The name, with the number unless that is 1, or with the next one that makes a name that no part has."""
        numbered = (f"{name}-{each}" if each > 1 else name for each in count(number))
        found = next(each for each in numbered if each not in self.taken)
        self.taken.add(found)
        return found

    def _tasks(self, source: SourcePart, at: Place) -> tuple[str, ...]:
        for place, task in enumerate(source.tasks or ()):
            if task not in ALL_TASKS:
                raise unknown(self.lines.place((*at, "tasks", place)), "task", task, ALL_TASKS)
        return tuple(dict.fromkeys(source.tasks or ()))

    def _keep(self, part: KeepPart, at: Place) -> Keep:
        for name in ("side", "pixels", "area", "area_share", "text"):
            least, most = getattr(part, f"min_{name}"), getattr(part, f"max_{name}")
            if least is not None and most is not None and least > most:
                fact = f"{least:g} is more than max_{name}, {most:g}"
                raise self.lines.error((*at, f"min_{name}"), fact, "Nothing would be kept: give the lesser first.")
        with self._at((*at, "lint")):
            check_codes(part.lint or ())
        said: dict[str, Any] = {name: _frozen(value) for name, value in part if value is not None}
        return Keep(**said)

    def _target(self, target: TargetPart, at: Place) -> dict[str, Any]:
        if target.to not in target_names():
            raise unknown(self.lines.place((*at, "to")), "target", target.to, target_names())
        kind: type | None = getattr(load_target(target.to), "Options", None)
        written = {name: getattr(target, name) for name in _AS_WRITTEN}
        written["target"] = target.to
        written["target_options"] = own_options(kind, target.options, (*at, "options"), target.to, self.resolver)
        written["image_root"] = self._optional(self.resolver.path, target.image_root, (*at, "image_root"))
        if isinstance(target.max_shard_size, str):
            with self._at((*at, "max_shard_size")):
                written["max_shard_size"] = parse_size(target.max_shard_size)
        return written

    def _optional(self, resolve: Callable[[str, Place], T], text: str | None, at: Place) -> T | None:
        return None if text is None else resolve(text, at)

    @contextmanager
    def _at(self, at: Place, remedy: str = "") -> Generator[None]:
        """Say of an option's fault where it stands in the recipe."""
        try:
            yield
        except ConfigError as error:
            raise self.lines.error(at, error.fact, remedy or error.remedy) from None


_AS_THEY_ARE = (
    *("check_images", "weight", "order", "max_objects", "negatives", "answers"),
    *("crowd", "difficult", "exif_boxes", "wrong_extension"),
)
_AS_WRITTEN = (
    *("rotated", "reserved_text", "upright", "rounding", "min_pixels", "max_pixels", "max_length", "count_tokens"),
    *("over_length", "max_shard_size", "max_shard_samples", "shuffle", "even", "compress", "packing", "lengths"),
    *("pictures", "max_side"),
)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _compiled(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as fault:
        raise ConfigError("", f"{pattern!r} is no regular expression: {fault}", "Correct it.") from None


def _told_apart(paths: list[Path]) -> list[str]:
    """A short name for each of several paths: its stem where those differ, else its number."""
    stems = [re.sub(r"[^A-Za-z0-9._-]+", "_", path.stem) for path in paths]
    return stems if len(set(stems)) == len(stems) else [str(number) for number in range(1, len(paths) + 1)]
