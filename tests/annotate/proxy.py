"""A proxy on loopback that stands before a real server and spoils one of its answers, or all from one on.

Answers to GET are kept and given again, so that a hundred pulls of one state of a project cost the server one. What
passes is numbered from 1 since `begin`, so that a test can reach every step of what mmdata does.
"""

import gzip
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self


class Reply(NamedTuple):
    """One answer of the server."""

    status: int
    type: str
    body: bytes


Fault = Callable[["Handler", Reply], None]

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Proxy(ThreadingHTTPServer):
    """Use in `with`; `url` is where it answers, `seen` what was asked since `begin`."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = upstream
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.kept: dict[str, Reply] = {}
        self.alone = threading.Lock()
        self.begin()

    def begin(self, fault: Fault | None = None, at: int = 0, always: bool = False, only: str = "") -> None:
        """Number anew; spoil the answer of that number, or all from it on, to requests with `only` in them."""
        self.fault, self.at, self.always, self.only = fault, at, always, only
        self.seen: list[str] = []

    def spoils(self, number: int) -> bool:
        return self.fault is not None and (number == self.at or (self.always and number > self.at))

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what these tests are about."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Proxy

    def do_GET(self) -> None:
        self.pass_on()

    do_POST = do_PATCH = do_DELETE = do_GET

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.alone:
            counted = self.server.only in self.path
            if counted:
                self.server.seen.append(f"{self.command} {self.path}")
            number = len(self.server.seen)
            reply = self.ask(body)
        if counted and self.server.spoils(number):
            with suppress(OSError):
                self.server.fault(self, reply)  # type: ignore[misc]
            return
        self.give(reply)

    def ask(self, body: bytes) -> Reply:
        """The server's answer, asked for once where it is a GET."""
        if self.command == "GET" and self.path in self.server.kept:
            return self.server.kept[self.path]
        names = ("Authorization", "Content-Type", "Accept")
        headers = {name: self.headers[name] for name in names if name in self.headers}
        url = self.server.upstream + self.path
        request = urllib.request.Request(url, body or None, headers, method=self.command)  # noqa: S310
        try:
            with _OPENER.open(request, timeout=120) as given:
                reply = Reply(given.status, given.headers.get("Content-Type", ""), given.read())
        except urllib.error.HTTPError as error:
            reply = Reply(error.code, error.headers.get("Content-Type", ""), error.read())
        if self.command == "GET" and reply.status == 200:
            self.server.kept[self.path] = reply
        return reply

    def log_message(self, *_: object) -> None:
        """What was asked is in `seen`."""

    def give(self, reply: Reply, *, length: int | None = None, **headers: str) -> None:
        """Send an answer; `length` is what is said of its body, which is sent as it is."""
        self.send_response(reply.status)
        for name, value in ({"Content_Type": reply.type} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(reply.body) if length is None else length))
        self.end_headers()
        self.wfile.write(reply.body)

    def drop(self) -> None:
        """End the connection here."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(2)


def status(number: int, **headers: str) -> Fault:
    """That status, with a body like the server's own."""
    body = b'{"id":"0b5e1a52-0000-4000-8000-000000000000","status_code":%d,"detail":"spoilt"}' % number
    return lambda handler, _: handler.give(Reply(number, "application/json", body), **headers)


def nothing(handler: Handler, _: Reply) -> None:
    """No answer until the client has lost patience."""
    time.sleep(1.5)
    handler.drop()


def reset(handler: Handler, _: Reply) -> None:
    """The connection ends instead of an answer."""
    handler.drop()


def cut(handler: Handler, reply: Reply) -> None:
    """Half of the body, then the end of the connection."""
    handler.give(reply._replace(body=reply.body[: len(reply.body) // 2]), length=len(reply.body))
    handler.drop()


def cut_chunks(handler: Handler, reply: Reply) -> None:
    """Half of the body in one chunk, and no last chunk."""
    half = reply.body[: len(reply.body) // 2]
    handler.send_response(200)
    handler.send_header("Content-Type", reply.type)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"%x\r\n%s\r\n" % (len(half), half))
    handler.drop()


def wrong_length(handler: Handler, reply: Reply) -> None:
    """A Content-Length of half the body, which a client takes for all of it."""
    handler.give(reply, length=len(reply.body) // 2)
    handler.drop()


def torn_gzip(handler: Handler, reply: Reply) -> None:
    """A gzip that stops in the middle, its length as announced."""
    packed = gzip.compress(reply.body)
    handler.give(reply._replace(body=packed[: len(packed) * 2 // 3]), Content_Encoding="gzip")


def page(handler: Handler, _: Reply) -> None:
    """A page for people, with 200, as a login or a proxy has it."""
    handler.give(Reply(200, "text/html", b"<!doctype html><title>Sign in</title><body>Sign in</body>"))


def drip(handler: Handler, reply: Reply) -> None:
    """A byte now and then, so that no single read takes long."""
    handler.send_response(200)
    handler.send_header("Content-Type", reply.type)
    handler.send_header("Content-Length", str(len(reply.body)))
    handler.end_headers()
    until = time.monotonic() + 3
    for byte in reply.body:
        if time.monotonic() > until:
            break
        handler.wfile.write(bytes([byte]))
        time.sleep(0.1)
    handler.drop()


def redirect(to: str) -> Fault:
    """Go there."""
    return lambda handler, _: handler.give(Reply(302, "text/html", b""), Location=f"{to}{handler.path}")
