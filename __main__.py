"""`python -m mmdata`, and the `mmdata` command: ^C is heard before anything else is imported.

Loading the modules takes some tenths of a second, in which an interrupt would be shown as a traceback of whatever was
being imported. There is nothing to clean up then: the process ends.
"""

import os

try:
    import signal
except KeyboardInterrupt:  # even this takes a few milliseconds
    os._exit(130)


def main() -> None:
    """The `mmdata` command."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else who began us lets nobody interrupt us
        signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(130))
    from mmdata.cli import main as run

    run()


if __name__ == "__main__":
    main()
