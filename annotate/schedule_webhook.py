"""A receiver of the server's webhooks, which only wakes the schedule.

A webhook is a hint: Label Studio sends it once, within the request that caused it, waits one second and never tries
again (1.23.2). So nothing of what it says is taken; the pull that it wakes finds what is there. The receiver listens on
loopback alone, answers at once, reads at most `_MOST` bytes, and cannot be made to do more than a schedule that runs
some seconds early.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ..schemas.errors import ConfigError

HOST = "127.0.0.1"

_MOST = 1 << 16
_PATIENCE = 5.0


@contextmanager
def receiving(port: int | None, wake: Callable[[], None]) -> Generator[int | None, None, None]:
    """Receive webhooks for the length of the block; the port, which is a free one for 0. None receives nothing.

    `ConfigError` where the port is taken.
    """
    if port is None:
        yield None
        return
    try:
        server = ThreadingHTTPServer((HOST, port), _handler(wake))
    except OSError as error:
        raise ConfigError("--webhook-port", f"{port} cannot be had ({error.strerror})", "Name another port.") from None
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(wake: Callable[[], None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "0")
            count = int(length) if length.isascii() and length.isdigit() and len(length) < 10 else 0
            self.rfile.read(min(count, _MOST))
            self.close_connection = True
            self.send_response(204)
            self.end_headers()
            wake()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: what comes in is not ours to repeat."""

    return Handler
