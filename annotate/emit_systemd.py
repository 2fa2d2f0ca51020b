"""systemd: a service that runs once and the timer that starts it.

ExecStart= is no shell line. In double quotes a backslash begins an escape as in C, `%` begins a specifier and `$` a
variable, each doubled to stand for itself (systemd.service(5), systemd.unit(5)). OnCalendar= lists hours and days, and
wants both the day of the month and the weekday to fit, so that cron's "either" is two lines (systemd.time(7)).
"""

from .emit_order import Order
from .schedule_times import Cron, Times

_WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


def units(order: Order) -> str:
    """Both files, each after a comment with its name."""
    command = " ".join(quoted(each) for each in (*order.program, *order.arguments))
    zone = f" {order.timezone}" if order.timezone else ""
    return f"""\
# For one user: put both files into ~/.config/systemd/user/, then
#   systemctl --user daemon-reload && systemctl --user enable --now {order.name}.timer
# File {order.name}.service
[Unit]
Description=Pull annotations from Label Studio ({order.name})
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={command}
NoNewPrivileges=yes

# File {order.name}.timer
[Unit]
Description=When annotations are pulled ({order.name})

[Timer]
{_when(order.times, zone)}
RandomizedDelaySec={order.jitter}s
AccuracySec=1s

[Install]
WantedBy=timers.target
"""


def quoted(argument: str) -> str:
    """The argument in double quotes, with nothing left that systemd would act on."""
    text = argument.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return '"' + "".join(each if each.isprintable() else _escaped(each) for each in text) + '"'


def _escaped(character: str) -> str:
    """As C writes it, byte by byte."""
    return "".join(f"\\x{byte:02x}" for byte in character.encode())


def _when(times: Times, zone: str) -> str:
    if not isinstance(times, Cron):
        return f"OnActiveSec=10s\nOnUnitActiveSec={times.seconds}s"
    weekdays = ",".join(_WEEKDAYS[day] for day in times.weekdays) + " " if len(times.weekdays) < 7 else ""
    days = ",".join(f"{day:02}" for day in times.days) if len(times.days) < 31 else "*"
    both = [("", days), (weekdays, "*")] if times.either else [(weekdays, days)]
    months = ",".join(f"{month:02}" for month in times.months) if len(times.months) < 12 else "*"
    hours = ",".join(f"{hour:02}" for hour in times.hours) if len(times.hours) < 24 else "*"
    minutes = ",".join(f"{minute:02}" for minute in times.minutes) if len(times.minutes) < 60 else "*"
    lines = [f"OnCalendar={week}*-{months}-{day} {hours}:{minutes}:00{zone}" for week, day in both]
    return "\n".join([*lines, "Persistent=true"])  # a moment that was slept through is made up for
