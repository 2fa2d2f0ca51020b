"""What Label Studio's data manager is asked: conditions on tasks, and times in the one form that it takes.

Source: label_studio/data_manager of 1.23.2, tried against the server. A time must have microseconds and end in Z; any
other ISO form, also those that the server itself sends, is answered with 500. The parameter `query` is unquoted twice,
by the web framework and by the data manager, so that a plain `%41` in a value would be looked for as `A`.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple


class Filter(NamedTuple):
    """One condition: a column (`id`, `updated_at`, `data.mm_id`), an operator, the column's type, a value."""

    column: str
    operator: str
    type: str
    value: Any


def after(task: int) -> Filter:
    """Tasks whose id is greater: what keyset paging goes by."""
    return Filter("id", "greater", "Number", task)


def between(first: int, last: int) -> Filter:
    """Tasks whose id is in the range, both ends included."""
    return Filter("id", "in", "Number", {"min": first, "max": last})


def changed_since(moment: datetime) -> Filter:
    """Tasks that were changed at that moment or later."""
    return Filter("updated_at", "greater_or_equal", "Datetime", moment_text(moment))


def data_in(key: str, values: Iterable[str]) -> Filter:
    """Tasks whose data has one of the values under that key."""
    return Filter(f"data.{key}", "in_list", "List", list(values))


def moment_text(moment: datetime) -> str:
    """The moment, which knows its time zone, in the form that the server's filters take."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def query(filters: Iterable[Filter]) -> str:
    """The parameter `query` of /api/tasks: every condition must hold; tasks come by id."""
    items = [
        {"filter": f"filter:tasks:{each.column}", "operator": each.operator, "type": each.type, "value": each.value}
        for each in filters
    ]
    return encoded({"filters": {"conjunction": "and", "items": items}, "ordering": ["tasks:id"]})


def encoded(value: Any) -> str:
    """The value as JSON that stays itself when it is unquoted once too often: no letter of it is `%`."""
    return json.dumps(value).replace("%", "\\u0025")
