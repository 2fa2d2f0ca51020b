from typing import Any

from .base import BaseTrigger

class IntervalTrigger(BaseTrigger):
    def __init__(self, **fields: Any) -> None: ...
