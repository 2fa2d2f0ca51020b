"""What a target module must have: a few names and functions, no class, no base."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import pyarrow as pa

from ...schemas.box import Box
from ...schemas.grid import Rounding


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What a user may choose about the rendering, whatever the target.

    `rounding` is how pixels go to the grid; `image_root`, when not empty, is the absolute folder that emitted paths
    are relative to; `min_pixels` and `max_pixels` are the area within which the trainer resizes pictures, None what
    the trainer does unasked. `own` is an instance of the target's own `Options`, None where it has none or nothing was
    chosen; a target reads it by `own_options`. `labels` are the labels of all objects of the source, in order, where
    they are known; `roots` are folders of pictures, absolute and ending with `/`, each with what stands for it in an
    address; `readable` says where a picture of that path can be read now (one of OUT is still staged).
    """

    rounding: Rounding = "nearest"
    image_root: str = ""
    min_pixels: int | None = None
    max_pixels: int | None = None
    own: Any = None
    labels: tuple[str, ...] = ()
    roots: tuple[tuple[str, str], ...] = ()
    readable: Callable[[str], Path] = Path


_T = TypeVar("_T")


def own_options(options: RenderOptions, kind: type[_T]) -> _T:
    """What was chosen of a target's own `Options` (`kind`); its defaults where nothing was."""
    return options.own if isinstance(options.own, kind) else kind()


PLAIN = RenderOptions()
"""Nothing chosen."""


class Refusal(NamedTuple):
    """A sample that the target cannot carry: its row in the batch, the rule, the offending value, what is wrong."""

    row: int
    code: str
    value: object
    message: str


class Decoded(NamedTuple):
    """One box read back from a row: its words (None when it has none), pixels, which picture (from 0), its corners.

    A `point` is a box whose corners are one.
    """

    label: str | None
    box: Box
    media: int
    quad: list[float] | None = None
    point: bool = False


class Remark(NamedTuple):
    """What is wrong with a finished whole that is written all the same: the rule, where in OUT, the value, in words."""

    code: str
    path: str
    value: object
    message: str


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
    CARRIES_BOXES: bool
    """Whether boxes can be said at all; where not, samples with boxes are refused. May be missing, which is True."""
    FORM: str
    """The form of the files, by its name in `mmdata.pipelines.shards.FORMS`: `json` for one JSON list a split, `jsonl`
    for a row a line, `jsonl-led` where the reader goes by the first rows, `parquet`, … In forms that hold bytes,
    `{"$file": path}` in a row stands for those of a file."""
    READS_ZSTD: bool
    """Whether the reader takes JSON Lines that are compressed as a whole. May be missing, which is: it does not."""
    CUTS_AT: int
    """Tokens beyond which the trainer cuts in silence unless it is told otherwise, where no script of OUT/job tells it.

    May be missing, which is: it does not, or the script asks. Without --max-length, samples over it are remarked.
    """
    PIXELS: tuple[int, int] | None
    """The trainer's own least and most pixels of a resized picture; None: it resizes by no such setting.

    May be missing, which is None.
    """
    FACTOR: int
    """What the sides of a resized picture are multiples of, by `smart_resize` within `PIXELS`.

    May be missing, which is that it is not known, or that the trainer resizes otherwise.
    """
    ONE_ROUND: bool
    """Whether every question that a task asks should be a sample of its own: the trainer takes, or learns, one a time.

    May be missing, which is False. Conversations that were there already stay whole.
    """
    ONE_ANSWER: bool
    """Whether the last answer alone is trained: then every answer of a conversation is the last of a sample of its own.

    May be missing, which is False.
    """
    Options: type
    """A frozen dataclass of `converters.options.option`s that only this target has. May be missing, which is none.

    They are options of `mmdata convert` with `--to` this target, and come back as `RenderOptions.own`; values are what
    JSON holds, or paths. `__post_init__` may raise `ConfigError` naming the flag. Names are none of a source's.
    """

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

    def count_tokens(
        self, rows: Sequence[bytes], batch: pa.RecordBatch | None = None, options: RenderOptions = PLAIN
    ) -> list[int]:
        """How many tokens the trainer will see in each rendered row, its pictures included.

        Exact with the extra `tokens`, an upper bound without; `token_basis` says which. `batch` is what the rows were
        rendered of: where the sizes of pictures matter and it is not given, each counts as the largest there can be.
        """
        ...

    def token_basis(self) -> str:
        """One line: the tokenizer that counts, or the bound that is used instead."""
        ...

    def decode(
        self, row: dict[str, Any], sizes: Sequence[tuple[int, int]], options: RenderOptions = PLAIN
    ) -> list[Decoded]:
        """The boxes of one row in pixels; `sizes` are the upright (width, height) of its pictures in order.

        `options` are those with which the row was rendered.
        """
        ...

    def pictures(self, row: dict[str, Any]) -> list[str]:
        """The pictures that a row shows, in order, as it names them."""
        ...

    def turns(self, row: dict[str, Any]) -> list[tuple[str, str]]:
        """Who says what in a row, in order, by the names that the row has for them."""
        ...

    def beside(self, manifest: Mapping[str, Any]) -> Mapping[str, bytes]:
        """What the trainer wants beside the data: files by their name in OUT. May be missing, which is nothing."""
        ...

    def columns(self, options: RenderOptions) -> pa.Schema:
        """The columns of the rows, for forms whose files have typed ones (`parquet`). Needed for those alone."""
        ...

    def remarks(self, manifest: Mapping[str, Any]) -> Iterable[Remark]:
        """What the trainer will not take of the whole: too many samples, too large a file. May be missing: nothing."""
        ...

    def embedded(self, row: dict[str, Any]) -> list[bytes]:
        """The bytes of the pictures of a row that was read back, in order. Needed where the form holds bytes."""
        ...
