"""A sending that tests kill: `python send_program.py FOLDER BUCKET/KEY NUMBER`, killed before its NUMBER-th call."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmdata.pipelines.remote.address import Address
from mmdata.pipelines.remote.sending import send
from mmdata.pipelines.remote.store import Store

CALLS = ("objects", "look", "read", "send", "write", "create", "remove", "give_up_parts")


def main(folder: Path, address: Address, number: int) -> None:
    """Send, and die before that call to the store."""
    store, seen, lock = Store(), 0, threading.Lock()

    def shim(call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any) -> Any:
            nonlocal seen
            with lock:
                seen += 1
                if seen == number:
                    os.kill(os.getpid(), signal.SIGKILL)
            return call(*given)

        return counted

    for name in CALLS:
        setattr(store, name, shim(getattr(store, name)))
    send(folder, address, store)


if __name__ == "__main__":
    bucket, _, key = sys.argv[2].partition("/")
    main(Path(sys.argv[1]), Address(bucket, key), int(sys.argv[3]))
