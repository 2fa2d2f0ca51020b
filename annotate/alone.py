"""One push, or one apply, of a project at a time on a machine.

Push and apply look whether something is there and make it only if not. The server accepts the same thing twice without
a word, so two that run at once would make every task, or the project, twice. The lock is a name in the kernel (Linux's
abstract sockets, unix(7)): it goes with the process however that ends, and leaves no file. Elsewhere, and between
machines, nothing is locked, and the second run finds afterwards what is there twice.
"""

import errno
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import sha256

from ..schemas.errors import ConfigError


@contextmanager
def alone(what: str, url: str, project: str | int) -> Generator[None]:
    """Hold it for the block. `what` is "push" or "apply", `project` its number or key on the server at `url`.

    `ConfigError` where another process of this machine is at it.
    """
    if sys.platform != "linux":
        yield
        return
    name = sha256(f"{what} {url} {project}".encode("utf-8", "surrogatepass")).hexdigest()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as held:
        try:
            held.bind(f"\0mmdata-{name}")
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            fact = f"another {what} of it is at work on this machine"
            remedy = "Wait until it is done: two at once would make everything twice."
            raise ConfigError(f"{url} project {project}", fact, remedy) from None
        yield
