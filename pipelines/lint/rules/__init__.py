"""Rules, one a file: the registry is `schemas.rule.RULES`, and a rule's module bears its code and its name."""

from collections.abc import Iterable
from importlib import import_module
from types import ModuleType

from ....schemas.rule import RULES, Rule


def module_name(rule: Rule) -> str:
    """`ge001_empty_box` for GE001 empty-box."""
    return f"{rule.code.lower()}_{rule.name.replace('-', '_')}"


def load_rule(code: str) -> ModuleType:
    """The module of a rule; `KeyError` for a code that there is not."""
    if code in RULES:
        return import_module(f".{module_name(RULES[code])}", __name__)
    from importlib.metadata import entry_points

    for point in entry_points(group="mmdata.rules"):
        if point.name == code:
            module: ModuleType = point.load()
            return module
    raise KeyError(code)


def chosen(select: Iterable[str], extend: Iterable[str], ignore: Iterable[str]) -> list[Rule]:
    """The rules that a run looks by: all stable ones or those of `select`, with `extend`, without `ignore`.

    Words are codes, beginnings of codes, names, or `ALL`; the longest that fits a rule decides, as with linters that
    people know.
    """
    wanted = dict.fromkeys((*(select or ()), *extend), True)
    unwanted = dict.fromkeys(ignore, True)
    rules: list[Rule] = []
    for rule in RULES.values():
        for_it = max((_weight(word, rule) for word in wanted), default=0)
        against = max((_weight(word, rule) for word in unwanted), default=0)
        if not list(select) and rule.status == "stable":
            for_it = max(for_it, 1)
        if for_it > against:
            rules.append(rule)
    return rules


def _weight(word: str, rule: Rule) -> int:
    """How closely a word means a rule: 0 not at all, 1 by `ALL`, more for every letter of its code."""
    if word == rule.name or word.upper() == rule.code:
        return 10
    if word.upper() == "ALL":
        return 1
    return 1 + len(word) if rule.code.startswith(word.upper()) else 0
