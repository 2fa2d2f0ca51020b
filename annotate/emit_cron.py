"""cron: one line of a crontab.

The command is a line for /bin/sh, so its words stand in single quotes. Before that cron itself takes an unescaped `%`
for the end of the command, and drops the backslash before an escaped one; a backslash of our own must not stand before
it, so `%` is put outside the quotes (crontab(5); Vixie cron's do_command.c). A line break cannot be said at all.
"""

import shlex

from ..schemas.errors import ConfigError
from .emit_order import Order
from .schedule_times import as_cron, crontab_fields

_LONGEST = 998
"""Bytes of a command that cron takes without a word; of a longer one it runs the beginning."""


def crontab(order: Order) -> str:
    """The line, and what stands around it. `ConfigError` for what a crontab cannot say."""
    words = (*order.program, *order.arguments)
    for word in words:
        if "\n" in word or "\r" in word:
            raise ConfigError("--emit cron", f"{word!r} holds a line break", "Rename it, or use systemd.")
    command = " ".join(quoted(word) for word in words)
    if len(command.encode()) > _LONGEST:
        fact = f"the command has {len(command.encode())} bytes, and cron takes {_LONGEST}"
        raise ConfigError("--emit cron", fact, "Use shorter paths, or systemd.")
    zone = f"CRON_TZ={order.timezone}\n" if order.timezone else ""
    note = "# CRON_TZ is known to cronie alone; Debian's cron runs by the machine's zone.\n" if zone else ""
    return (
        f"# {order.name}: add these lines with crontab -e. What it says is mailed by cron, what it did is in the log.\n"
        f"{note}{zone}{crontab_fields(as_cron(order.times))} {command}\n"
    )


def quoted(word: str) -> str:
    """The word for /bin/sh, by way of cron."""
    return shlex.quote(word).replace("%", "'\\%'" if shlex.quote(word).startswith("'") else "\\%")
