"""Rules, one a file: the registry is `schemas.rule.RULES`, and a rule's module bears its code and its name.

Other packages add theirs by the entry point `mmdata.rules`: its name is the rule's code, its object a module like those
here (`protocol.RuleModule`) that also has `RULE`, the line that ours have in the registry.
"""

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from ....schemas.errors import ConfigError
from ....schemas.rule import RULES, Rule

GROUP = "mmdata.rules"


def module_name(rule: Rule) -> str:
    """`ge001_empty_box` for GE001 empty-box."""
    return f"{rule.code.lower()}_{rule.name.replace('-', '_')}"


def every_rule() -> dict[str, Rule]:
    """All rules by code: ours in the registry's order, then those that other packages add.

    Raises `ConfigError` for an added one that cannot be loaded or takes a code or name that is taken: a rule that is
    silently absent would pass for one that finds nothing.
    """
    return {**RULES, **{code: module.RULE for code, module in _added().items()}}


def load_rule(code: str) -> ModuleType:
    """The module of a rule; `KeyError` for a code that there is not."""
    if code in RULES:
        return import_module(f".{module_name(RULES[code])}", __name__)
    return _added()[code]


@cache
def _added() -> dict[str, ModuleType]:
    names = {rule.name for rule in RULES.values()}
    added: dict[str, ModuleType] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        module = _loaded(point)
        rule = module.RULE
        if rule.code in (*RULES, *added) or rule.name in names:
            raise _refused(point, f"{rule.code} {rule.name} is there already", "Give it a code and a name of its own.")
        names.add(rule.name)
        added[rule.code] = module
    return added


def _loaded(point: EntryPoint) -> ModuleType:
    try:
        module: ModuleType = point.load()
    except Exception as fault:
        said = f"cannot be loaded: {type(fault).__name__}: {fault}"
        raise _refused(point, said, "Install what it needs, or remove that package.") from fault
    rule = getattr(module, "RULE", None)
    if not isinstance(rule, Rule) or rule.code != point.name:
        raise _refused(point, f"its RULE is {rule!r}", f"RULE must be a Rule with the code {point.name}.")
    return module


def _refused(point: EntryPoint, fact: str, remedy: str) -> ConfigError:
    return ConfigError(f"rule {point.name} of {point.dist.name if point.dist else point.value}", fact, remedy)


def chosen(select: Iterable[str], extend: Iterable[str], ignore: Iterable[str]) -> list[Rule]:
    """The rules that a run looks by: all stable ones or those of `select`, with `extend`, without `ignore`.

    Words are codes, beginnings of codes, names, or `ALL`; the longest that fits a rule decides, as with linters that
    people know. A preview rule runs where its whole code or its name is selected.
    """
    selected = list(select)
    rules: list[Rule] = []
    for rule in every_rule().values():
        for_it = max((weight(word, rule.code, rule.name) for word in (*selected, *extend)), default=0)
        against = max((weight(word, rule.code, rule.name) for word in ignore), default=0)
        if not selected:
            for_it = max(for_it, 1)
        if rule.status == "preview" and for_it < _WHOLE:
            for_it = 0
        if for_it > against:
            rules.append(rule)
    return rules


_WHOLE = 10


def weight(word: str, code: str, name: str) -> int:
    """How closely a word means a rule: 0 not at all, 1 by `ALL`, more for every letter of its code."""
    if word.lower() == name or word.upper() == code:
        return _WHOLE
    if word.upper() == "ALL":
        return 1
    return 1 + len(word) if code.startswith(word.upper()) else 0
