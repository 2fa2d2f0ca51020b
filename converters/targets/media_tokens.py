"""An upper bound of the tokens that a sample's films and sounds take, beside its pictures, which are counted exactly.

Films: ms-swift (through qwen-vl-utils 0.0.14, vision_process.py) and LLaMA-Factory (mm_plugin.py) take two frames a
second, at least four and at most so many, and two frames together are one grid of tokens. Sounds: 25 tokens a second
(Qwen2-Audio, Qwen2.5-Omni: 16 kHz, a frame of 10 ms, four of them a token; transformers, processing_qwen2_audio.py). A
film whose duration is not known counts as the longest, a sound as half a minute, which is what Whisper's encoder takes
at once.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from ...schemas.conversation import AUDIO, IMAGE, KINDS, VIDEO
from .messages import Row
from .smart_resize import picture_tokens

FRAMES_A_SECOND, TOKENS_A_SECOND, UNKNOWN_SOUND = 2, 25, 30.0

AROUND_FRAMES = 14
"""Tokens around a pair of frames: Qwen3-VL says the second in words before each, and marks where it begins and ends."""


FEWEST_FRAMES = 4
"""Of a short film (qwen-vl-utils, FPS_MIN_FRAMES)."""


class FilmLimits(NamedTuple):
    """At most so many `frames` of a film, and so many `tokens` a pair of them."""

    frames: int
    tokens: int


SWIFT_FILMS = FilmLimits(frames=768, tokens=768)
"""qwen-vl-utils: FPS_MAX_FRAMES and VIDEO_MAX_TOKEN_NUM, unless its environment says otherwise."""

LLAMA_FACTORY_FILMS = FilmLimits(frames=128, tokens=64 + 32)
"""`video_maxlen`, and `video_max_pixels` 256² in patches of 32 with sides rounded up (data_args.py)."""


def media_tokens(batch: pa.RecordBatch, factor: int, limits: tuple[int, int], films: FilmLimits) -> list[int]:
    """The tokens of each sample's media: pictures as `picture_tokens` counts them, films and sounds at most."""
    media = batch.column("media")
    held = media.flatten()
    sizes = np.stack([held.field(side).to_numpy().astype(np.float64) for side in ("width", "height")], axis=1)
    taken = picture_tokens(sizes, factor, limits)
    kinds = held.field("kind").to_pylist()
    for at, kind in enumerate(kinds):
        if kind != KINDS[IMAGE]:
            taken[at] = _of_film_or_sound(kind, held.field("duration")[at].as_py(), films)
    ends = np.concatenate([[0], np.cumsum(taken)])
    tokens: list[int] = np.diff(ends[media.offsets.to_numpy() - media.offsets[0].as_py()]).tolist()
    return tokens


def most_tokens(row: Row, picture: int, films: FilmLimits) -> int:
    """The most tokens that a row's media can take where nothing is known of them but `picture`, that of a picture."""
    film, sound = (_of_film_or_sound(KINDS[kind], None, films) for kind in (VIDEO, AUDIO))
    return picture * len(row.images) + film * len(row.videos) + sound * len(row.audios)


def _of_film_or_sound(kind: str, seconds: float | None, films: FilmLimits) -> int:
    if kind == KINDS[AUDIO]:
        return int(TOKENS_A_SECOND * (UNKNOWN_SOUND if seconds is None else seconds)) + 3
    frames = films.frames if seconds is None else min(films.frames, int(FRAMES_A_SECOND * seconds) + 2)
    frames = max(frames, FEWEST_FRAMES)
    return (frames + 1) // 2 * (films.tokens + AROUND_FRAMES)
