"""`mmdata explain`: what a rule's code means, why it matters and what to do about it."""

import json
from dataclasses import asdict
from typing import Any

import click

from ..schemas.rule import Rule
from ..schemas.suggest import unknown
from .formats import FORMAT

_FIXES = {"none": "none", "safe": "with --fix", "unsafe": "with --fix --unsafe-fixes"}


@click.command(short_help="Say what a rule's code means.")
@click.argument("code", required=False)
@FORMAT
def explain(code: str | None, shape: str) -> None:
    """Say what CODE (GE001, or its name empty-box) means and what to do about it; without CODE, list them all."""
    from ..pipelines.lint.rules import every_rule

    known = every_rule()
    rules = [_rule(code, known)] if code else list(known.values())
    if shape == "json":
        click.echo(json.dumps([_object(rule, whole=bool(code)) for rule in rules], indent=2))
    elif code:
        click.echo(_in_full(rules[0]))
    else:
        click.echo("\n".join(f"{rule.code}  {rule.severity:<8} {rule.name}" for rule in rules))


def _rule(code: str, rules: dict[str, Rule]) -> Rule:
    by_name = {rule.name: rule for rule in rules.values()}
    found = rules.get(code.upper()) or by_name.get(code.lower())
    if found is None:
        raise unknown("mmdata explain", "rule", code, [*rules, *by_name], "List them all with: mmdata explain")
    return found


def _object(rule: Rule, *, whole: bool) -> dict[str, Any]:
    """A rule as JSON has it; its page where one rule was asked for."""
    if not whole:
        return asdict(rule)
    from ..pipelines.lint.pages import page

    return {**asdict(rule), **asdict(page(rule.code))}


def _in_full(rule: Rule) -> str:
    from ..pipelines.lint.pages import page

    told = page(rule.code)
    counts = "by an option's choice: --max-rejected does not count it" if rule.choice else "as a fault of the data"
    lines = [
        click.style(f"{rule.code} {rule.name} ({rule.severity})", bold=True),
        told.fault,
        "",
        f"What to do: {rule.remedy}",
        f"Mended by mmdata lint: {_FIXES[rule.fix]}. What conversion leaves out by it is counted {counts}.",
    ]
    for name, text in told.sections.items():
        lines += ["", click.style(name, bold=True), text]
    return "\n".join(lines)
