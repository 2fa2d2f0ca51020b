"""Counting: what rendering some batches of one part would come to, were no sample too long; no row is made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...converters.targets import load_target
from ...converters.targets.protocol import Refusal, RenderOptions, Target
from ...schemas.accounting import Accounting
from ..samples import Maker
from .account import Account, account_of
from .render import RenderPart, made_of

if TYPE_CHECKING:
    from ..progress import Progress


@dataclass(frozen=True)
class Counted:
    """The accounting, and of how many records of each split there would be a sample."""

    account: Account
    records: NDArray[np.int64]


class _RowLess:
    """A target that refuses what it refuses, and whose rows are empty."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.ONE_ROUND = getattr(target, "ONE_ROUND", False)
        self.ONE_ANSWER = getattr(target, "ONE_ANSWER", False)

    def refuse(self, batch: pa.RecordBatch, options: RenderOptions) -> Sequence[Refusal]:
        """What the target itself would not take."""
        return self.target.refuse(batch, options)

    def render(self, batch: pa.RecordBatch, _options: RenderOptions) -> list[bytes]:
        """A row of nothing for every sample."""
        return [b""] * len(batch)


def count(part: RenderPart, progress: "Progress") -> Counted:
    """Count the samples of some batches, and everything that would not be in one."""
    accounting = Accounting(names=part.job.shown)
    options = replace(part.options, readable=part.place.staged_source)
    target = cast("Target", _RowLess(load_target(part.job.target)))
    maker = Maker(target, part.tasks, part.asking, options, accounting)
    records = np.zeros(len(part.job.split), np.int64)
    for some in made_of(part, maker, progress):
        there = np.zeros(len(some.split), np.bool_)
        for made in some.rows:
            there[made.record] = True
        if not some.time:
            records += np.bincount(some.split[there], minlength=len(records))
    return Counted(account_of(accounting), records)
