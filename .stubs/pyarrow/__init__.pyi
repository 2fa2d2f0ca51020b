# pyarrow ships no types, and makes much of itself as it is imported: to type checkers everything in it is Any.
from typing import Any

def __getattr__(name: str) -> Any: ...
