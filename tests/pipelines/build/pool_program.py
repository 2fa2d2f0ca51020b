"""SIGTERM while the pool starts its first worker; then as much time as a worker that nobody ended needs to say so."""

import gc
import os
import signal
import sys
import time
from contextlib import suppress
from multiprocessing import forkserver, get_context
from pathlib import Path
from threading import Thread

from mmdata.pipelines.engine import open_engine
from mmdata.pipelines.progress import SILENT

sys.path.append(str(Path(__file__).parent))
from engine_stages import squared


def stop() -> None:
    """Once the server of workers is there: it imports the stages before it starts any."""
    while forkserver._forkserver._forkserver_pid is None:
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    Thread(target=stop, daemon=True).start()
    with suppress(SystemExit):
        with open_engine(workers=2) as engine:
            list(engine.run(squared, range(9), SILENT))
        print("not stopped")
    gc.collect()  # a pool's locks go with it
    for _ in range(3):
        later = get_context("forkserver").Process(target=int)
        later.start()
        later.join()


if __name__ == "__main__":
    main()
