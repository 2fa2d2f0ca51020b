"""Ray: as many machines as a cluster has. Extra `ray`.

A task is a stage and a part; Ray sends it to whichever worker is free, and anew when that worker or its machine is
lost, and we once more when it hangs (`in_hand.py`). Nothing but tasks is used: no actors, no shuffles, no objects that
outlive a task. Every machine must see OUT's folder and the inputs by the same paths (a shared file system), and have
this version of mmdata. The machine that begins the run must be one of the cluster's. Paths may be relative to the
folder in which the run is begun: a worker goes there, wherever its cluster was begun.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import islice
from types import TracebackType
from typing import Any, Self, TypeVar

from ... import __version__
from ...schemas.errors import ConfigError, InternalError, MmdataError
from ..progress import SILENT, Progress
from .in_hand import InHand

Part = TypeVar("Part")
Receipt = TypeVar("Receipt")

AHEAD = 4
"""Parts in hand for each core of the cluster."""

MOST_LOST = 8
"""How often a part may be lost with its worker before it is taken to be the part, or the memory, and not chance."""

PATIENCE = 5.0
"""Seconds in which the address of a cluster must answer."""

ANSWER = 30.0
"""Seconds in which a cluster must answer, Ray's own modules loaded in them. Where nobody does, Ray tries for minutes,
deaf to signals, and says so in lines of its own; so a child of ours asks first.
"""

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
"""What a client of HTTP/2, which Ray speaks, says first: who else does answers with a frame of the same kind."""

_ASK = """
import sys
try:
    from ray._raylet import GcsClient
except ImportError:
    sys.exit(0)  # another Ray, which ray.init asks
try:
    GcsClient(address=sys.argv[1])
except Exception as fault:
    print(str(fault).strip() or type(fault).__name__)
    sys.exit(1)
"""

SAME = "Install the same version of mmdata on all machines of the cluster."
JOIN = "Run mmdata on a machine of the cluster, with its RAY_AUTH_MODE and RAY_AUTH_TOKEN; see docs/scale.md."
STARTED = "Give the address that ray start --head prints, such as 10.0.0.1:6379."


class Ray:
    """The engine for a cluster; without an address, or RAY_ADDRESS, one of this machine is begun and ended."""

    inside = False

    def __init__(self, address: str = "") -> None:
        self.address = address
        self._ray: Any = None
        self._in_hand: InHand | None = None

    def run(
        self, stage: Callable[[Part, Progress], Receipt], parts: Sequence[Part], progress: Progress
    ) -> Iterator[Receipt]:
        """The receipts of all parts, in order."""
        ray = self._begun()
        task = ray.remote(max_retries=MOST_LOST, retry_exceptions=False)(_in_worker)
        home = _here()
        ahead = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
        held = self._in_hand = InHand(ray, task, stage.__name__)
        waiting = iter(parts)
        for part in islice(waiting, ahead):
            held.give(stage, part, __version__, home)
        while held:
            receipt = self._got(held)
            for part in islice(waiting, 1):
                held.give(stage, part, __version__, home)
            progress.advance(1)
            yield receipt

    def __enter__(self) -> Self:
        self._begun()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        ray, self._ray = self._ray, None
        if ray is not None:
            try:
                if self._in_hand is not None:
                    self._in_hand.end()
            finally:
                ray.shutdown()

    def _begun(self) -> Any:
        if self._ray is None:
            try:
                ray: Any = import_module("ray")
            except ImportError:
                raise ConfigError("--engine ray", "Ray is not installed", "pip install 'mmdata[ray]'") from None
            self._ray = _connected(ray, self.address or os.environ.get("RAY_ADDRESS", ""))
        return self._ray

    def _got(self, held: InHand) -> Any:
        failed = self._ray.exceptions
        try:
            return held.take()
        except failed.RayTaskError as fault:
            if isinstance(fault.cause, (MmdataError, OSError)):
                raise fault.cause from None
            if isinstance(fault.cause, failed.RaySystemError):  # what a worker needs for its part is not there
                said = str(fault.cause).strip().splitlines()[-1]
                raise ConfigError("--engine ray", f"a worker cannot take its part: {said}", SAME) from None
            raise
        except failed.WorkerCrashedError:
            said = f"{MOST_LOST + 1} times a worker was killed at the same part"
            raise InternalError("--engine ray", said, "Give the machines more memory for each core.") from None
        except failed.RayError as fault:
            raise InternalError("--engine ray", _first_line(fault), "Look at the cluster with ray status.") from None


def _connected(ray: Any, address: str) -> Any:
    """Ray, connected to the cluster at an address, or to one begun here; `ConfigError` where there is none."""
    if address and address != "auto":
        _check_answers(address)
        _check_is_ray(address)
    alone = {} if address else {"include_dashboard": False}
    with suppress(ImportError):  # words about lost workers would go to stdout, where results are; no option stops them
        vars(import_module("ray._private.worker"))["_worker_logs_enabled"] = False
    try:
        with _own_signals():
            ray.init(address=address or "local", log_to_driver=False, logging_level="error", **alone)
    except (ConnectionError, RuntimeError, ValueError, ray.exceptions.RayError) as fault:
        with suppress(Exception):
            ray.shutdown()
        raise ConfigError("--address", f"{address or 'this machine'}: {_first_line(fault)}", JOIN) from None
    return ray


def _check_answers(address: str) -> None:
    """Raise `ConfigError` at once for an address that Ray would try for a minute."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or "/" in host or not port.isascii() or not port.isdigit():
        raise ConfigError("--address", f"{address} is not HOST:PORT", STARTED)
    try:
        with socket.create_connection((host.strip("[]"), int(port)), PATIENCE) as connection:
            plain = os.environ.get("RAY_USE_TLS", "0") in ("", "0") and not _speaks_http2(connection)
    except (OSError, OverflowError) as fault:
        raise ConfigError("--address", f"{address} does not answer: {fault}", STARTED) from None
    if plain:
        raise ConfigError("--address", f"{address} is open, and no Ray cluster answers there", STARTED)


