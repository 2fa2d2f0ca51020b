"""Findings: one named fault at one place, with what would mend it. Lint and conversion report in the same words."""

from typing import Any, Literal

import msgspec

from .rule import Rule

Safety = Literal["safe", "unsafe"]


class Edit(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change of one file. `at` is a place as findings have it; what `op` means depends on the kind of file.

    JSON, JSON Lines   `replace`, `add` (also a new key) and `remove` of the value at a pointer; in JSON Lines the
                       pointer follows the line: `12:1` and `/conversations/0/value` are `12:1/conversations/0/value`
                       `renumber` makes an id a whole number that no id beside it has
    text, CSV          `replace` and `remove` of a whole line, by its number: `12`
    XML                `replace` of an element's text, `remove` of an element, by its path
    pictures, shards   `rename`, `rewrite`: value says how
    """

    file: str
    at: str
    op: str
    value: Any = None


class Fix(msgspec.Struct, frozen=True, omit_defaults=True):
    """What would mend a finding.

    `safe`: the training text and the pixels mean the same afterwards. `unsafe`: something is dropped, moved or
    guessed. `message` is an order to a person: "Swap the corners".
    """

    safety: Safety
    message: str
    edits: tuple[Edit, ...] = ()


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One remark with its place: what `rejected.jsonl` holds a line, and `lint.json` a list of."""

    code: str
    name: str
    severity: str
    kind: str
    file: str
    at: str
    value: Any
    message: str
    remedy: str
    fix: Fix | None = None


def finding(
    rule: Rule, *, kind: str, file: str, at: str, value: object, message: str, fix: Fix | None = None
) -> Finding:
    """A finding by a rule, which lends it its name, severity and remedy."""
    return Finding(rule.code, rule.name, rule.severity, kind, file, at, value, message, rule.remedy, fix)
