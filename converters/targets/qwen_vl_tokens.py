r"""How many tokens finetune.py makes of a Qwen-VL row: exact with the extra `tokens`, a stated upper bound without.

What `preprocess` in QwenLM/Qwen-VL finetune.py builds, before it pads or cuts to `model_max_length`:

    <|im_start|>system\nYou are a helpful assistant.<|im_end|>\n      11 tokens, once
    <|im_start|>ROLE\nVALUE<|im_end|>\n                               5 tokens and those of VALUE, a turn

A first turn that is not the user's is dropped there, so it is not counted here. VALUE is NFC-normalised, then split
at the control tokens, one token each; the pieces between are encoded each by itself. A picture, `<img>` to `</img>`,
fills 258 positions whatever its path. A well-formed box or quad needs no tokenizer: digits are single tokens, and
`),(` is one, so a box takes its digits and 7 (checked against the vocabulary by a test).

The tokenizer is built of public parts: tiktoken's byte-pair encoder, the ranks in the `dashscope` package's
`resources/qwen.tiktoken`, and the splitting pattern of tokenization_qwen.py. The bound takes a token a byte of UTF-8
for the pieces between: no token stands for less than a byte.

Rows that the trainer refuses (a picture that is not closed, a role it does not know) are counted as if it did not.
"""

import base64
import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

import msgspec
import pyarrow as pa

from ...schemas.errors import ConfigError, InputError
from .protocol import PLAIN, RenderOptions
from .qwen_vl_tags import RESERVED, RESERVED_PATTERN

if TYPE_CHECKING:
    from tiktoken import Encoding

PICTURE = 258
"""Positions of one picture: 256 for the path's bytes and pads, and its two tags (tokenization_qwen.py)."""

SYSTEM = 11
"""Tokens of the fixed system turn."""

TURN = 5
"""Tokens of a turn around its value: start mark, role, line break, end mark, line break."""

RANKS = 151_643
"""Entries of the vocabulary; the control tokens follow from this id on, in the order of `RESERVED`."""

LONGEST_PIECE = 100_000
"""Characters of text without a tag beyond which its bytes are taken: tiktoken itself overflows its stack on some."""

PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""How text is cut before encoding (`PAT_STR` of tokenization_qwen.py)."""

_PICTURE = re.compile("<img>.*?</img>", re.DOTALL)
_POINT = r"\([0-9]+,[0-9]+\)"
_BOX = re.compile(f"<box>{_POINT},{_POINT}</box>")
_QUAD = re.compile(f"<quad>{_POINT}(?:,{_POINT}){{3}}</quad>")
_BOX_SPARED = 7  # of a box's characters beyond its opening tag: </box> is 6 for 1, and ),( is 3 for 1
_QUAD_SPARED = 12  # </quad> is 7 for 1, and ),( three times

_INSTALL = "pip install 'mmdata[tokens]'"


class _Turn(msgspec.Struct):
    role: str = msgspec.field(name="from")
    value: str


class _Row(msgspec.Struct):
    conversations: list[_Turn]


_read = msgspec.json.Decoder(_Row).decode


def count_tokens(
    rows: Sequence[bytes], _batch: pa.RecordBatch | None = None, _options: RenderOptions = PLAIN
) -> list[int]:
    """How many tokens the trainer sees in each rendered row, pictures included; `token_basis` says how it is known.

    A picture takes the same number whatever its size.

    Raises `InputError` for a row that is not JSON of Qwen-VL's form.
    """
    piece = piece_counter()
    return [_row_tokens(row, number, piece) for number, row in enumerate(rows)]


def bound_tokens(rows: Sequence[bytes]) -> list[int]:
    """An upper bound of `count_tokens` that needs no vocabulary: bytes of UTF-8 between the tags, the rest exact.

    Raises `InputError` as `count_tokens` does.
    """
    return [_row_tokens(row, number, _bytes_of) for number, row in enumerate(rows)]


def token_basis() -> str:
    """One line: the tokenizer that counts, or the bound that is used instead and what would make it exact."""
    return text_basis("Qwen-VL", f"{PICTURE} tokens a picture")


def text_basis(model: str, pictures: str) -> str:
    """The basis of a model with these ranks; `pictures` says how many tokens a picture is counted as."""
    if missing := _missing():
        return f"upper bound, a token a byte of UTF-8 between tags ({missing} is not installed: {_INSTALL})"
    versions = f"tiktoken {version('tiktoken')}, ranks of dashscope {version('dashscope')}"
    return f"exact, {model}'s tokenizer ({versions}), {pictures}"


def piece_counter() -> Callable[[str], int]:
    """What counts the tokens of a text without control tokens: exact with the extra `tokens`, else its bytes.

    Qwen2's tokenizer and those after it have the same ranks and the same splitting pattern.
    """
    return _bytes_of if _missing() else _encoded


@cache
def encoding() -> "Encoding":
    """Qwen-VL's tokenizer, loaded once (0.3 s). Needs the extra `tokens`.

    Raises `ConfigError` when the ranks are not those of Qwen-VL, and `ImportError` without tiktoken.
    """
    from tiktoken import Encoding

    ranks = _ranks()
    control_ids = {text: identity for identity, text in enumerate(RESERVED, start=RANKS)}
    return Encoding("Qwen-VL", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens=control_ids)


def _row_tokens(row: bytes, number: int, piece: Callable[[str], int]) -> int:
    try:
        turns = _read(row).conversations
    except msgspec.DecodeError as error:
        raise InputError(
            f"row {number}", f"{error}: {row[:80]!r}", "Give rows of a Qwen-VL file, one JSON object each."
        ) from error
    if turns and turns[0].role != "user":
        del turns[0]
    return SYSTEM + sum(TURN + _text_tokens(turn.value, piece) for turn in turns)


def _text_tokens(text: str, piece: Callable[[str], int]) -> int:
    """Tokens of one turn's value. Pictures and boxes are counted by what falls away when only one tag of each stays."""
    text, pictures = _PICTURE.subn("<img>", normalize("NFC", text))
    without_boxes, boxes = _BOX.subn("<box>", text)
    without_quads, quads = _QUAD.subn("<quad>", without_boxes)
    pieces = RESERVED_PATTERN.split(without_quads)
    return (
        (PICTURE - 1) * pictures
        + (len(text) - len(without_boxes) - _BOX_SPARED * boxes)
        + (len(without_boxes) - len(without_quads) - _QUAD_SPARED * quads)
        + (len(pieces) - 1)
        + sum(map(piece, pieces))
    )


@lru_cache(maxsize=1 << 16)
def _encoded(piece: str) -> int:
    """Tokens of text without control tokens. Labels and prompts repeat, so most are looked up."""
    if len(piece) > LONGEST_PIECE:
        return _bytes_of(piece)
    return len(encoding().encode_ordinary(piece)) if piece else 0


def _bytes_of(piece: str) -> int:
    return len(piece) if piece.isascii() else len(piece.encode())


def _missing() -> str:
    """The distribution that the exact count lacks, or nothing. Imports neither: dashscope's import is heavy."""
    return next((name for name in ("tiktoken", "dashscope") if find_spec(name) is None), "")


def _ranks() -> dict[bytes, int]:
    file = _rank_file()
    if not file.is_file():
        raise ConfigError(str(file), "the file is not there", f"Install the package again: {_INSTALL}")
    ranks = {
        base64.b64decode(token): int(rank) for token, rank in (line.split() for line in file.read_bytes().splitlines())
    }
    if len(ranks) != RANKS:
        raise ConfigError(
            str(file), f"{len(ranks)} ranks, Qwen-VL has {RANKS}", f"Install the package again: {_INSTALL}"
        )
    return ranks


def _rank_file() -> Path:
    spec = find_spec("dashscope")
    folders = spec.submodule_search_locations if spec else None
    return Path(next(iter(folders or ["dashscope"]))) / "resources" / "qwen.tiktoken"
