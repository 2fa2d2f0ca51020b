"""Boxes that were found in a row's text, back to pixels of the upright pictures."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...schemas import grid
from ...schemas.box import Box, hull
from ...schemas.errors import InputError
from .protocol import Decoded

Steps = Callable[[NDArray[np.float64]], NDArray[np.int64]]
"""(n, 2) sizes of pictures to the number of cells that each side has."""


class Found(NamedTuple):
    """A point (2 numbers), box (4) or quad (8) of a text, in the target's grid; `picture` from 0."""

    label: str | None
    picture: int
    numbers: tuple[int, ...]


R = TypeVar("R")


def decoded_row(decoder: msgspec.json.Decoder[R], row: bytes, number: int) -> R:
    """A rendered row as its target decodes it; `InputError` where it is none of these."""
    try:
        return decoder.decode(row)
    except msgspec.DecodeError as error:
        raise InputError(f"row {number}", f"{error}: {row[:80]!r}", "Give rows of this target's file.") from error


def in_pixels(found: Sequence[Found], sizes: Sequence[tuple[int, int]], steps: Steps) -> list[Decoded]:
    """Every box in pixels, quads with their hull; `InputError` where one lies on a picture that is not there."""
    if not found:
        return []
    of_box = np.array([_size(each, sizes) for each in found], np.float64)
    cells = steps(of_box)
    decoded: list[Decoded] = []
    for each, size, cut in zip(found, of_box, cells, strict=True):
        points = np.array(each.numbers, np.int64).reshape(-1, 2)
        corners = grid.decode(points, size, steps=cut).ravel().tolist()
        if len(corners) == 2:
            decoded.append(Decoded(each.label, Box(*corners, *corners), each.picture, point=True))
        elif len(corners) == 4:
            decoded.append(Decoded(each.label, Box(*corners), each.picture))
        else:
            decoded.append(Decoded(each.label, hull(corners), each.picture, corners))
    return decoded


def thousandths(sizes: NDArray[np.float64]) -> NDArray[np.int64]:
    """A thousand cells a side, whatever the size."""
    return np.full(sizes.shape, 1000, np.int64)


def _size(found: Found, sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    if 0 <= found.picture < len(sizes):
        return sizes[found.picture]
    raise InputError(
        f"a box of the row, {found.numbers}",
        f"it lies on picture {found.picture + 1} of {len(sizes)}",
        "Show the picture before the box, and give the size of every picture shown.",
    )


def said_in(row: dict[str, Any], turns: str, role: str, text: str) -> list[tuple[str, str]]:
    """Who says what in a row whose list of turns is `turns`; `InputError` where that is not what the row has."""
    held = row.get(turns)
    if not isinstance(held, list) or not all(
        isinstance(turn, dict) and isinstance(turn.get(text), str) for turn in held
    ):
        raise InputError(
            f"row {row.get('id')!r}: /{turns}",
            f"{held!r:.80} is not a list of turns with a text {text!r} each",
            "Give a row as mmdata writes it.",
        )
    return [(str(turn.get(role, "")), turn[text]) for turn in held]
