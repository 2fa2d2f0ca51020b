"""A server on loopback that answers what it is told to, one answer after another, and keeps what it was asked."""

import http.server
import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One answer: at most `cut` bytes of the body are sent, `drip` seconds between bytes, or nothing at all (`silent`);
    `keep` the connection for the next request.
    """

    status: int = 200
    body: Any = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip: float = 0.0
    silent: bool = False
    keep: bool = False


@dataclass
class Answering:
    """What it will say, the last again and again, and what it was asked: method, path, headers, body."""

    replies: list[Reply]
    url: str = ""
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    connections: list[int] = field(default_factory=list)

    def methods(self) -> list[str]:
        """The methods of the requests, in their order."""
        return [each[0] for each in self.asked]


@contextmanager
def answering(*replies: Reply) -> Generator[Answering]:
    """The server, for the length of the block."""
    told = Answering(list(replies))

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told.asked.append((self.command, self.path, headers, body))
            told.connections.append(self.client_address[1])
            reply = told.replies.pop(0) if len(told.replies) > 1 else told.replies[0]
            if not reply.silent:
                self.send(reply)
            self.close_connection = not reply.keep

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any

        def send(self, reply: Reply) -> None:
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            named = {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                "Connection": "keep-alive" if reply.keep else "close",
            }
            self.send_response_only(reply.status)
            for name, value in (named | reply.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.send_body(body[: reply.cut], reply.drip)

        def send_body(self, body: bytes, drip: float) -> None:
            try:
                for start in range(0, len(body), 1 if drip else len(body) or 1):
                    self.wfile.write(body[start : start + 1] if drip else body)
                    time.sleep(drip)
            except OSError:
                return  # whoever asked has gone

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        told.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()
