"""What is done with a task that the project has already.

Predictions are added where the task has none of that model version; one that is there with the same regions is left
alone, one with others only exchanged where the push is to update. Annotations that differ are exchanged where the push
is to update and the task's one annotation is still what was pushed, to the letter: people's work is never written over.
New hashes are written last, so that an update which was interrupted is done again.
"""

from typing import Any, Literal

from .faults import ServerFault, Unanswered
from .push_task import Task, results_hash
from .push_there import There
from .server import Server

Outcome = Literal["unchanged", "held", "updated", "predicted", "worked_on"]


class Annotated:
    """Tasks that are pushed with annotations."""

    predictions = False

    def __init__(self, server: Server, update: bool) -> None:
        self._server, self._update = server, update

    def change(self, task: Task, there: There) -> Outcome:
        """Update it where that is wanted and takes nobody's work."""
        pushed = there.pushed
        if pushed.get("hash") == task.hash:
            return "unchanged"
        if not self._update:
            return "held"
        found: list[dict[str, Any]] = self._server.get(f"/api/tasks/{there.task}/annotations/")
        if not self._exchange(found, task, pushed):
            return "worked_on"
        body = {"data": there.data | task.body["data"], "meta": there.meta | task.body["meta"]}
        self._server.patch(f"/api/tasks/{there.task}/", body)
        return "updated"

    def finish(self) -> None:
        """Nothing waits for the end of a batch."""

    def _exchange(self, found: list[dict[str, Any]], task: Task, pushed: dict[str, Any]) -> bool:
        """Whether the one annotation is as it is to be now."""
        new = task.body.get("annotations", [])
        if len(found) != 1 or len(new) != 1:
            return not found and not new
        there = results_hash(found[0]["result"])
        if there == pushed.get("results"):
            self._server.patch(f"/api/annotations/{found[0]['id']}/", {"result": new[0]["result"]})
        return there in (pushed.get("results"), results_hash(new[0]["result"]))


class Predicted:
    """Tasks that are pushed with predictions of one model version, added a batch at a time."""

    predictions = True

    def __init__(self, server: Server, project: int, update: bool) -> None:
        self._server, self._project, self._update = server, project, update
        self._waiting: list[dict[str, Any]] = []

    def change(self, task: Task, there: There) -> Outcome:
        """Add the prediction, or exchange that of the same model version where that is wanted."""
        new = task.body.get("predictions", [])
        versions = {each["model_version"] for each in new}
        old = [each for each in there.predictions if each.get("model_version") in versions]
        if [results_hash(each["result"]) for each in old] == [results_hash(each["result"]) for each in new]:
            return "unchanged"
        if old and not self._update:
            return "held"
        self._waiting += [{"task": there.task, **each} for each in new]
        for each in old:
            self._server.delete(f"/api/predictions/{each['id']}/")
        return "updated" if old else "predicted"

    def finish(self) -> None:
        """Send what the batch came to. `ServerFault` where the server made another number: it drops in silence."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        path = f"/api/projects/{self._project}/import/predictions"
        try:
            made = self._server.post(path, json=waiting)
        except Unanswered as fault:
            said = "Run the same push again: predictions that are there are left alone."
            raise ServerFault(fault.place, fault.fact, said) from None
        created = made.get("created") if isinstance(made, dict) else None
        if created != len(waiting):
            fact = f"was sent {len(waiting)} predictions and says that it made {created}"
            raise ServerFault(f"POST {self._server.url}{path}", fact, "Look at the server's log, and push again.")
