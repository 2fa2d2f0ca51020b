"""What a target module must have: a few names and four functions, no class, no base."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import pyarrow as pa

from ...schemas.box import Box
from ...schemas.grid import Rounding


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What a user may choose about the rendering, whatever the target.

    `rounding` is how pixels go to the grid; `image_root`, when not empty, is the absolute folder that emitted paths
    are relative to.
    """

    rounding: Rounding = "nearest"
    image_root: str = ""


class Refusal(NamedTuple):
    """A sample that the target cannot carry: its row in the batch, the rule, the offending value, what is wrong."""

    row: int
    code: str
    value: object
    message: str


class Decoded(NamedTuple):
    """One box read back from a row: its words (None when it has none), pixels, which picture (from 0), its corners."""

    label: str | None
    box: Box
    media: int
    quad: list[float] | None = None


class Target(Protocol):
    """A module that writes for one trainer.

    Its docstring states the file, the tags, the box convention and the limits, each with its source.
    """

    NAME: str
    """The name on the command line."""
    SUMMARY: str
    """One line for `mmdata targets`: which trainer reads it."""
    FRAME: str
    """One line: the grid, its range and the default rounding."""
    LIMITS: str
    """One line: what is too long, too many, not carried."""
    RESERVED: tuple[str, ...]
    """Strings that become control tokens wherever they stand in text."""
    CARRIES_QUADS: bool
    """Whether the tags can say four corners."""
    SUFFIX: str
    """The file's ending."""

    def reserved_in(self, text: str) -> str | None:
        """The first control token that stands in a text as this trainer reads it, or None."""
        ...

    def blunt(self, text: str) -> str:
        """The text with every control token broken, still readable."""
        ...

    def refuse(self, batch: pa.RecordBatch, options: RenderOptions) -> list[Refusal]:
        """The samples of a conversation batch that must not be written, each with its rule."""
        ...

    def render(self, batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
        """One row a sample, ready to be joined into a file: ASCII JSON without a line break."""
        ...

    def count_tokens(self, rows: Sequence[bytes]) -> list[int]:
        """How many tokens the trainer will see in each rendered row, its pictures included.

        Exact with the extra `tokens`, an upper bound without; `token_basis` says which.
        """
        ...

    def token_basis(self) -> str:
        """One line: the tokenizer that counts, or the bound that is used instead."""
        ...

    def decode(self, row: dict[str, Any], sizes: Sequence[tuple[int, int]]) -> list[Decoded]:
        """The boxes of one row in pixels; `sizes` are the upright (width, height) of its pictures in order."""
        ...
