"""The truth as a target: the conversation table itself, a row a sample, before any trainer's tags.

Also keeps the batches, so that `make_data.py` can count tokens of the very samples that were written.
"""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from mmdata.converters.targets.protocol import PLAIN, Refusal, RenderOptions

NAME = "table"
SUMMARY = FRAME = LIMITS = "the conversation table as JSON Lines, for tests"
RESERVED = ()
CARRIES_QUADS = True
FORM = "jsonl"
PIXELS = None

BATCHES: list[pa.RecordBatch] = []


def reserved_in(text: str) -> str | None:
    """Nothing is reserved."""
    return None


def blunt(text: str) -> str:
    """The text as it is."""
    return text


def refuse(batch: pa.RecordBatch, options: RenderOptions) -> list[Refusal]:
    """Everything is carried."""
    return []


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """A sample as plain data."""
    BATCHES.append(batch)
    return [json.dumps(_plain(sample)).encode() for sample in batch.to_pylist()]


def _plain(sample: dict[str, Any]) -> dict[str, Any]:
    turns = [{"role": turn["role"], "parts": [_part(part) for part in turn["parts"]]} for turn in sample["turns"]]
    return {"id": sample["id"], "media": sample["media"], "turns": turns}


def _part(part: dict[str, Any]) -> dict[str, Any]:
    said = {"kind": part["kind"], "text": part["text"], "media": part["media"], "quad": part["quad"]}
    return said | {"box": [part[side] for side in ("x1", "y1", "x2", "y2")]}


def count_tokens(
    rows: Sequence[bytes], batch: pa.RecordBatch | None = None, options: RenderOptions = PLAIN
) -> list[int]:
    """Nothing is counted."""
    return [0] * len(rows)


def token_basis() -> str:
    """Nothing is counted."""
    return "nothing"
