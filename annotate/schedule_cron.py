"""The next moment of a crontab line, also on the two days of a year when the clocks are changed.

As cron(8) has it: a time of the hour that is left out comes when that hour would have been over, a time of the hour
that is there twice comes the first time alone; lines of every hour (the hour's field begins with `*`) know no hour
twice or missing and go by what the clock shows. APScheduler 3.11's own trigger makes a daily line run twice on one of
these days, and on the other not at all where the clocks are changed at midnight (Havana, Santiago, Cairo).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo

from .schedule_times import Cron

_DAYS = 60 * 366
"""How far is looked: a 29 February that is to be a Sunday may be 40 years away."""


def next_moment(times: Cron, zone: tzinfo, begin: datetime) -> datetime | None:
    """The first moment of the line, by the clocks of the zone, that is `begin` or later, in UTC; None where none ever
    comes.

    In UTC, since Python compares and adds in one zone by what its clocks show, and APScheduler does so too.
    """
    begin = begin.astimezone(UTC)
    first = begin.astimezone(zone).date() - timedelta(days=1)  # of the day before one may be left over
    for after in range(_DAYS):
        day = first + timedelta(days=after)
        if _fits(times, day):
            later = [moment for moment in _moments(times, zone, day) if moment >= begin]
            if later:
                return min(later)
    return None


def _fits(times: Cron, day: date) -> bool:
    of_month, of_week = day.day in times.days, day.isoweekday() % 7 in times.weekdays
    return day.month in times.months and ((of_month or of_week) if times.either else (of_month and of_week))


def _moments(times: Cron, zone: tzinfo, day: date) -> Iterator[datetime]:
    """All moments of a day, in UTC, not in order."""
    by_the_clock = times.text.split()[1].startswith("*")
    for hour in times.hours:
        for minute in times.minutes:
            shown = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
            first = shown.astimezone(UTC)
            if not by_the_clock:
                yield first  # one that is left out is as far behind the change as it would have been
                continue
            for moment in {first, shown.replace(fold=1).astimezone(UTC)}:
                if moment.astimezone(zone).replace(tzinfo=None) == shown.replace(tzinfo=None):
                    yield moment
