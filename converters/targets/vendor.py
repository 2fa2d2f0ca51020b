"""What services that tune behind an address refuse, drop or cut: pictures by their files, examples by their length.

Nobody is asked at training time, so everything that they would pass over in silence is refused here, by files that
can be read now. A picture that is not there (`--no-check-images`) is taken by its name.
"""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from ...schemas.conversation import BOX, IMAGE
from ..pictures.fault import PictureFault
from ..pictures.header import PictureFacts, read_facts
from .parts import Ints, Parts
from .pieces import flat, run_labels, run_starts, sample_of_parts
from .protocol import Refusal, RenderOptions

_BY_SUFFIX = {".jpg": "JPEG", ".jpeg": "JPEG", ".jpe": "JPEG", ".png": "PNG", ".webp": "WEBP"}

_BOX_BYTES = 80
"""Bytes of a box in JSON, without its label, and more."""


class Files(NamedTuple):
    """Which picture files a service takes: formats and colours by Pillow's words, and bytes at most; () is any."""

    formats: tuple[str, ...]
    bytes: int
    modes: tuple[str, ...] = ()


def picture_format(path: str, options: RenderOptions) -> str:
    """The format of a picture: by its bytes where it can be read, else by its name; "" where neither tells."""
    return _format(_facts(options.readable(path)), path)


def _format(facts: PictureFacts | None, path: str) -> str:
    return facts.format if facts else _BY_SUFFIX.get("." + path.rpartition(".")[2].lower(), "")


def refused_files(batch: pa.RecordBatch, options: RenderOptions, files: Files) -> list[Refusal]:
    """Samples with a picture that the service would pass over."""
    media = batch.column("media")
    sample = np.repeat(np.arange(len(batch)), np.diff(media.offsets.to_numpy())).tolist()
    paths = media.flatten().field("path").to_pylist()
    faults = {path: _file_fault(path, options, files) for path in set(paths)}
    return [Refusal(row, *fault) for row, path in zip(sample, paths, strict=True) if (fault := faults[path])]


def _file_fault(path: str, options: RenderOptions, files: Files) -> tuple[str, object, str] | None:
    facts = _facts(options.readable(path))
    kind, name = _format(facts, path), path.rpartition("/")[2]
    if kind not in files.formats:
        return "IM014", kind or name, f"{name}: the service takes {', '.join(files.formats)} alone"
    if facts and facts.bytes > files.bytes:
        return "IM017", facts.bytes, f"{name} has {facts.bytes} bytes, the service takes {files.bytes}"
    if facts and files.modes and facts.mode not in files.modes:
        return "IM006", facts.mode, f"{name} is {facts.mode}: the service takes {' and '.join(files.modes)} alone"
    return None


def _facts(place: Path) -> PictureFacts | None:
    """What the file says of itself; None where it is not there or no picture. Many samples are about one picture."""
    try:
        found = place.stat()
        return _facts_of(place, found.st_size, found.st_mtime_ns)
    except (PictureFault, OSError, ValueError):
        return None


@lru_cache(maxsize=1 << 12)
def _facts_of(place: Path, _size: int, _changed: int) -> PictureFacts:
    return read_facts(place)


def refused_pictures(batch: pa.RecordBatch, most: int) -> list[Refusal]:
    """Samples that show more pictures than the service takes; a picture counts as often as it is shown."""
    parts = Parts.of(batch)
    counts = np.bincount(sample_of_parts(parts)[parts.kind == IMAGE], minlength=len(batch))
    return [
        Refusal(row, "TG020", int(counts[row]), f"the sample shows {counts[row]} pictures, the service takes {most}")
        for row in np.flatnonzero(counts > most).tolist()
    ]


def shown_tokens(batch: pa.RecordBatch, tokens: Callable[[int, int], int]) -> list[int]:
    """What the pictures of every sample take, each as often as it is shown; `tokens` of a width and a height."""
    parts = Parts.of(batch)
    at = parts.kind == IMAGE
    sizes: list[list[int]] = parts.sizes[at].astype(np.int64).tolist()
    taken = [tokens(width, height) for width, height in sizes]
    held = np.bincount(sample_of_parts(parts)[at], weights=taken, minlength=len(batch))
    return [int(each) for each in held.tolist()]


def refused_length(
    batch: pa.RecordBatch,
    options: RenderOptions,
    most: int,
    pictures: Sequence[int],
    count: Callable[[pa.RecordBatch, RenderOptions], Sequence[int]],
    refused: Collection[int],
) -> list[Refusal]:
    """Samples whose tokens, by the upper bound that `count` gives, are more than the service reads.

    Only those that could be so are counted, by their bytes of text and the tokens that the `pictures` of every sample
    take at most; rows that are `refused` already are left alone.
    """
    bound = _bytes(batch) + np.array(pictures, np.int64)
    long = [row for row in np.flatnonzero(bound > most).tolist() if row not in refused]
    if not long:
        return []
    tokens = count(batch.take(pa.array(long, pa.int64())), options)
    said = "{} tokens (an upper bound), the service cuts at {}"
    return [
        Refusal(row, "TK007", held, said.format(held, most))
        for row, held in zip(long, tokens, strict=True)
        if held > most
    ]


def _bytes(batch: pa.RecordBatch) -> Ints:
    """What every sample's words come to at most, roughly, and never less than they are."""
    parts = flat(Parts.of(batch))
    of_text = np.array([0, *(2 * len(text.encode()) + 16 for text in parts.texts)], np.int64)
    at = np.flatnonzero(parts.kind == BOX)
    text = parts.text.copy()
    text[at] = run_labels(parts, at, run_starts(parts))
    lengths = of_text[text + 1] + _BOX_BYTES * (parts.kind == BOX) + 16 * (parts.kind == IMAGE)
    turns = 32 * np.diff(parts.turn_starts) + 256
    return np.asarray(np.bincount(sample_of_parts(parts), weights=lengths, minlength=len(batch)) + turns, np.int64)
