"""A store that speaks S3, on loopback, whose requests a test may count and make fail."""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mmdata.pipelines.commit.commit import Staging
from mmdata.pipelines.remote.address import Address
from mmdata.pipelines.remote.store import Store

Answer = Callable[[dict[str, Any], Callable[..., Any]], Any]
BUCKET = "sets"
REASON = "the extra `cloud` and moto's server are not installed"


class Front:
    """Stands before the store: `refuse` may answer a request with a status, 0 lets it through."""

    def __init__(self, behind: Any) -> None:
        self.behind = behind
        self.requests: list[tuple[str, str]] = []
        self.refuse: Callable[[int, str, str], int] = lambda _number, _method, _path: 0
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        with self._lock:
            self.requests.append((method, path))
            status = self.refuse(len(self.requests), method, path)
        if status:
            start(f"{status} Refused", [("Content-Length", "0"), ("Connection", "close")])
            return [b""]
        return self.behind(environ, start)

    def reset(self) -> None:
        """No request was made, and none is refused."""
        self.requests, self.refuse = [], lambda _number, _method, _path: 0


@pytest.fixture(scope="session")
def front() -> Iterator[Front]:
    """The store, empty but for its bucket; its address and credentials are in the environment meanwhile."""
    pytest.importorskip("s3fs", reason=REASON)
    pytest.importorskip("moto", reason=REASON)
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    front = Front(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, front, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        given = {"ENDPOINT_URL_S3": f"http://127.0.0.1:{server.server_port}", "MAX_ATTEMPTS": "2"}
        given |= {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "DEFAULT_REGION": "us-east-1"}
        for name, value in given.items():
            patch.setenv(f"AWS_{name}", value)
        yield front
    server.shutdown()
    thread.join()


@pytest.fixture
def store(front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A connection to the store, whose bucket is empty; what is fetched is cached apart."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    front.reset()
    store = Store()
    fs: Any = vars(store)["_fs"]
    fs.mkdir(BUCKET) if not fs.exists(BUCKET) else None
    for key in store.objects(Address(BUCKET, "")):
        store.remove(Address(BUCKET, key))
    front.reset()
    yield store
    front.reset()


def build(out: Path, version: int, files: int = 4) -> None:
    """A small data set of that version at a local OUT."""
    with Staging(out) as staging:
        for number in range(files):
            with staging.open(f"train/train-{number}.jsonl") as file:
                file.write(f"{version} {number}\n".encode() * (number * 100))
        staging.publish({"mmdata": "0", "format": 1, "version": version})


def content(folder: Path) -> dict[str, bytes]:
    """Every file's bytes by its name."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
