"""A command that ends when its parent does: run as a file, `python schedule_kin.py PID COMMAND…` becomes COMMAND.

A schedule that is killed (SIGKILL) can end nothing itself, and the pull that it left
would hold the store's lock when the schedule is back. Linux kills a process when its parent dies, if it asks for that
(PR_SET_PDEATHSIG), and still after exec; so this small program asks and becomes the command. It is no preexec_fn,
which may deadlock where there are threads. Known trap: the kernel means the thread that started the child, so that
thread waits for it. Where there is no such call (macOS) the command runs on, and the next run meets its lock.
Source: prctl(2).
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_NOT_STARTED = 127
"""As a shell has it for a command that is not there."""


def main(parent: int, command: list[str]) -> None:
    """Become the command, unless the parent is dead already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked
            sys.exit(_NOT_STARTED)
    try:
        os.execvp(command[0], command)  # noqa: S606  a list of arguments, and no shell
    except OSError as error:
        sys.exit(f"{error.strerror}: {command[0]}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
