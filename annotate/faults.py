"""What can go wrong with a Label Studio server, as errors with a place, a fact and a remedy.

`ServerFault`: the server cannot be used, there is no connection or the answer is none; exit 2. Under it `Refused`, an
answer that is an error, with `NotFound` for a 404; and `Unanswered`, a request that changes something and whose answer
was lost: it is looked up, never repeated.
"""

from ..schemas.errors import InputError


class ServerFault(InputError):  # noqa: N818  a fault of theirs, by which Refused and Unanswered are named
    """The server cannot be reached, or what it sends cannot be what was asked for."""


class Refused(ServerFault):
    """The server refused the request; `status` is HTTP's, `detail` what the server says about it."""

    def __init__(self, place: str, fact: str, remedy: str, *, status: int, detail: str) -> None:
        super().__init__(place, fact, remedy)
        self.status = status
        self.detail = detail


class NotFound(Refused):
    """There is no such project, task or page (404)."""


class Unanswered(ServerFault):
    """A POST was sent and no answer came, so that nobody knows whether it was done: look it up before another."""
