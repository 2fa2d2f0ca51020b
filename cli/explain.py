"""`mmdata explain`: what a rule's code means and what to do about it."""

import json
from dataclasses import asdict

import click

from ..schemas.rule import RULES, Rule
from .formats import FORMAT
from .suggest import unknown


@click.command(short_help="Say what a rule's code means.")
@click.argument("code", required=False)
@FORMAT
def explain(code: str | None, shape: str) -> None:
    """Say what CODE (GE001, or its name empty-box) means and what to do about it; without CODE, list them all."""
    rules = [_rule(code)] if code else list(RULES.values())
    if shape == "json":
        click.echo(json.dumps([asdict(rule) for rule in rules], indent=2))
    elif code:
        click.echo(_in_full(rules[0]))
    else:
        click.echo("\n".join(f"{rule.code}  {rule.severity:<8} {rule.name}" for rule in rules))


def _rule(code: str) -> Rule:
    by_name = {rule.name: rule for rule in RULES.values()}
    found = RULES.get(code.upper()) or by_name.get(code.lower())
    if found is None:
        raise unknown("mmdata explain", "rule", code, [*RULES, *by_name], "List them all with: mmdata explain")
    return found


def _in_full(rule: Rule) -> str:
    counts = "by an option's choice: --max-rejected does not count it" if rule.choice else "as a fault of the data"
    return f"{rule.code} {rule.name} ({rule.severity})\n  {rule.remedy}\n  What it leaves out is counted {counts}."
