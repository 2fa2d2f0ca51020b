"""The Label Studio server: every request that mmdata makes of it goes through here.

label-studio-sdk is the client, imported when a server is asked and never before; of it the HTTP client is used, with
its headers and its exchange of personal access tokens. Its methods are not, since they are unsound in ways that lose
data (SDK 2.1.2, tried against the server 1.23.2): the pager takes any 404 for the end, so that a project deleted
midway is a short list; exports cannot be filtered and always fetch everything; a POST that was answered with 5xx is
sent again, so that tasks are there twice; there is no upload; a redirect takes the request with it; and httpx accepts
a gzip body that stops in the middle. Here

- every request has time-outs, for connecting, for each read, and for the whole;
- GET, PATCH and DELETE are repeated after a fault that may pass, with growing pauses and jitter; a POST only if it
  cannot have been done (never sent, 429), else `Unanswered` tells the caller to look it up;
- the token goes to its own host alone: redirects are refused, proxies used for https only;
- an answer that is not whole, not JSON or HTML with 200 is an error; a 404 in the middle of paging too;
- no message holds the token, whatever the server sends back.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .answers import Answer, Lost, failed, parsed, words
from .faults import NotFound, Refused, ServerFault, Unanswered
from .filters import Filter, after, query
from .token import find_token, find_url, token_kind

Params = Mapping[str, Any] | Sequence[tuple[str, Any]] | None

_PAGE = 500
_LOOK = "It may have been done all the same: look before doing it again."
_PASSING = {408, 425, 429, 500, 502, 503, 504}
"""Answers that may be others a moment later."""


@dataclass(frozen=True)
class Patience:
    """How long is waited, in seconds, and how often a request that may be repeated is made."""

    connect: float = 10
    read: float = 120
    """Between two pieces of an answer; the server begins an export's only when it has all of it."""
    whole: float = 900
    attempts: int = 5
    pause: float = 0.5
    """Before the second attempt; it doubles with each, and what the server asks for (Retry-After) counts if longer."""
    longest_pause: float = 60


def connect(url: str | None = None, token_file: Path | None = None, patience: Patience | None = None) -> "Server":
    """The server at `url` or LABEL_STUDIO_URL, with the token of the file or of LABEL_STUDIO_API_KEY.

    Nothing is sent yet. `ConfigError` where there is no address or token, or label-studio-sdk is not installed.
    """
    return Server(find_url(url), find_token(token_file), patience or Patience())


