"""`--group-by`: pictures of which a pattern finds the same in their names stay in one split."""

import re

from ...schemas.errors import ConfigError


def shared(pattern: re.Pattern[str], name: str) -> str:
    """What the pattern finds in a picture's name: the first of its groups that took part, or all that it matches where
    it has none; empty where it does not match.
    """
    found = pattern.search(name)
    if found is None:
        return ""
    return next((each for each in found.groups() if each is not None), "") if pattern.groups else found[0]


def check_found(pattern: str, found: int, without: str) -> None:
    """Raise `ConfigError` where a pattern found something in no name at all, such as `without`: a slip in it would put
    into several splits what was to stay together.
    """
    if pattern and not found:
        such = f"such as {without}" if without else "for there are none"
        remedy = "Write what pictures that belong together share in their names, as a regular expression."
        raise ConfigError("--group-by", f"{pattern!r} finds nothing in the name of any picture, {such}", remedy)
