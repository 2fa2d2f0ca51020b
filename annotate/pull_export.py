"""The server's JSON export of given ids, and which of them it cannot export.

One task that the server stumbles over (a row of its database that is not as its code wants it, a body too large for its
memory) makes an export of four hundred answer 500, and nothing says which it was. So the ids are halved until it
stands alone, and the others are had. Source: the server 1.23.2, which answers `export?ids[]=0` with an empty list.
"""

from collections.abc import Sequence
from typing import Any

from .faults import Refused, ServerFault
from .server import Server

MOST = 20
"""Tasks that one pull may find to be so; more, and something else is wrong."""

_ATTEMPTS = 2
_REMEDY = "The server's own log says more."


def exported(server: Server, project: int, ids: Sequence[int], refused: list[int]) -> list[Any]:
    """The tasks as the server exports them; those that it cannot export are put into `refused`.

    `ServerFault` where it exports nothing at all, more than `MOST` are so, or it answers with no list.
    """
    try:
        return _asked(server, project, ids)
    except Refused as fault:
        if fault.status != 500:
            raise
        try:
            _asked(server, project, [0], _ATTEMPTS)
        except ServerFault:
            raise fault from None
        return _halved(server, project, ids, refused)


def _halved(server: Server, project: int, ids: Sequence[int], refused: list[int]) -> list[Any]:
    """What can be had of ids of which some cannot."""
    if len(ids) == 1:
        refused.append(ids[0])
        if len(refused) > MOST:
            fact = f"answered 500 to {len(refused)} tasks, each alone, such as {refused[0]}, {refused[1]}"
            raise ServerFault(place_of(server, project), fact, _REMEDY)
        return []
    found: list[Any] = []
    middle = len(ids) // 2
    for half in (ids[:middle], ids[middle:]):
        try:
            found += _asked(server, project, half, _ATTEMPTS)
        except Refused as fault:
            if fault.status != 500:
                raise
            found += _halved(server, project, half, refused)
    return found


def _asked(server: Server, project: int, ids: Sequence[int], attempts: int | None = None) -> list[Any]:
    asked = [("exportType", "JSON"), ("download_all_tasks", "true"), *(("ids[]", str(each)) for each in ids)]
    answer: Any = server.get(f"/api/projects/{project}/export", asked, attempts)
    if not isinstance(answer, list):
        fact = f"answered with {type(answer).__name__} where a list of tasks was due"
        raise ServerFault(place_of(server, project), fact, "Pull again; if it stays so, " + _LOOK)
    return answer


def place_of(server: Server, project: int) -> str:
    """What messages name."""
    return f"{server.url}/api/projects/{project}/export"


_LOOK = "look at the server's log and at what stands between it and you."
