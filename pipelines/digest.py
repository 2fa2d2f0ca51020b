"""One hash for a value made of plain ones: what a stage's result depends on."""

from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from hashlib import blake2b
from typing import Any

import numpy as np


def digest(*values: object) -> str:
    """32 hex digits that are the same for equal values, in every run and on every machine.

    Values may be dataclasses, mappings, sequences, sets, arrays, texts, bytes, numbers, paths and None, as deep as
    wanted; the order of a mapping and of a set does not matter.
    """
    state = blake2b(digest_size=16)
    for value in values:
        _feed(state, value)
    return state.hexdigest()


def _feed(state: Any, value: Any) -> None:
    """Every value begins with its kind and its length, so that no two run into each other."""
    if is_dataclass(value):
        named = {each.name: getattr(value, each.name) for each in fields(value)}
        _feed(state, (type(value).__qualname__, named))
    elif isinstance(value, Mapping):
        held: Mapping[Any, Any] = value
        state.update(b"m")
        _feed(state, sorted((_own(key), _own(each)) for key, each in held.items()))
    elif isinstance(value, Set):
        mine: Set[Any] = value
        state.update(b"u")
        _feed(state, sorted(map(_own, mine)))
    elif isinstance(value, np.ndarray):
        state.update(f"a{value.dtype.str}{value.shape};".encode())
        state.update(np.ascontiguousarray(value).data)
    elif isinstance(value, (list, tuple)):
        items: list[Any] | tuple[Any, ...] = value
        state.update(f"l{len(items)};".encode())
        for each in items:
            _feed(state, each)
    elif isinstance(value, bytes):
        state.update(f"b{len(value)};".encode())
        state.update(value)
    else:
        said = f"{type(value).__name__}:{value}".encode("utf-8", "surrogatepass")
        state.update(f"s{len(said)};".encode())
        state.update(said)


def _own(value: object) -> str:
    return digest(value)
