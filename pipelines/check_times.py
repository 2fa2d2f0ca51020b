"""Checking what is in films and sounds: times that are times, and only where a task will ask for them.

A place in a film is no place in a picture: no trainer's boxes have a time. So where a task about places in pictures is
asked as well, what is in a film is left out (AN022), and the tasks that ask about times stand by themselves.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..converters.table import boxes, entries, numbers
from ..converters.templates.wordings import BOXLESS_TASKS, MEDIA_TASKS
from ..schemas.accounting import Accounting
from .job import Job
from .rejecting import Fault, reject_entries


def check_times(batch: pa.RecordBatch, job: Job, accounting: Accounting) -> pa.RecordBatch:
    """The batch without objects whose time is none, or that no task of the job can speak of."""
    timed = in_time(batch)
    if not timed.any():
        return batch
    start, end = (_seconds(batch, side) for side in ("start", "end"))
    finite = np.isfinite(start) & np.isfinite(end)
    asked = MEDIA_TASKS & set(job.tasks) and set(job.tasks) <= BOXLESS_TASKS
    unasked = not (asked or (not job.tasks and timed.all()))
    codes = np.select([timed & ~finite, timed & (end < start), timed & unasked], [1, 2, 3], 0)

    def why(place: int) -> Fault:
        value = [str(start[place]), str(end[place])] if codes[place] == 1 else [start[place], end[place]]
        return {
            1: Fault("AN003", value, "a time is no finite number"),
            2: Fault("AN004", value, "it ends before it begins"),
            3: Fault("AN022", value, f"only --task {','.join(sorted(MEDIA_TASKS))} says what is in a film or sound"),
        }[int(codes[place])]

    return reject_entries(batch, "objects", codes > 0, why, accounting)


def in_time(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    """For each object whether it is in a film or sound for some time."""
    return np.asarray(entries(batch, "objects", "start").is_valid().to_numpy(zero_copy_only=False))


def without_place(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    """For each object whether it is a span of a film or sound: it has a time, and no box at all."""
    return np.asarray(in_time(batch) & (boxes(batch) == 0).all(axis=1))


def only_points(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    """For each object whether it is key points outside any region: its box is that around them, and has no area."""
    points = entries(batch, "objects", "keypoints")
    found = np.zeros(len(points), np.bool_)
    if points.null_count == len(points):
        return found
    corners = boxes(batch)
    level = (corners[:, 0] == corners[:, 2]) | (corners[:, 1] == corners[:, 3])
    for at in np.flatnonzero(level & points.is_valid().to_numpy(zero_copy_only=False)).tolist():
        each = np.array(points[at].as_py(), np.float64)
        somewhere: NDArray[np.float64] = each[: len(each) // 3 * 3].reshape(-1, 3)
        somewhere = somewhere[somewhere[:, 2] > 0, :2]
        around = [*somewhere.min(axis=0), *somewhere.max(axis=0)] if len(somewhere) else None
        found[at] = around == corners[at].tolist()
    return found


def _seconds(batch: pa.RecordBatch, side: str) -> NDArray[np.float64]:
    held = entries(batch, "objects", side)
    return np.asarray(held.to_numpy(zero_copy_only=False)) if held.null_count else numbers(batch, "objects", side)
