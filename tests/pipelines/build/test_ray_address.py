"""An address of a cluster at which something else answers, or nothing: it is said, and nobody waits for minutes."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from mmdata.pipelines.engine import open_engine, ray
from mmdata.schemas.errors import ConfigError

SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


@contextmanager
def _serving(answer: Callable[[socket.socket], object]) -> Iterator[str]:
    """A server that does the same with every connection; its address."""
    held: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError):  # that it was closed
            while True:
                held.append(server.accept()[0])
                answer(held[-1])

    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    for each in held:
        each.close()


@contextmanager
def _web() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("serving", "said"),
    [
        (_web, "no Ray cluster answers there"),
        (lambda: _serving(lambda _connection: None), "no Ray cluster answers there"),
        (lambda: _serving(lambda connection: connection.close()), "no Ray cluster answers there"),
        (lambda: _serving(lambda connection: connection.sendall(SETTINGS)), "no Ray cluster has answered there within"),
    ],
    ids=["a web server", "nothing is said", "hung up", "as Ray begins, and no more"],
)
def test_what_is_no_cluster_is_said(serving, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", reason="Ray is not installed")
    monkeypatch.setattr(ray, "PATIENCE", 0.5)
    monkeypatch.setattr(ray, "ANSWER", 3.0)
    with serving() as address, pytest.raises(ConfigError) as refused, open_engine("ray", address=address):
        pass
    assert (refused.value.place, said in refused.value.fact) == ("--address", True)
    assert address in refused.value.fact
