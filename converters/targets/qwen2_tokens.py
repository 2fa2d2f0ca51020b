r"""How many tokens qwen-vl-finetune makes of a row, pictures included: exact with the extra `tokens`.

What the chat templates of Qwen2-VL, Qwen2.5-VL and Qwen3-VL build:

    <|im_start|>system\nYou are a helpful assistant.<|im_end|>\n      11 tokens, once; Qwen3-VL has none
    <|im_start|>ROLE\nCONTENT<|im_end|>\n                             3 tokens and those of "ROLE\nCONTENT", a turn

A picture is `<|vision_start|>`, a token for each merged patch of the resized picture, `<|vision_end|>`; text around
it is stripped. Text is NFC-normalised and encoded between control tokens by Qwen-VL's ranks, which all have.
"""

from collections.abc import Callable, Sequence
from unicodedata import normalize

import numpy as np
import pyarrow as pa

from .protocol import RenderOptions
from .qwen2_tags import CONTROL_PATTERN
from .qwen_finetune import Row, read_row
from .qwen_vl_tokens import SYSTEM, piece_counter
from .smart_resize import AROUND, picture_tokens, pixel_limits

AROUND_TURN = 3
"""Tokens of a turn beside its role and content: start mark, end mark, line break."""


def count_tokens(
    rows: Sequence[bytes],
    batch: pa.RecordBatch | None,
    options: RenderOptions,
    *,
    factor: int,
    default: tuple[int, int],
    system: int = SYSTEM,
) -> list[int]:
    """Tokens of each row; without the `batch` that they were rendered of, a picture counts as the largest there is."""
    piece = piece_counter()
    read = [read_row(row, number) for number, row in enumerate(rows)]
    limits = pixel_limits(options, default)
    shown = shown_tokens(batch, factor, limits) if batch is not None else _largest(read, factor, limits)
    return [
        system + taken + sum(_turn_tokens(turn.role, turn.value, piece) for turn in row.conversations)
        for row, taken in zip(read, shown, strict=True)
    ]


def shown_tokens(batch: pa.RecordBatch, factor: int, limits: tuple[int, int]) -> list[int]:
    """The tokens of each sample's pictures."""
    media = batch.column("media")
    held = media.flatten()
    sizes = np.stack([held.field(side).to_numpy().astype(np.float64) for side in ("width", "height")], axis=1)
    ends = np.concatenate([[0], np.cumsum(picture_tokens(sizes, factor, limits))])
    starts = media.offsets.to_numpy() - media.offsets[0].as_py()
    taken: list[int] = np.diff(ends[starts]).tolist()
    return taken


def _largest(rows: Sequence[Row], factor: int, limits: tuple[int, int]) -> list[int]:
    most = limits[1] // factor**2 + AROUND
    return [most * sum(turn.value.count("<image>") for turn in row.conversations) for row in rows]


def _turn_tokens(role: str, value: str, piece: Callable[[str], int]) -> int:
    if role != "human":
        return AROUND_TURN + text_tokens(f"assistant\n{value}", piece)
    head, *rest = (text.strip() for text in value.split("<image>"))
    return AROUND_TURN + text_tokens(f"user\n{head}", piece) + sum(text_tokens(text, piece) for text in rest)


def text_tokens(text: str, piece: Callable[[str], int]) -> int:
    """Tokens of a text in which control tokens may stand."""
    pieces = CONTROL_PATTERN.split(normalize("NFC", text))
    return len(pieces) - 1 + sum(map(piece, pieces))
