"""When a schedule runs: every so often, or by the five fields of a crontab line.

A crontab line is read as cron itself reads it, into sets of numbers, since those who take such lines differ.
APScheduler 3 counts weekdays from Monday = 0 where cron has Sunday = 0 (its issue 286), and wants both a day of the
month and a weekday to fit where cron is content with either (crontab(5): when neither field begins with `*`).
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..schemas.errors import ConfigError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = 366 * 86400
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
"""By cron's numbers; 7 is Sunday too."""
_DAYS_OF = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of the month", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_PART = re.compile(r"(?:(\*)|([0-9]{1,2}|[a-z]{3})(?:-([0-9]{1,2}|[a-z]{3}))?)(?:/([0-9]{1,2}))?")


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many seconds."""

    text: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Cron:
    """The minutes, hours, days, months and weekdays (0 = Sunday) of a crontab line; `text` is its five fields.

    `either` is whether a day that fits by the month or by the week is enough.
    """

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    either: bool


Times = Every | Cron


def duration(option: str, text: str, *, least: int = 1) -> timedelta:
    """`90s`, `15m`, `2h`, `1d` as a length of time; `ConfigError` naming the option for anything else."""
    found = re.fullmatch(r"([0-9]{1,9})\s*([smhd])", text.strip())
    seconds = int(found[1]) * _UNITS[found[2]] if found else -1
    if not least <= seconds <= _LONGEST:
        raise ConfigError(option, f"{text!r} is no length of time", "Write 90s, 15m, 2h or 1d.")
    return timedelta(seconds=seconds)


def every(text: str) -> Every:
    """What `--every` says; `ConfigError` for no length of time."""
    return Every(text.strip(), int(duration("--every", text).total_seconds()))


def cron(text: str) -> Cron:
    """What `--cron` says: five fields as in crontab(5), or @daily and its like. `ConfigError` names the wrong field."""
    fields = _ALIASES.get(text.strip().lower(), text.lower()).split()
    if len(fields) != len(_FIELDS):
        fact = f"{text!r} has {len(fields)} fields and not 5"
        raise ConfigError("--cron", fact, 'Write minute, hour, day, month and weekday: "0 2 * * *" is two every night.')
    minutes, hours, days, months, weekdays = (
        _numbers(field, *facts) for field, facts in zip(fields, _FIELDS, strict=True)
    )
    weekdays = tuple(sorted({day % 7 for day in weekdays}))
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    if not either and not any(day <= _DAYS_OF[month - 1] for month in months for day in days):
        raise ConfigError("--cron", f"{text!r} is a day that never comes", "Correct the day or the month.")
    return Cron(" ".join(fields), minutes, hours, days, months, weekdays, either)


def _numbers(field: str, name: str, least: int, most: int) -> tuple[int, ...]:
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise _wrong(field, name, f"{part!r} is neither a number nor a range")
        star, first, last, step = match.groups()
        low = least if star else _number(first, field, name)
        high = most if star or (step and not last) else _number(last or first, field, name)
        if not least <= low <= high <= most or step == "0" or (step and int(step) == 0):
            raise _wrong(field, name, f"{part!r} is not within {least}-{most}")
        found.update(range(low, high + 1, int(step or 1)))
    return tuple(sorted(found))


def _number(text: str, field: str, name: str) -> int:
    names = {"month": _MONTHS, "weekday": WEEKDAYS}.get(name, [])
    if text in names:
        return names.index(text) + (name == "month")
    if not text.isdigit():
        raise _wrong(field, name, f"{text!r} is no name of a {name}" if names else f"{text!r} is no number")
    return int(text)


def _wrong(field: str, name: str, fact: str) -> ConfigError:
    return ConfigError("--cron", f"the {name} is {field!r}: {fact}", 'Correct it: "30 2 * * mon-fri", "*/15 * * * *".')


def zone(name: str | None) -> ZoneInfo | None:
    """The time zone of that name (IANA); None, the machine's own, for None. `ConfigError` where there is none such."""
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(
            "--timezone", f"{name!r} is no time zone", "Write one such as Europe/Berlin or UTC."
        ) from None


def as_cron(times: Times) -> Cron:
    """The same times as a crontab line; `ConfigError` for a length of time that no such line can say."""
    if isinstance(times, Cron):
        return times
    minutes, rest = divmod(times.seconds, 60)
    if not rest and minutes and 60 % minutes == 0:
        return cron(f"*/{minutes} * * * *" if minutes < 60 else "0 * * * *")
    if not rest and minutes % 60 == 0 and 24 % (minutes // 60) == 0:
        return cron(f"0 */{minutes // 60} * * *" if minutes < 1440 else "0 0 * * *")
    fact = f"every {times.text} cannot be said by a crontab line, which divides hours and days evenly"
    raise ConfigError("--every", fact, 'Write 5m, 15m, 1h, 6h, 1d and the like, or --cron "…".')


def crontab_fields(times: Cron) -> str:
    """The five fields as every reader of crontab lines takes them: numbers, Sunday 0, no names.

    A field that begins with `*` keeps doing so, since that decides whether both kinds of day must fit.
    """
    sets = (times.minutes, times.hours, times.days, times.months, times.weekdays)
    return " ".join(
        field if field.startswith("*") else ",".join(map(str, numbers))
        for field, numbers in zip(times.text.split(), sets, strict=True)
    )
