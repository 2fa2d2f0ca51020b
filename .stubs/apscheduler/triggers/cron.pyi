from typing import Any

from .base import BaseTrigger

class CronTrigger(BaseTrigger):
    def __init__(self, **fields: Any) -> None: ...