def _speaks_http2(connection: socket.socket) -> bool:
    try:
        connection.sendall(_PREFACE)
        frame = connection.recv(9, socket.MSG_WAITALL)
    except OSError:
        return False
    return frame[3:4] == _PREFACE[-6:-5]


def _check_is_ray(address: str) -> None:
    """Raise `ConfigError` where a child that asks for the cluster gets no answer, or a refusal."""
    command = [sys.executable, "-P", "-c", _ASK, address]
    try:
        asked = subprocess.run(  # noqa: S603  ourselves
            command, capture_output=True, text=True, errors="replace", timeout=ANSWER, check=False
        )
    except subprocess.TimeoutExpired:
        said = f"{address} is open, and no Ray cluster has answered there within {ANSWER:.0f} seconds"
        raise ConfigError("--address", said, STARTED) from None
    if asked.returncode == 1:
        said = (asked.stdout.splitlines() or ["Ray cannot ask there"])[0]
        raise ConfigError("--address", f"{address}: {said}", JOIN)


@contextmanager
def _own_signals() -> Generator[None]:
    """Ray takes SIGTERM for itself; what a signal does is for who started us to say."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        with suppress(ValueError):  # not the main thread, whose business signals are
            signal.signal(signal.SIGTERM, before)


def _first_line(fault: Exception) -> str:
    return (str(fault).strip() or type(fault).__name__).splitlines()[0]


def _here() -> str:
    """The folder that relative paths are meant from."""
    try:
        return os.getcwd()  # noqa: PTH109  a text, which is sent
    except OSError as error:
        said = f"the folder that mmdata was begun in is gone: {error.strerror}"
        raise ConfigError("--engine ray", said, "Begin it in a folder that all machines see.") from None


def _in_worker(
    stage: Callable[[Part, Progress], Receipt], part: Part, version: str, home: str
) -> tuple[Receipt, float, str]:
    """In a worker: the receipt, the seconds that it took, and the machine. `home` is what paths may be relative to."""
    if version != __version__:
        said = f"a worker on {socket.gethostname()} has mmdata {__version__}, and this run is of {version}"
        raise ConfigError("--engine ray", said, SAME)
    try:
        os.chdir(home)  # a worker begins where its cluster was begun, and other files may have the same names there
    except OSError as error:
        said = f"a worker on {socket.gethostname()} cannot go to {home}, where mmdata was begun: {error.strerror}"
        raise ConfigError("--engine ray", said, "Begin it in a folder that all machines see.") from None
    began = time.monotonic()
    receipt = stage(part, SILENT)
    return receipt, time.monotonic() - began, import_module("ray").get_runtime_context().get_node_id()
