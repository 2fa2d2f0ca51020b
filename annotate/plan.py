"""What `apply` would change on the server to make a project what its file says, worked out and not done.

A change that can cost work is dangerous and has a name by which it must be allowed: `orphan-regions` (a label or
control goes that regions hold), `break-tasks` (the config asks for a data key that tasks do not have),
`remove-storage`, `remove-webhooks`.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ..pipelines.progress import SILENT, Progress
from ..schemas.errors import ConfigError
from .labelling import read_labelling
from .labelling_diff import Action, ConfigChange, config_changes
from .labelling_lint import flaws
from .orphans import count_regions
from .projects import key_of, listed, project_at, with_key, with_this_key
from .server import Server

if TYPE_CHECKING:
    from ..schemas.project import LocalFiles, Project, Webhook

Danger = Literal["orphan-regions", "break-tasks", "remove-storage", "remove-webhooks"]


@dataclass(frozen=True)
class Change:
    """One difference: where, in words, and the danger with the number of things that it strikes."""

    action: Action
    place: str
    text: str
    danger: Danger | None = None
    struck: int = 0


@dataclass(frozen=True)
class Request:
    """What is sent for a change: the method, the path, the body, and by what it is found if its answer is lost."""

    method: Literal["POST", "PATCH", "DELETE"]
    path: str
    body: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Plan:
    """The differences between a project file and the server, and the requests that would end them.

    `project` is the project's id, None where there is none yet; `fields` what is set of the project itself. `notes`
    are what nobody can change from here.
    """

    server: str
    key: str
    project: int | None
    fields: dict[str, Any]
    changes: tuple[Change, ...]
    requests: tuple[Request, ...]
    notes: tuple[str, ...]

    @property
    def dangers(self) -> tuple[Danger, ...]:
        """The names of the dangers in it, each once."""
        return tuple(dict.fromkeys(each.danger for each in self.changes if each.danger))


def check_config(project: "Project", place: str) -> list[str]:
    """Refuse a labelling config with an error (`ConfigError`), and give its warnings, a line each."""
    found = flaws(project.label_config, f"{place}: label_config")
    errors = [flaw for flaw in found if flaw.severity == "error"]
    if errors:
        first, more = errors[0], len(errors) - 1
        fact = first.fact + f"; and {more} more" * bool(more)
        rest = "".join(f"\n{each.at}: {each.fact}" for each in errors[1:10])
        raise ConfigError(f"{place}: label_config: {first.at}", fact, first.remedy + rest)
    return [f"label_config: {flaw.at}: {flaw.fact}. {flaw.remedy}" for flaw in found]


def make_plan(server: Server, project: "Project", adopt: int | None = None, progress: Progress = SILENT) -> Plan:
    """Hold the server's project against the file. `adopt` names a project without a key that is to be this one.

    Asks and changes nothing. `ConfigError` where the key is not plain, or the project to adopt has another.
    """
    here = with_this_key(server, project.key)
    if here is not None and adopt not in (None, here["id"]):
        remedy = f"Leave --adopt {adopt} out, or take the key out of the description of {here['id']}."
        raise ConfigError(server.url, f"project {here['id']} has the key {project.key!r} already", remedy)
    number = int(here["id"]) if here is not None else adopt
    if number is None:
        return _new(server, project)
    found = project_at(server, number)
    key = key_of(found.get("description"))
    if key not in (None, project.key):
        remedy = "Take that key, or take it out of the project's description first."
        raise ConfigError(f"{server.url}: project {number}", f"has another key, {key!r}", remedy)
    return _existing(server, project, found, progress)


def _new(server: Server, project: "Project") -> Plan:
    wanted = _wanted(project)
    changes = [Change("add", "project", f"{project.title!r} with the key {project.key}")]
    labels = [
        Change("add", "label_config", each.text) for each in config_changes(read_labelling("<View/>"), _config(project))
    ]
    changes += labels + [Change("add", f"settings.{name}", repr(value)) for name, value in _settings(project).items()]
    lists = _Lists(None, [], [])
    lists.storage(project.local_files)
    lists.webhooks(project.webhooks)
    same = [each["id"] for each in listed(server) if (each.get("title") or "").strip() == project.title]
    notes = [f"project {each} has the same title and is another; --adopt {each} takes it instead" for each in same[:3]]
    notes += _members(server, project)
    return Plan(server.url, project.key, None, wanted, (*changes, *lists.changes), tuple(lists.requests), tuple(notes))


def _existing(server: Server, project: "Project", found: dict[str, Any], progress: Progress) -> Plan:
    number = int(found["id"])
    wanted = {name: value for name, value in _wanted(project).items() if not _same(name, value, found.get(name))}
    changes = [_change(name, found.get(name), value) for name, value in wanted.items() if name != "label_config"]
    if "label_config" in wanted:
        differing = config_changes(read_labelling(str(found.get("label_config") or "<View/>")), _config(project))
        of_config = _of_config(server, number, differing, int(found.get("task_number") or 0), progress)
        changes = [*of_config, *changes]
        if not differing:
            del wanted["label_config"]
    lists = _Lists(number, _asked(server, "/api/storages/localfiles", number), _asked(server, "/api/webhooks/", number))
    lists.storage(project.local_files)
    lists.webhooks(project.webhooks)
    notes = _members(server, project)
    every = (*changes, *lists.changes)
    return Plan(server.url, project.key, number, wanted, every, tuple(lists.requests), tuple(notes))


def _config(project: "Project") -> Any:
    return read_labelling(project.label_config)


def _settings(project: "Project") -> dict[str, Any]:
    return project.settings.model_dump(exclude_none=True)


def _wanted(project: "Project") -> dict[str, Any]:
    return {
        "label_config": project.label_config.strip(),
        "title": project.title,
        "description": with_key(project.description, project.key),
        **_settings(project),
    }


def _same(name: str, wanted: Any, found: Any) -> bool:
    if isinstance(wanted, str) and isinstance(found, str):
        return (wanted.strip(), name) == (found.strip(), name) if name != "color" else wanted.lower() == found.lower()
    return bool(wanted == found)


def _change(name: str, old: Any, new: Any) -> Change:
    place = name if name in ("title", "description") else f"settings.{name}"
    return Change("change", place, f"{_short(old)} → {_short(new)}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:28]}…{text[-28:]}"


def _of_config(
    server: Server, project: int, differing: list[ConfigChange], tasks: int, progress: Progress
) -> list[Change]:
    held = [each.orphans for each in differing if each.orphans]
    struck = count_regions(server, project, held, progress) if tasks else {}
    changes: list[Change] = []
    for each in differing:
        danger: Danger | None = None
        number = 0
        if each.orphans is not None and struck.get(each.orphans):
            danger, number = "orphan-regions", struck[each.orphans]
        elif each.key is not None and tasks:
            number = _without_key(server, project, each.key, tasks)
            danger = "break-tasks" if number else None
        changes.append(Change(each.action, "label_config", each.text, danger, number))
    return changes


def _without_key(server: Server, project: int, key: str, tasks: int) -> int:
    """How many tasks have no such key in their data; the summary of the project counts the keys of its tasks."""
    summary = server.get(f"/api/projects/{project}/summary/")
    columns: Any = summary.get("all_data_columns") if isinstance(summary, dict) else None
    having = columns.get(key, 0) if isinstance(columns, dict) else 0
    return max(0, tasks - int(having))


def _asked(server: Server, path: str, project: int) -> list[dict[str, Any]]:
    answer = server.get(path, {"project": project})
    found = answer if isinstance(answer, list) else answer["results"]
    return [each for each in found if each.get("project") == project]


def _members(server: Server, project: "Project") -> list[str]:
    if not project.members:
        return []
    answer = server.get("/api/users/")
    there = {str(each.get("email", "")).lower() for each in (answer if isinstance(answer, list) else answer["results"])}
    missing = [each for each in project.members if each.lower() not in there]
    return [
        f"{each} is not in the organisation: invite them at {server.url}/organization, since no program can"
        for each in missing
    ]


class _Lists:
    """Differences of what a project has several of, matched by what makes each one itself."""

    def __init__(self, project: int | None, storage: list[dict[str, Any]], webhooks: list[dict[str, Any]]) -> None:
        self.project = project
        self.there = {"storage": storage, "webhooks": webhooks}
        self.changes: list[Change] = []
        self.requests: list[Request] = []

    def storage(self, wanted: "list[LocalFiles] | None") -> None:
        """Folders of local files, each known by its path."""
        if wanted is not None:
            every = {each.path: each.model_dump() for each in wanted}
            self._compare("storage", "/api/storages/localfiles", "path", every, slash="")

    def webhooks(self, wanted: "list[Webhook] | None") -> None:
        """Webhooks, each known by its address."""
        if wanted is not None:
            every = {each.url: each.model_dump() | {"send_for_all_actions": not each.actions} for each in wanted}
            self._compare("webhooks", "/api/webhooks/", "url", every, slash="/")

    def _compare(self, kind: str, path: str, by: str, wanted: dict[str, dict[str, Any]], slash: str) -> None:
        place = "local_files" if kind == "storage" else kind
        danger: Danger = "remove-storage" if kind == "storage" else "remove-webhooks"
        seen: set[str] = set()
        for each in self.there[kind]:
            name, one = str(each.get(by)), f"{path.rstrip('/')}/{each['id']}{slash}"
            body = wanted.get(name)
            if body is None or name in seen:
                again = ", which is there twice" * (name in seen)
                self.changes.append(Change("remove", place, name + again, danger, 1))
                self.requests.append(Request("DELETE", one))
                continue
            seen.add(name)
            differing = {key: value for key, value in body.items() if _unequal(value, each.get(key))}
            if differing:
                said = ", ".join(f"{key} {_short(each.get(key))} → {_short(value)}" for key, value in differing.items())
                self.changes.append(Change("change", place, f"{name}: {said}"))
                self.requests.append(Request("PATCH", one, {**body, "project": self.project}))
        for name, body in wanted.items():
            if name not in seen:
                self.changes.append(Change("add", place, name))
                self.requests.append(Request("POST", path, body))


def _unequal(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, list) and isinstance(found, list):
        return sorted(wanted) != sorted(found)
    return bool(wanted != (found if found is not None else type(wanted)()))
