"""How far one stage is, how fast it goes, and whether it is time to say so again."""

from collections.abc import Callable


class StageProgress:
    """A stage from its start on. `total` are its steps, None where nobody knows; `every` the seconds between two words
    about it, at least.
    """

    def __init__(self, stage: str, total: int | None, every: float, clock: Callable[[], float]) -> None:
        self.stage, self.total, self.done = stage, total, 0
        self._every, self._clock = every, clock
        self._began = self._said = clock()

    def advance(self, count: int) -> bool:
        """That many more steps are done; whether it is to be said how far it is."""
        self.done += count
        now = self._clock()
        if now - self._said < self._every:
            return False
        self._said = now
        return True

    @property
    def mentioned(self) -> bool:
        """Whether it was time to say something of it since it began."""
        return self._said > self._began

    @property
    def seconds(self) -> float:
        """Since it began."""
        return self._clock() - self._began

    @property
    def rate(self) -> float | None:
        """Steps a second; None before any time has gone by."""
        seconds = self.seconds
        return self.done / seconds if seconds > 0 else None

    @property
    def left(self) -> float | None:
        """Seconds that the rest will take at that rate; None where nobody knows."""
        rate = self.rate
        return max(self.total - self.done, 0) / rate if self.total and rate else None
