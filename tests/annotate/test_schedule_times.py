"""When a schedule runs: crontab lines as cron itself reads them, whoever is told."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.annotate.schedule_jobs import trigger
from mmdata.annotate.schedule_times import as_cron, cron, crontab_fields, duration, every, zone
from mmdata.schemas.errors import ConfigError

RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


@st.composite
def fields(draw: st.DrawFn) -> str:
    def part(least: int, most: int) -> str:
        low = draw(st.integers(least, most))
        high = draw(st.integers(low, most))
        kind = draw(st.sampled_from(["*", "*", "{low}", "{low}-{high}", "*/{step}", "{low}-{high}/{step}"]))
        return kind.format(low=low, high=high, step=draw(st.integers(1, 9)))

    def field(least: int, most: int) -> str:
        return ",".join(part(least, most) for _ in range(draw(st.integers(1, 2))))

    return " ".join(field(*each) for each in RANGES)


def fits(line: str, moment: datetime) -> bool:
    """As crontab(5) says it, number by number."""

    def within(field: str, value: int, least: int, most: int) -> bool:
        for part in field.split(","):
            span, _, step = part.partition("/")
            low, _, high = span.partition("-")
            first, last = (least, most) if span == "*" else (int(low), int(high or low))
            if first <= value <= last and (value - first) % int(step or 1) == 0:
                return True
        return False

    minute, hour, day, month, weekday = line.split()
    today = moment.isoweekday() % 7
    of_month = within(day, moment.day, 1, 31)
    of_week = within(weekday, today, 0, 7) or (today == 0 and within(weekday, 7, 0, 7))
    both = day.startswith("*") or weekday.startswith("*")
    days = (of_month and of_week) if both else (of_month or of_week)
    times = within(minute, moment.minute, 0, 59) and within(hour, moment.hour, 0, 23)
    return days and times and within(month, moment.month, 1, 12)


@settings(deadline=None)
@given(fields(), st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)))
def test_the_next_moment_is_the_first_that_fits(line: str, start: datetime) -> None:
    begin = start.replace(second=0, microsecond=0, tzinfo=UTC)
    try:
        told = cron(line)
    except ConfigError as error:
        assert "never comes" in str(error)
        return
    found = trigger(told, UTC).get_next_fire_time(None, begin)
    assert found is not None and fits(line, found)
    moments = (begin + timedelta(minutes=minute) for minute in range(3 * 24 * 60))
    assert next((each for each in moments if fits(line, each)), None) in (found, None)


@settings(deadline=None)
@given(fields())
def test_the_fields_that_others_are_given_mean_the_same(line: str) -> None:
    try:
        told = cron(line)
    except ConfigError:
        return
    again = cron(crontab_fields(told))
    assert (again.minutes, again.hours, again.days, again.months, again.weekdays, again.either) == (
        *(told.minutes, told.hours, told.days, told.months, told.weekdays),
        told.either,
    )


def test_sunday_is_sunday_by_number_and_by_name() -> None:
    """APScheduler's own reader of such lines takes 0 for Monday."""
    for line in ("0 2 * * 0", "0 2 * * 7", "0 2 * * sun", "@weekly"):
        found = trigger(cron(line), UTC).get_next_fire_time(None, datetime(2026, 5, 4, 12, tzinfo=UTC))
        assert found is not None and found.strftime("%a") == "Sun"
    assert cron("0 2 * * mon-fri").weekdays == (1, 2, 3, 4, 5)


def test_times_are_those_of_the_zone() -> None:
    berlin = zone("Europe/Berlin")
    found = trigger(cron("0 2 * * *"), berlin).get_next_fire_time(None, datetime(2026, 7, 1, tzinfo=UTC))
    assert found is not None and found.astimezone(UTC).hour == 0


