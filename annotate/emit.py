"""The schedule for those who have a scheduler: a text for systemd, cron, GitHub Actions or Kubernetes.

Each text starts `mmdata annotate schedule … --once` at the schedule's times: one run, with its lock, log and build. No
text holds a token: systemd and cron are given the file that holds it, GitHub and Kubernetes take it from their own
store of secrets. Whatever stands in a path reaches the command as it is; each form's own module says how it quotes.
"""

import re
from pathlib import Path
from typing import Literal

from ..schemas.errors import ConfigError
from .emit_cron import crontab
from .emit_order import Order
from .emit_systemd import units
from .emit_yaml import cron_job, workflow

Form = Literal["systemd", "cron", "github", "kubernetes"]
FORMS: tuple[Form, ...] = ("systemd", "cron", "github", "kubernetes")


def name_of(store: Path) -> str:
    """A name that every form accepts for what pulls into this store."""
    plain = re.sub(r"[^a-z0-9]+", "-", store.name.lower()).strip("-")[:40].strip("-")
    return f"mmdata-{plain or 'store'}"


def emit(form: Form, order: Order) -> str:
    """The text. `ConfigError` where that form cannot say the times, the zone, or one of the arguments."""
    for argument in (*order.program, *order.arguments):
        try:
            argument.encode()
        except UnicodeEncodeError:
            shown = argument.encode("utf-8", "backslashreplace").decode()
            raise ConfigError(f"--emit {form}", f"{shown} is no UTF-8", "Rename it: these files are text.") from None
    return {"systemd": units, "cron": crontab, "github": workflow, "kubernetes": cron_job}[form](order)


__all__ = ["FORMS", "Form", "Order", "emit", "name_of"]
