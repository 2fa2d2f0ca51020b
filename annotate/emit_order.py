"""What a scheduler is asked to run, and when: what every form of `emit` says in its own words."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from .schedule_times import Times


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run when: `arguments` after `mmdata`, `program` what stands for `mmdata` on this machine.

    `name` is made of letters, digits and `-` alone. `jitter` is in seconds.
    """

    name: str
    program: tuple[str, ...]
    arguments: tuple[str, ...]
    times: Times
    timezone: ZoneInfo | None = None
    jitter: int = 0
