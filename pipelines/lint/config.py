"""Configuration: `[tool.mmdata.lint]` of a pyproject.toml, or `[lint]` of a mmdata.toml; the nearest one upwards.

    select, ignore, extend-select       lists of codes, beginnings of codes, names
    per-file-ignores                    a table of patterns, each with such a list
    baseline, images                    paths, relative to the file
    target, max-length, min-pixels, max-pixels, deep, check-images, cache

What the command line says counts more; lists of `extend-select` add up. Patterns are about paths from the file's folder
on (`patterns.py`). For editors the table is published as `schemas/mmdata_toml.schema.json`.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...schemas.errors import ConfigError
from .rules import every_rule, weight

FILES = ("mmdata.toml", "pyproject.toml")
_ABSENT = object()
_LISTS = ("select", "ignore", "extend-select")
_KINDS: dict[str, type] = {
    "baseline": str,
    "images": str,
    "target": str,
    "max-length": int,
    "min-pixels": int,
    "max-pixels": int,
    "deep": bool,
    "check-images": bool,
    "cache": bool,
}
_PATHS = ("baseline", "images")
_WORDS = {str: "text", int: "number from 1 on", bool: "choice"}
_SUCH = {str: 'text in quotes: "qwen-vl"', int: "a whole number: 2048", bool: "true or false"}


@dataclass(frozen=True, slots=True)
class Config:
    """What a file says: keys as in the file with `_` for `-`, values checked; `file` is None where there is none."""

    file: Path | None = None
    values: dict[str, Any] = field(default_factory=dict[str, Any])


def configured(start: Path) -> Config:
    """The nearest configuration at or above a folder. Raises `ConfigError` with the key that cannot be followed."""
    for folder in (start, *start.parents):
        for name in FILES:
            if (folder / name).is_file() and (table := _table(folder / name)) is not None:
                return Config(folder / name, _checked(folder / name, table))
    return Config()


def check_words(words: tuple[str, ...], place: str) -> None:
    """Raise `ConfigError` for a word that means no rule: a slip would pass for a rule that finds nothing."""
    for word in words:
        if not word or not any(weight(word, rule.code, rule.name) for rule in every_rule().values()):
            raise ConfigError(place, f"there is no rule {word!r}", "List them with: mmdata explain")


def _table(file: Path) -> dict[str, Any] | None:
    try:
        read: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError:
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ConfigError(str(file), f"is no TOML: {fault}", "Correct the file, or name another folder.") from None
    for step in ("lint",) if file.name == FILES[0] else ("tool", "mmdata", "lint"):
        read = read.get(step, _ABSENT)
        if read is _ABSENT:
            return None
        if not isinstance(read, dict):
            raise ConfigError(f"{file}: {step}", f"{read!r} is no table", "Write settings below a line in brackets.")
    table: dict[str, Any] = read
    return table


def _checked(file: Path, table: dict[str, Any]) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for key, value in table.items():
        place = f"{file}: {key}"
        if key in _LISTS:
            checked[key.replace("-", "_")] = _words(place, value)
        elif key == "per-file-ignores":
            if not isinstance(value, dict):
                raise ConfigError(place, "is no table", 'Write patterns with lists: "old/*" = ["GE007"].')
            checked["per_file_ignores"] = {pattern: _words(place, words) for pattern, words in value.items()}
        elif key in _KINDS:
            if not _is(_KINDS[key], value):
                raise ConfigError(place, f"{value!r} is no {_WORDS[_KINDS[key]]}", f"Write {_SUCH[_KINDS[key]]}.")
            path = key in _PATHS
            checked[key.replace("-", "_")] = file.parent / str(value) if path else value
        else:
            known = ", ".join((*_LISTS, "per-file-ignores", *_KINDS))
            raise ConfigError(place, "there is no such setting", f"Settings are {known}.")
    return checked


def _is(kind: type, value: Any) -> bool:
    typed: Any = value if type(value) is kind else None
    return typed is not None and (kind is not int or typed > 0)


def _words(place: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ConfigError(place, f"{value!r} is no list of codes", 'Write a list: ["GE007", "TG"].')
    check_words(tuple(value), place)
    return tuple(value)
