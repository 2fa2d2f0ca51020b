"""Configuration: `[tool.mmdata.lint]` of a pyproject.toml, or `[lint]` of a mmdata.toml; the nearest one upwards.

    select, ignore, extend-select       lists of codes, beginnings of codes, names
    per-file-ignores                    a table of patterns, each with such a list
    baseline, images                    paths, relative to the file
    target, max-length, min-pixels, max-pixels, deep, check-images

What the command line says counts more; lists of `extend-select` add up.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...schemas.errors import ConfigError
from .rules import every_rule, weight

FILES = ("mmdata.toml", "pyproject.toml")
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
}


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
        if not any(weight(word, rule.code, rule.name) for rule in every_rule().values()):
            raise ConfigError(place, f"there is no rule {word!r}", "List them with: mmdata explain")


def _table(file: Path) -> dict[str, Any] | None:
    try:
        read: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError:
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ConfigError(str(file), f"is no TOML: {fault}", "Correct the file, or name another folder.") from None
    for step in ("lint",) if file.name == FILES[0] else ("tool", "mmdata", "lint"):
        read = read.get(step) if isinstance(read, dict) else None
    return read if isinstance(read, dict) else None


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
            if type(value) is not _KINDS[key]:
                raise ConfigError(place, f"{value!r} is no {_KINDS[key].__name__}", "Correct its type.")
            path = key in ("baseline", "images")
            checked[key.replace("-", "_")] = file.parent / str(value) if path else value
        else:
            known = ", ".join((*_LISTS, "per-file-ignores", *_KINDS))
            raise ConfigError(place, "there is no such setting", f"Settings are {known}.")
    return checked


def _words(place: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ConfigError(place, f"{value!r} is no list of codes", 'Write a list: ["GE007", "TG"].')
    check_words(tuple(value), place)
    return tuple(value)
