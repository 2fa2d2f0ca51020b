from collections.abc import Sequence

from .base import BaseTrigger

class OrTrigger(BaseTrigger):
    def __init__(self, triggers: Sequence[BaseTrigger]) -> None: ...
