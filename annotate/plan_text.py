"""A plan as lines for a person and as JSON for a program."""

from typing import Any

from .plan import Plan

_SIGNS = {"add": "+", "change": "~", "remove": "-"}
_STRUCK = {
    "orphan-regions": "{} would hold a label that is no more",
    "break-tasks": "{} would not show anything",
    "remove-storage": "pictures of {} would not be shown any more",
    "remove-webhooks": "{} would not be told any more",
}
_THINGS = {
    "orphan-regions": "region",
    "break-tasks": "task",
    "remove-storage": "folder",
    "remove-webhooks": "address",
}


def plan_lines(plan: Plan) -> list[str]:
    """The differences, those of one place together, and what to allow."""
    name = f"project {plan.project}" if plan.project is not None else "no project yet"
    lines = [f"{plan.key} on {plan.server}: {name}"]
    last = ""
    for each in plan.changes:
        if each.place == "label_config":
            lines += ["  ~ label_config"] * (last != each.place)
            lines.append(f"      {_SIGNS[each.action]} {each.text}")
        else:
            lines.append(f"  {_SIGNS[each.action]} {each.place}: {each.text}")
        if each.danger:
            lines.append(f"        {_struck(each.danger, each.struck)}: needs --allow {each.danger}")
        last = each.place
    lines += [f"  note: {note}" for note in plan.notes]
    count = len(plan.changes)
    lines.append(f"{count:,} change{'s' * (count != 1)}." if count else "Nothing to change.")
    return lines


def _struck(danger: str, number: int) -> str:
    return _STRUCK[danger].format(f"{number:,} {_plural(_THINGS[danger], number)}")


def _plural(thing: str, number: int) -> str:
    return thing if number == 1 else thing + ("es" if thing.endswith("s") else "s")


def plan_json(plan: Plan) -> dict[str, Any]:
    """The plan for a program: {project, key, server, changes: [{action, place, text, danger, struck}], notes}."""
    return {
        "server": plan.server,
        "key": plan.key,
        "project": plan.project,
        "changes": [vars(each) for each in plan.changes],
        "dangers": list(plan.dangers),
        "notes": list(plan.notes),
    }