class Server:
    """One Label Studio server and one user's token; close it, or use it in `with`."""

    def __init__(self, url: str, token: str, patience: Patience | None = None) -> None:
        from .sdk import open_client

        self.url = url
        self.kind = token_kind(token)
        self.patience = patience or Patience()
        self.sleep: Callable[[float], None] = time.sleep
        self._client = open_client(url, token, self.patience.connect, self.patience.read)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Server({self.url!r})"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, params: Params = None, attempts: int | None = None) -> Any:
        """The JSON at that path, such as `/api/projects/`; `attempts` for another number of them than is usual."""
        return self._answer("GET", path, attempts=attempts, params=params)

    def post(self, path: str, json: Any = None, params: Params = None) -> Any:
        """The JSON of the answer; `Unanswered` where it was lost, since what was asked may have been done."""
        return self._answer("POST", path, safe=False, params=params, json=json)

    def upload(self, path: str, name: str, content: bytes, params: Params = None) -> Any:
        """POST one file as multipart form data, field `file`; answers and faults are those of `post`."""
        return self._answer("POST", path, safe=False, params=params, files={"file": (name, content)})

    def patch(self, path: str, json: Any) -> Any:
        """Set the fields; setting them twice is setting them once, so this is repeated where it must be."""
        return self._answer("PATCH", path, json=json)

    def delete(self, path: str) -> None:
        """Delete; a 404 after an attempt whose answer was lost says that it is done."""
        self._repeated("DELETE", path)

    def download(self, path: str, params: Params = None) -> bytes:
        """The bytes at that path, such as a snapshot's file or a picture under `/data/`."""
        return self._repeated("GET", path, params=params).body

    def headers(self, path: str) -> dict[str, str]:
        """The headers of the answer to a GET, names in lower case."""
        return self._repeated("GET", path).headers

    def rows(
        self, project: int, filters: Iterable[Filter] = (), include: str = "id,updated_at", page: int = _PAGE
    ) -> Iterator[dict[str, Any]]:
        """The tasks of a project that meet every filter, by id, with the fields `include` and the id.

        Always page 1 of what comes after the last id seen (keyset), so that what is deleted or added meanwhile shifts
        nothing. `NotFound` where the project is not there, also when it goes midway.
        """
        last, conditions = 0, tuple(filters)
        while True:
            params = {"project": project, "page": 1, "page_size": page, "include": include}
            answer = self.get("/api/tasks", {**params, "query": query((*conditions, after(last)))})
            tasks = _tasks(answer, self.url)
            for task in tasks:
                if task["id"] <= last:
                    remedy = "Report this with the version of your server (mmdata annotate doctor)."
                    raise ServerFault(f"{self.url}/api/tasks", f"sent task {task['id']} out of order", remedy)
                last = task["id"]
                yield task
            if len(tasks) < page:
                return

    def ids(self, project: int, filters: Iterable[Filter] = (), page: int = _PAGE) -> Iterator[int]:
        """The ids alone of what `rows` gives."""
        return (row["id"] for row in self.rows(project, filters, "id", page))

    def count(self, project: int, filters: Iterable[Filter] = ()) -> int:
        """How many tasks of the project meet every filter, in one small request."""
        params = {"project": project, "page": 1, "page_size": 1, "include": "id", "query": query(filters)}
        answer = self.get("/api/tasks", params)
        _tasks(answer, self.url)
        return int(answer["total"])

    def _answer(self, method: str, path: str, **request: Any) -> Any:
        return parsed(self._repeated(method, path, **request), self._place(method, path))

    def _repeated(
        self, method: str, path: str, *, safe: bool = True, attempts: int | None = None, **request: Any
    ) -> Answer:
        """The whole answer to a request, which is made again where that is `safe` and may help."""
        place = self._place(method, path)
        lost = renewed = False
        attempt = 1
        while True:
            wait = 0.0
            try:
                answer = self._client.send(method, path, self.patience.whole, **request)
            except Lost as what:
                fact = self._client.hidden(what.fact)
                if what.sent and not safe:
                    raise Unanswered(place, fact, _LOOK) from None
                lost = lost or what.sent
                fault: ServerFault = ServerFault(place, fact, f"Look whether {self.url} is up and reached from here.")
            else:
                if answer.ok or (answer.status == 404 and method == "DELETE" and lost):
                    return answer
                if answer.status == 401 and not renewed and self._client.renew():
                    renewed = True
                    continue
                fault, wait = failed(answer, place, words(answer)), answer.retry_after
                if answer.status >= 500 and not safe:
                    raise Unanswered(place, fault.fact, _LOOK)
                if answer.status not in _PASSING:
                    raise fault
            if attempt >= (attempts or self.patience.attempts):
                raise fault
            self._pause(attempt, wait)
            attempt += 1

    def _place(self, method: str, path: str) -> str:
        return f"{method} {self.url}/{path.lstrip('/')}"

    def _pause(self, attempt: int, asked: float) -> None:
        pause = self.patience.pause * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311  not for secrets
        self.sleep(min(max(pause, asked), self.patience.longest_pause))


def _tasks(answer: Any, url: str) -> list[dict[str, Any]]:
    tasks: Any = answer.get("tasks") if isinstance(answer, dict) else None
    if not isinstance(tasks, list) or not all(
        isinstance(each, dict) and isinstance(each.get("id"), int) for each in tasks
    ):
        remedy = "Look whether the address is that of Label Studio itself (mmdata annotate doctor)."
        raise ServerFault(f"{url}/api/tasks", "answered with no list of tasks", remedy)
    return tasks


__all__ = ["Filter", "NotFound", "Patience", "Refused", "Server", "ServerFault", "Unanswered", "connect"]
