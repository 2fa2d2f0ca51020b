"""A real cluster on this machine: nodes begun by `ray start`, each a session of its own, so that one can be killed."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

STAGES = Path(__file__).parent.parent / "build"
"""Where workers find the stages of tests."""

QUICK = {  # a node that is dead is found to be after two seconds and not after half a minute
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_timeout_ms": "1000",
    "RAY_health_check_failure_threshold": "3",
}


def processes(session: int) -> dict[int, str]:
    """The processes of a session by their numbers, with their titles; those that are only to be buried are none."""
    found: dict[int, str] = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with suppress(OSError):
                state, *_, own = (place / "stat").read_text().rpartition(")")[2].split()[:4]
                if int(own) == session and state not in "ZX":
                    found[int(place.name)] = title(int(place.name))
    return found


def title(process: int) -> str:
    """What a process is called now, which for a worker of Ray's says what it does; empty where it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    return ""


class Cluster:
    """The nodes, the address, and the environment without which nobody may speak to them.

    Its nodes are begun in `home`, where no test is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(exist_ok=True)
        self.sessions: list[int] = []
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        own = {key: value for key, value in os.environ.items() if not key.startswith("RAY_")}
        token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        paths = os.pathsep.join([str(STAGES), *filter(None, [own.get("PYTHONPATH")])])
        self.env = own | QUICK | token | {"RAY_USAGE_STATS_ENABLED": "0", "PYTHONPATH": paths}

    def node(self, *, head: bool = False) -> int:
        """Begin a node of one core; the session that all its processes are of."""
        port = self.address.rpartition(":")[2]
        own = ["--head", f"--port={port}", f"--temp-dir={self.folder}", "--include-dashboard=false"]
        words = [*(own if head else [f"--address={self.address}"]), "--num-cpus=1", "--object-store-memory=80000000"]
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--disable-usage-stats", *words]
        log = self.folder / f"node-{len(self.sessions)}.log"
        with log.open("wb") as said:
            started = subprocess.Popen(
                command, env=self.env, cwd=self.home, stdout=said, stderr=said, start_new_session=True
            )
            self.sessions.append(started.pid)
            assert started.wait(120) == 0, log.read_text()
        return started.pid

    def stranger(self) -> "Cluster":
        """The same cluster, for somebody with another token."""
        other = Cluster(self.folder)
        other.address = self.address
        return other

    def stop(self, session: int) -> list[int]:
        """Let everything of a node stand still, its connections open; the processes."""
        stopped = list(processes(session))
        for each in stopped:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGSTOP)
        return stopped

    def kill(self, session: int) -> None:
        """Everything of a node, with a signal that nobody hears."""
        while left := processes(session):
            for each in left:
                with suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
            time.sleep(0.05)
