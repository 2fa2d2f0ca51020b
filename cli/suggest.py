"""Suggestions for a mistyped name, as recipes give them too."""

from ..schemas.suggest import closest, unknown

__all__ = ["closest", "unknown"]
