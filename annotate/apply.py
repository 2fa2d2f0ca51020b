"""Making the server's project what its file says: the plan, carried out, then looked at again.

Every request can be made twice: a project is found by its key, a storage by its path, a webhook by its address, so an
answer that was lost is looked up and not asked for again. At the end the plan is made anew and must be empty: the
server takes some fields in silence and does nothing with them.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from ..schemas.errors import ConfigError
from .faults import ServerFault, Unanswered
from .plan import Plan, Request, make_plan
from .projects import with_this_key
from .server import Server

if TYPE_CHECKING:
    from ..schemas.project import Project


def check_allowed(plan: Plan, allowed: Collection[str]) -> None:
    """`ConfigError` where the plan holds a danger that was not allowed by its name."""
    missing = [danger for danger in plan.dangers if danger not in allowed]
    if missing:
        struck = {danger: sum(each.struck for each in plan.changes if each.danger == danger) for danger in missing}
        fact = "would cost what is there: " + ", ".join(f"{danger} ({struck[danger]:,})" for danger in missing)
        remedy = "Nothing was changed. If that is meant: " + " ".join(f"--allow {danger}" for danger in missing)
        raise ConfigError(f"{plan.server}: project {plan.project}", fact, remedy)


def apply_plan(server: Server, project: "Project", plan: Plan, allowed: Collection[str] = ()) -> int:
    """Carry the plan out; the id of the project. `ConfigError` for a danger that is not allowed: nothing is done then.

    Raises `ServerFault` where the server refuses a part of it; doing it again does what is left.
    """
    check_allowed(plan, allowed)
    number = plan.project if plan.project is not None else _create(server, project, plan)
    if plan.project is not None and plan.fields:
        server.patch(f"/api/projects/{number}/", plan.fields)
    for request in plan.requests:
        _carry_out(server, number, request)
    left = make_plan(server, project)
    if left.changes:
        said = "; ".join(f"{each.place}: {each.text}" for each in left.changes[:5])
        remedy = "Look at the version of the server (mmdata annotate doctor), and leave out of the file what it lacks."
        raise ServerFault(f"{server.url}: project {number}", f"took the changes and did not make them: {said}", remedy)
    return number


def _create(server: Server, project: "Project", plan: Plan) -> int:
    """Make the project; where the answer is lost, or somebody made it meanwhile, the one that has the key."""
    made: Any = None
    try:
        made = server.post("/api/projects/", plan.fields)
    except Unanswered:
        if with_this_key(server, project.key) is None:
            raise
    found = with_this_key(server, project.key)  # `ConfigError` where another run made one at the same time
    if found is None:
        what = made.get("id") if isinstance(made, dict) else made
        remedy = "Look whether the token's user sees the projects that it makes."
        raise ServerFault(server.url, f"made project {what}, which it does not list under its key", remedy)
    return int(found["id"])


def _carry_out(server: Server, project: int, request: Request) -> None:
    if request.method == "DELETE":
        server.delete(request.path)
    elif request.method == "PATCH":
        server.patch(request.path, request.body)
    else:
        try:
            server.post(request.path, {**request.body, "project": project})
        except Unanswered:
            by = "path" if "path" in request.body else "url"
            there = server.get(request.path, {"project": project})
            if request.body[by] not in [each.get(by) for each in there]:
                raise
