"""Amounts as people write them: bytes of a file, how much may be left out."""

from ..schemas.errors import ConfigError
from .job import Limit

_UNITS = {
    "": 1,
    "b": 1,
    **{f"{unit}{b}": 1000**power for power, unit in enumerate("kmgt", 1) for b in ("", "b")},
    **{f"{unit}ib": 1024**power for power, unit in enumerate("kmgt", 1)},
}


def parse_limit(value: str) -> Limit:
    """A number of things, or a percentage of those read: `100`, `1%`, `0`."""
    number, percent, rest = value.strip().partition("%")
    try:
        amount = float(number) / 100 if percent else int(number)
    except ValueError:
        amount = -1
    if amount < 0 or rest or (percent and not amount <= 1):
        raise ConfigError("--max-rejected", f"{value!r} is no number and no percentage", "Write 100, 1% or 0.")
    return Limit(share=amount) if percent else Limit(share=None, count=int(amount))


def parse_size(value: str) -> int:
    """Bytes: `512MB`, `1GiB`, `100000`."""
    number = value.strip().rstrip("BKMGTbkmgti")
    factor = _UNITS.get(value.strip()[len(number) :].lower())
    try:
        size = int(float(number) * (factor or 0))
    except (ValueError, OverflowError):
        size = 0
    if size < 1:
        raise ConfigError("--max-shard-size", f"{value!r} is no size", "Write 512MB, 1GiB or a number of bytes.")
    return size
