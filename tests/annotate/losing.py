"""A way to a real server on which answers get lost: what was asked is done, and nobody hears of it."""

import threading
import urllib.error
import urllib.request
from collections.abc import Collection, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextmanager
def losing(upstream: str, lost: Collection[int]) -> Generator[tuple[str, list[str]]]:
    """Its address, and the methods of what was asked so far; the answers of the numbers `lost`, from 1, go nowhere."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            asked.append(self.command)
            number = len(asked)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {
                name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")
            }
            request = urllib.request.Request(upstream + self.path, body or None, headers, method=self.command)  # noqa: S310
            try:
                reply = _OPENER.open(request, timeout=60)
            except urllib.error.HTTPError as refused:
                reply = refused
            with reply:
                content = reply.read()
            self.close_connection = True
            if number not in lost:
                self.send_response(reply.status)
                for name in ("Content-Type", "Content-Encoding"):
                    if name in reply.headers:
                        self.send_header(name, reply.headers[name])
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = pass_on

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
