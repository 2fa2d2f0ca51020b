"""Times: tracks of boxes in films, ranges on a film's timeline, spans of sound; frame numbers to seconds.

A track (`videorectangle`) is a `sequence` of key frames, numbered from 1, places in percent. The player (the front
end's VideoRegion and VideoRectangleRegion, read at 1.23) shows a box from its first key frame on, moves it in a
straight line in each of x, y, width, height and rotation to the next, holds it after the last, and hides it after a
key frame with `enabled: false`, which itself is still shown. Every key frame is an object here, from its own time to
the next one's; with `--track-step` a box every so many seconds is, in between and after as the player draws it.
A timeline range (`timelinelabels`) has first and last frame. A span of sound has `start` and `end` in seconds.

A frame is shown from (number - 1) / rate on. The rate is that of the configuration's `<Video frameRate>`; else a key
frame's number / `time`, which the server writes; else `framesCount` / `duration`; else 24, the tag's default, said by
AN032. Known lie: it is the tag's rate, seldom the film's, that the numbers count by.
"""

from collections.abc import Iterable, Iterator
from math import floor, isfinite
from typing import Any, TypeGuard

from .label_studio_geometry import PlaceError, number
from .label_studio_regions import Region
from .label_studio_shapes import Entry, Moment

DEFAULT_RATE = 24.0
"""Frames a second where neither configuration nor export says it: the default of the `<Video>` tag."""

MOST_STEPS = 100_000
"""Boxes of one track with `--track-step`, at most."""

_ROUNDING = 1e-6
"""Frames: 29 steps of 0.04 s at 25 a second are 29 frames, whatever the last bit says."""

_SIDES = ("x", "y", "width", "height", "rotation")


def frame_rate(entries: Iterable[Entry]) -> float | None:
    """Frames a second as the entries about one film tell it; None where none does."""
    for entry in entries:
        for key in _frames(entry.value):
            at, time = key.get("frame"), key.get("time")
            if _positive(at) and _positive(time):
                return float(at) / float(time)
    for entry in entries:
        count, seconds = entry.value.get("framesCount"), entry.value.get("duration")
        if _positive(count) and _positive(seconds):
            return float(count) / float(seconds)
    return None


def _positive(given: Any) -> TypeGuard[float]:
    return isinstance(given, (int, float)) and not isinstance(given, bool) and 0 < given < 1e9


def _frames(value: dict[str, Any]) -> list[dict[str, Any]]:
    sequence = value.get("sequence")
    return [each for each in sequence if isinstance(each, dict)] if isinstance(sequence, list) else []


def duration(entry: Entry) -> float | None:
    """Seconds that the whole film or sound lasts, as an entry about it says."""
    raw = entry.raw if isinstance(entry.raw, dict) else {}
    given = entry.value.get("duration", raw.get("original_length", entry.value.get("original_length")))
    return float(given) if _positive(given) else None


def moments(region: Region, rate: float, step: float = 0.0) -> list[Moment]:
    """When a region is there; raises `PlaceError` (AN023, AN004) where it does not say."""
    value = region.first.value
    if region.shape == "track":
        return _track(value, rate, step, duration(region.first))
    if region.shape == "timeline":
        return list(_ranges(value, rate))
    start, end = number(value, "start"), number(value, "end")
    return [Moment(start, end, said=_channel(value))]


def _channel(value: dict[str, Any]) -> dict[str, Any]:
    return {"channel": value["channel"]} if value.get("channel") else {}


def _ranges(value: dict[str, Any], rate: float) -> Iterator[Moment]:
    given = value.get("ranges")
    if not isinstance(given, list) or not given:
        raise PlaceError("AN023", "ranges", "the timeline label has no ranges")
    for index, each in enumerate(given):
        if not isinstance(each, dict):
            raise PlaceError("AN004", "ranges", "a range is no object")
        first, last = number(each, "start"), number(each, "end")
        yield Moment((first - 1) / rate, last / rate, f"/value/ranges/{index}")


def _track(value: dict[str, Any], rate: float, step: float, whole: float | None) -> list[Moment]:
    keys: list[tuple[float, int, dict[str, Any]]] = []
    for index, each in enumerate(value.get("sequence") or []):
        if not isinstance(each, dict):
            raise PlaceError("AN004", "sequence", "a key frame is no object")
        keys.append((number(each, "frame"), index, each))
    if not keys:
        raise PlaceError("AN023", "sequence", "the track has no key frames")
    if not all(isfinite(frame) and abs(frame) < 1e9 for frame, _, _ in keys):
        raise PlaceError("AN003", "sequence", "the number of a key frame is no finite number")
    keys.sort(key=lambda key: key[:2])
    end = max(_last_frame(value), keys[-1][0]) if whole is None else max(whole * rate, keys[-1][0])
    return _steps(keys, rate, step, end) if step else _key_frames(keys, rate, end)


def _last_frame(value: dict[str, Any]) -> float:
    """The last frame of the film as a track says it, 0 where it does not."""
    count = value.get("framesCount")
    return float(count) if _positive(count) else 0.0


def _key_frames(keys: list[tuple[float, int, dict[str, Any]]], rate: float, end: float) -> list[Moment]:
    found: list[Moment] = []
    for place, (frame, index, each) in enumerate(keys):
        on = each.get("enabled") is not False
        last = (keys[place + 1][0] - 1 if place + 1 < len(keys) else end) if on else frame
        said = {"frame": frame} if on else {"frame": frame, "enabled": False}
        found.append(_moment(frame, max(last, frame), rate, index, each, said))
    return found


def _steps(keys: list[tuple[float, int, dict[str, Any]]], rate: float, step: float, end: float) -> list[Moment]:
    found: list[Moment] = []
    count = floor((end - keys[0][0]) / (rate * step) + _ROUNDING) + 1
    if count > MOST_STEPS:
        raise PlaceError("AN004", step, f"a box every {step:g} s makes {count} of this track: raise --track-step")
    place = 0
    for number_ in range(count):
        frame = keys[0][0] + floor(number_ * rate * step + _ROUNDING)
        while place + 1 < len(keys) and keys[place + 1][0] <= frame:
            place += 1
        at, index, each = keys[place]
        if each.get("enabled") is False and at != frame:
            continue
        after = keys[place + 1] if place + 1 < len(keys) else None
        shown = each if after is None or at == frame else _between(keys[place], after, frame)
        found.append(_moment(frame, frame, rate, index, shown, {"frame": frame}))
    return found


def _between(
    before: tuple[float, int, dict[str, Any]], after: tuple[float, int, dict[str, Any]], frame: float
) -> dict[str, float]:
    """The place on a frame between two key frames: a straight line, as the player draws it."""
    share = (frame - before[0]) / (after[0] - before[0])
    place: dict[str, float] = {}
    for side in _SIDES:
        default = 0.0 if side == "rotation" else None
        one, other = number(before[2], side, default), number(after[2], side, default)
        place[side] = one + (other - one) * share
    return place


def _moment(first: float, last: float, rate: float, index: int, each: dict[str, Any], said: dict[str, Any]) -> Moment:
    start, end = (first - 1) / rate, last / rate
    return Moment(start, end, f"/value/sequence/{index}", {side: each.get(side) for side in _SIDES}, said)
