"""Suggestions for a mistyped name."""

import difflib
from collections.abc import Iterable

from .errors import ConfigError


def unknown(place: str, kind: str, name: str, known: Iterable[str], how: str | None = None) -> ConfigError:
    """The error for a name that is none of `known`, with the one that was probably meant.

    `how` says where all names are found; without it they are listed.
    """
    names = list(known)
    likely = closest(name, names)
    meant = f"Did you mean {likely}? " if likely else ""
    return ConfigError(place, f"there is no {kind} {name!r}", meant + (how or f"There are: {', '.join(names)}."))


def closest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that `name` was probably meant to be; case and `_` for `-` do not count."""
    folded = {_folded(each): each for each in names}
    found = difflib.get_close_matches(_folded(name), folded, 1, cutoff=0.6)
    return folded[found[0]] if found else None


def _folded(name: str) -> str:
    return name.casefold().replace("_", "-")
