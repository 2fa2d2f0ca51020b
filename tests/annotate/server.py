"""A real Label Studio on loopback, started for tests and ended with them, whatever happens.

Label Studio lives in an environment of its own, since its pins of pyarrow and numpy are not ours: `make test` makes
`.venv-label-studio` (requirements.txt and constraints.txt beside this file); MMDATA_LABEL_STUDIO names another. The
first start there applies all migrations, which takes a minute, and is kept as a template beside the environment; later
starts copy it and answer within seconds.

What the server does that shapes this module, all of it met with 1.23.2: every setting is read without its prefix too
(HOST, PORT, DEBUG, CI), so its environment begins empty; a busy port is exchanged for the next one in silence, so the
token, which no other server has, must work before the server is taken for started; legacy tokens are only on where the
first user was made with them on; it probes for Redis and would then give work to a queue that nobody drains.
"""

import atexit
import fcntl
import http.cookiejar
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = Path(os.environ.get("MMDATA_LABEL_STUDIO") or ROOT / ".venv-label-studio")
PROGRAM = ENVIRONMENT / "bin" / "label-studio"

CANARY = "ca9a5ec2e7ca9a5ec2e7ca9a5ec2e7ca"
"""How every token of a test server begins (32 of 40 hexadecimal digits): no output may ever hold it."""
EMAIL = "admin@example.com"
PASSWORD = "only-For-Tests-1"  # noqa: S105

STARTS_WITHIN, MIGRATES_WITHIN, STOPS_WITHIN = 120.0, 600.0, 20.0
"""Seconds after which something is wrong, on a machine that is busy with other things."""

BOXES = """<View>
  <Image name="image" value="$image"/>
  <RectangleLabels name="box" toName="image">
    <Label value="person"/><Label value="car"/><Label value="sign"/>
  </RectangleLabels>
</View>
"""
"""A label config of boxes with three labels."""


class StartError(RuntimeError):
    """The server did not start; the message ends with what it logged."""


class Answer(RuntimeError):
    """The server answered with an error: its status and what it said."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status}: {body[:500]}")
        self.status = status
        self.body = body


@dataclass
class LabelStudio:
    """One server over one folder of data; `token` is the legacy token of its administrator."""

    data: Path
    documents: Path
    token: str = field(default_factory=lambda: CANARY + secrets.token_hex(4))
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it answers; the same after a restart."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which mmdata finds it."""
        return {"LABEL_STUDIO_URL": self.url, "LABEL_STUDIO_API_KEY": self.token}

    def start(self, within: float = STARTS_WITHIN) -> None:
        """Starts it, at its former port where it had one, and waits until its token works there."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.documents.mkdir(parents=True, exist_ok=True)
        self.port = self.port or _free_port()
        atexit.register(self.kill)
        with (self.data / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_ended_with_us(), PROGRAM, "start", "--no-browser", *self._address()],
                env=self._clean(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + within
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise StartError((self.data / "server.log").read_text(encoding="utf-8", errors="replace")[-3000:])
            time.sleep(0.1)

    def stop(self) -> None:
        """Ends it as a person would; what it has committed stays in `data`."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process = None

    def kill(self) -> None:
        """Ends it as a power cut would, with whatever it had started."""
        atexit.unregister(self.kill)
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    def restart(self) -> None:
        """Starts it over the same data at the same port, after `kill` or in the midst of its work."""
        self.kill()
        self.start()

    def call(self, method: str, path: str, body: object = None, timeout: float = 60) -> Any:
        """What the server says, by a client that is none of mmdata's; raises `Answer` where that is an error."""
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data=sent, headers=headers, method=method)  # noqa: S310
        try:
            with _NO_PROXY.open(request, timeout=timeout) as reply:
                received = reply.read()
        except urllib.error.HTTPError as error:
            raise Answer(error.code, error.read().decode("utf-8", "replace")) from None
        return json.loads(received) if received else None

    def personal_token(self) -> str:
        """A personal access token of the administrator, by signing in as a browser does.

        There is one a user, shown once: where there is one already, it is exchanged for a new one.
        """
        jar = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar))

        def post(path: str, body: bytes, **headers: str) -> bytes:
            sign = next(cookie.value or "" for cookie in jar if cookie.name == "csrftoken")
            sent = {"Referer": self.url, "X-CSRFToken": sign} | headers
            request = urllib.request.Request(self.url + path, body, sent)  # noqa: S310
            received: bytes = opener.open(request, timeout=60).read()
            return received

        opener.open(self.url + "/user/login/", timeout=60).read()
        post("/user/login/", urllib.parse.urlencode({"email": EMAIL, "password": PASSWORD}).encode())
        as_json = {"Content-Type": "application/json"}
        for known in self.call("GET", "/api/token/"):
            self.call("POST", "/api/token/blacklist/", {"refresh": known["token"]})
        made: str = json.loads(post("/api/token/", b"{}", **as_json))["token"]
        return made

    def make_project(self, config: str = BOXES, key: str | None = None, **more: object) -> "Project":
        """A new, empty project; `key` becomes the mark by which `mmdata annotate` knows it."""
        key = key or f"test-{secrets.token_hex(6)}"
        body = {"title": key[:50], "description": f"mmdata:key={key}", "label_config": config} | more
        return Project(self, self.call("POST", "/api/projects/", body)["id"], key)

    def _answers(self) -> bool:
        try:
            self.call("GET", "/api/projects/?page_size=1", timeout=10)
        except (Answer, OSError, ValueError):
            return False
        return True

    def _address(self) -> list[str]:
        return ["--internal-host", "127.0.0.1", "--port", str(self.port)]

    def _clean(self) -> dict[str, str]:
        named = {
            "BASE_DATA_DIR": str(self.data),
            "USERNAME": EMAIL,
            "PASSWORD": PASSWORD,
            "USER_TOKEN": self.token,
            "ENABLE_LEGACY_API_TOKEN": "true",
            "DISABLE_SIGNUP_WITHOUT_LINK": "true",
            "LOCAL_FILES_SERVING_ENABLED": "true",
            "LOCAL_FILES_DOCUMENT_ROOT": str(self.documents),
            "COLLECT_ANALYTICS": "false",
            "LATEST_VERSION_CHECK": "false",
            "SENTRY_DSN": "",
            "FRONTEND_SENTRY_DSN": "",
            "CONVERTER_DOWNLOAD_RESOURCES": "false",
            "ML_BLOCK_LOCAL_IP": "false",  # webhooks and storages on loopback
            "SSRF_PROTECTION_ENABLED": "false",
            "LOG_LEVEL": "WARNING",
        } | dict(self.settings)
        plain = {"PATH": f"{ENVIRONMENT / 'bin'}:/usr/bin:/bin", "HOME": str(self.data), "LANG": "C.UTF-8"}
        plain |= {"NO_PROXY": "*", "no_proxy": "*"}
        return plain | {f"LABEL_STUDIO_{name}": value for name, value in named.items()}


