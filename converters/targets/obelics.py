"""OBELICS (huggingface/OBELICS): documents as two lists of one length, at every index a picture or a text.

File: JSON Lines. `images` and `texts` have null where the other has something, in reading order; `metadata` and
`general_metadata` are JSON *as text*, as there. Pictures are paths here, addresses there. Source: the data set's card;
HuggingFaceM4 reads both lists side by side and asserts that exactly one is not null.
A conversation becomes a document without saying who speaks: a text a turn, pictures where they stood; whose turn each
entry was stands in `general_metadata` alone, which trainers do not show the model.
Boxes: none; samples with boxes are refused (TG020). Films and sounds have no place.
Silent there: the trainer joins texts that follow each other with a blank line and puts its own token for a picture;
a text that spells that token would be one. `<image>` and `<fake_token_around_image>` are refused.
"""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from ...schemas.errors import InputError
from .carried import refused_words
from .paths import emitted_path
from .protocol import PLAIN, Decoded, Refusal, RenderOptions
from .sequence import Picture, Sample, refused_sequences, sequences

NAME = "obelics"
SUMMARY = "OBELICS: JSON Lines of documents, images and texts of one length, in reading order"
FRAME = "no boxes"
LIMITS = "no boxes, films or sounds; of a conversation it is not said who speaks"
CARRIES_QUADS = False
CARRIES_BOXES = False
FORM = "jsonl"
READS_ZSTD = True
PIXELS = None
RESERVED = ("<image>", "<fake_token_around_image>", "<end_of_utterance>")
"""Tokens that IDEFICS' processor puts around pictures and turns."""

PICTURE = 66
"""Tokens of a picture: 64 of IDEFICS' resampler and one on either side."""


def reserved_in(text: str) -> str | None:
    """The first token of IDEFICS in a text, or None."""
    found = [(at, token) for token in RESERVED if (at := text.find(token)) >= 0]
    return min(found)[1] if found else None


def blunt(text: str) -> str:
    """`text` with a space after the bracket of every such token."""
    for token in RESERVED:
        text = text.replace(token, f"< {token[1:]}")
    return text


def refuse(batch: pa.RecordBatch, _options: RenderOptions) -> list[Refusal]:
    """Samples with what has no place in a document of texts and pictures."""
    return refused_sequences(batch) + refused_words(batch, reserved_in)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    return [_row(sample, options.image_root) for sample in sequences(batch)]


def _row(sample: Sample, root: str) -> bytes:
    pieces = [piece for turn in sample.turns for piece in turn.pieces]
    shown = [emitted_path(piece.path, root) if isinstance(piece, Picture) else None for piece in pieces]
    metadata = [
        {"src": path, "original_width": piece.width, "original_height": piece.height}
        if isinstance(piece, Picture)
        else None
        for piece, path in zip(pieces, shown, strict=True)
    ]
    general = {"id": sample.id, "turns": [[turn.role, len(turn.pieces)] for turn in sample.turns]}
    row = {
        "images": shown,
        "texts": [piece if isinstance(piece, str) else None for piece in pieces],
        "metadata": json.dumps(metadata, separators=(",", ":")),
        "general_metadata": json.dumps(general, separators=(",", ":")),
    }
    return json.dumps(row, separators=(",", ":")).encode()


def decode(_row: dict[str, Any], _sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """No boxes: there are none in a document."""
    return []


def pictures(row: dict[str, Any]) -> list[str]:
    """The pictures that a row shows, in order, as it names them."""
    return [each for each in row.get("images") or [] if each is not None]


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Who said what before it was a document; one document where the row does not say. Raises `InputError`."""
    texts = row.get("texts")
    if not isinstance(texts, list):
        raise InputError("row: /texts", f"{texts!r:.80} is no list", "Give a row as mmdata writes it.")
    try:
        said = json.loads(row["general_metadata"])["turns"]
        sizes = [(str(role), int(size)) for role, size in said]
    except (KeyError, TypeError, ValueError):
        sizes = [("document", len(texts))]
    found: list[tuple[str, str]] = []
    start = 0
    for role, size in sizes:
        found.append((role, "".join(text for text in texts[start : start + size] if text is not None)))
        start += size
    return found


def count_tokens(
    rows: Sequence[bytes], _batch: pa.RecordBatch | None = None, _options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row: a token a byte of UTF-8, two between texts, pictures as IDEFICS has."""
    counts: list[int] = []
    for line in rows:
        row = json.loads(line)
        texts = [text for text in row["texts"] if text is not None]
        counts.append(2 + sum(len(text.encode()) + 2 for text in texts) + PICTURE * len(pictures(row)))
    return counts


def token_basis() -> str:
    """One line: the bound that is used."""
    return f"upper bound, a token a byte of UTF-8, {PICTURE} a picture as IDEFICS has it"