@pytest.mark.parametrize(
    ("line", "place", "begin", "found"),
    [
        ("30 2 * * *", "Europe/Berlin", "2026-03-29 00", ["03-29 01:30", "03-30 00:30"]),  # 02:30 is left out
        ("30 2 * * *", "Europe/Berlin", "2026-10-24 22", ["10-25 00:30", "10-26 01:30"]),  # 02:30 is there twice
        ("*/30 * * * *", "Europe/Berlin", "2026-03-29 00", ["03-29 00:00", "03-29 00:30", "03-29 01:00"]),
        ("0 * * * *", "Europe/Berlin", "2026-10-25 00", ["10-25 00:00", "10-25 01:00", "10-25 02:00"]),
        ("30 0 * * *", "America/Havana", "2026-03-07 20", ["03-08 05:30", "03-09 04:30"]),  # at midnight it is one
        ("59 23 6 9 *", "America/Santiago", "2026-09-01 00", ["09-07 02:59"]),
    ],
)
def test_the_days_when_the_clocks_are_changed(line: str, place: str, begin: str, found: list[str]) -> None:
    moments, previous, now = [], None, datetime.fromisoformat(f"{begin}:00+00:00")
    for _ in found:
        previous = now = trigger(cron(line), zone(place)).get_next_fire_time(previous, now)
        moments.append(now.astimezone(UTC).strftime("%m-%d %H:%M"))
    assert moments == found


def test_a_day_that_is_decades_away_is_found() -> None:
    found = trigger(cron("0 0 29 2 */7"), UTC).get_next_fire_time(None, datetime(2076, 3, 1, tzinfo=UTC))
    assert found is not None and found.strftime("%a %d %b") == "Sun 29 Feb"


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ("0 2 * *", "4 fields and not 5"),
        ("60 * * * *", "the minute is '60'"),
        ("* 25 * * *", "the hour is '25'"),
        ("0 0 0 * *", "the day of the month is '0'"),
        ("0 0 1 foo *", "no name of a month"),
        ("0 0 * * 8", "the weekday is '8'"),
        ("5-1 * * * *", "not within 0-59"),
        ("*/0 * * * *", "not within 0-59"),
        ("0 0 30 2 *", "a day that never comes"),
        ("1,, * * * *", "neither a number nor a range"),
        ("", "0 fields"),
    ],
)
def test_a_line_that_is_none_is_named(line: str, fact: str) -> None:
    with pytest.raises(ConfigError) as caught:
        cron(line)
    assert fact in caught.value.fact


@given(st.text(max_size=30))
def test_any_text_is_times_or_a_fault(text: str) -> None:
    for reader in (every, cron, lambda text: duration("--jitter", text, least=0), zone):
        try:
            reader(text)
        except ConfigError as error:
            assert error.remedy


def test_lengths_of_time() -> None:
    assert [every(text).seconds for text in ("90s", "15m", "2 h", "1d")] == [90, 900, 7200, 86400]
    for wrong in ("0s", "15", "m", "-1m", "1.5h", "9999d"):
        with pytest.raises(ConfigError):
            every(wrong)


def test_every_as_a_crontab_line() -> None:
    said = {text: as_cron(every(text)).text for text in ("1m", "15m", "60m", "6h", "24h", "1d")}
    assert said == {
        "1m": "*/1 * * * *",
        "15m": "*/15 * * * *",
        "60m": "0 * * * *",
        "6h": "0 */6 * * *",
        "24h": "0 0 * * *",
        "1d": "0 0 * * *",
    }
    for wrong in ("90s", "7m", "5h", "2d"):
        with pytest.raises(ConfigError, match="cannot be said"):
            as_cron(every(wrong))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
@settings(deadline=None, max_examples=25)
@given(line=fields(), start=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)))
def test_systemd_finds_the_same_next_moment(line: str, start: datetime) -> None:
    from mmdata.annotate.emit import Order
    from mmdata.annotate.emit_systemd import units

    try:
        told = cron(line)
    except ConfigError:
        return
    begin = start.replace(microsecond=0, tzinfo=UTC)
    text = units(Order("mmdata-x", ("/bin/true",), (), told, ZoneInfo("UTC")))
    calendars = [row.removeprefix("OnCalendar=") for row in text.splitlines() if row.startswith("OnCalendar=")]
    found = []
    for calendar in calendars:
        base = begin - timedelta(seconds=1)
        done = subprocess.run(
            ["systemd-analyze", "calendar", f"--base-time={base:%Y-%m-%d %H:%M:%S} UTC", calendar],
            capture_output=True,
            text=True,
            check=True,
            env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
        )
        found += [row.split("elapse:")[1].strip() for row in done.stdout.splitlines() if "Next elapse:" in row]
    moments = [datetime.strptime(each, "%a %Y-%m-%d %H:%M:%S %Z").replace(tzinfo=UTC) for each in found if "-" in each]
    assert min(moments) == trigger(told, UTC).get_next_fire_time(None, begin)