@dataclass(frozen=True)
class Project:
    """A project of a server, for one test."""

    server: LabelStudio
    id: int
    key: str

    def get(self) -> Any:
        """What the server says of it."""
        return self.server.call("GET", f"/api/projects/{self.id}/")

    def add(self, tasks: list[dict[str, Any]]) -> list[int]:
        """Adds tasks; returns their numbers in order."""
        answer = self.server.call("POST", f"/api/projects/{self.id}/import?return_task_ids=true", tasks)
        ids: list[int] = answer["task_ids"]
        return ids

    def export(self) -> list[dict[str, Any]]:
        """The whole project as the server exports it to JSON, also tasks that nobody annotated."""
        path = f"/api/projects/{self.id}/export?exportType=JSON&download_all_tasks=true"
        tasks: list[dict[str, Any]] = self.server.call("GET", path, timeout=300)
        return tasks


_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def why_absent() -> str | None:
    """The reason for which there is no server to be had on this machine, or None."""
    if PROGRAM.is_file():
        return None
    return f"Label Studio is not installed ({ENVIRONMENT.name} is made by `make label-studio`)"


def template() -> Path:
    """A folder of data with all migrations applied and the administrator made; made by the first who asks."""
    made = ENVIRONMENT / "template"
    with _alone(ENVIRONMENT / "template.lock"):
        if not (made / "label_studio.sqlite3").is_file():
            fresh = ENVIRONMENT / "template.new"
            shutil.rmtree(fresh, ignore_errors=True)
            server = LabelStudio(data=fresh, documents=fresh / "documents")
            server.start(MIGRATES_WITHIN)
            server.stop()
            shutil.rmtree(fresh / "documents")
            fresh.rename(made)
    return made


@contextmanager
def running(folder: Path, **settings: str) -> Generator[LabelStudio]:
    """A fresh server for the length of the block; `settings` are its own, without LABEL_STUDIO_ before them."""
    shutil.copytree(template(), folder / "data", symlinks=True)
    server = LabelStudio(data=folder / "data", documents=folder / "documents", settings=settings)
    with closing(sqlite3.connect(server.data / "label_studio.sqlite3")) as database, database:
        database.execute("UPDATE authtoken_token SET key = ?", (server.token,))  # it only takes one with a new user
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def _alone(lock: Path) -> Generator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _ended_with_us() -> list[str]:
    """Where there is setpriv, the server dies with the tests even if they are killed."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
