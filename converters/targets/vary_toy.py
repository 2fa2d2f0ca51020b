r"""Vary-toy (Ucas-HaoranWei/Vary-toy, head c6e4059): what Vary-master's `ConversationDataset` reads.

File: as `llava`: one JSON list, `image` and `conversations` of human and gpt in turn (vary/data/
conversation_dataset_qwen.py). The trainer finds it by a name in vary/utils/constants.py; vary_toy_data.py beside the
data is that entry. The path is the entry's folder and `image` put together without a slash (l. 192), so the folder ends
in one, or is empty where paths are absolute.
Boxes: unspecified. The code has an unused `<box>`, the README and Ucas-HaoranWei/Vary #74 say nothing. mmdata's rule
is CogVLM's text, `mug[[228,320,961,970]]`, see `boxes_words`: both of its encoders squash the picture unless
`image_aspect_ratio` is `pad` (then one of them pads to the right and below), so no other numbers stay true.
Silent there: a picture that is missing or broken is replaced by the first sample of the shuffled list (l. 195, 201),
which mmdata's look at every picture forestalls; `<|im_end|>` in a text masks the whole sample; a picture without its
tag is not used; the tokenizer cuts at model_max_length (512 unless stated, 4096 in the README). Grey pictures become
RGB there (l. 192), whatever its message on broken ones says. A turned box becomes its hull.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import normalize

import pyarrow as pa

from . import llava, one_picture, qwen_finetune, qwen_vl_tags
from .boxes_text import Words, labels_of_lines, read_boxes
from .boxes_words import PAIRS, UNSPECIFIED
from .grammar import HUMAN_GPT, Grammar, words
from .grammar_tags import check_places
from .grammar_text import PAIRED, text_reader
from .job_files import pictures_in_out
from .protocol import PLAIN, Decoded, Refusal, RenderOptions
from .qwen_finetune import pictures, turns
from .qwen_vl_tokens import piece_counter, text_basis

NAME = "vary-toy"
SUMMARY = "Vary-toy: LLaVA's JSON list with the entry that registers it; boxes in words, unspecified by the model"
FRAME = UNSPECIFIED
LIMITS = "one picture a sample; the trainer cuts at model_max_length (512 unless stated); no quads, system turn"
CARRIES_QUADS = False
CUTS_AT = 512
FORM = "json"
PIXELS = None

PICTURE = 258
"""Tokens of a picture: 256 places and the two tags around them."""

RESERVED = (*qwen_vl_tags.RESERVED, "<image>")
"""The control tokens of Qwen-VL's vocabulary, which Vary's grew into, and the place of a picture."""

_words = Words(("<image>",), PAIRS)


def reserved_in(text: str) -> str | None:
    """The first control token in a text, the place of a picture, or what reads as a box; None where there is none."""
    return qwen_vl_tags.reserved_in(text) or _words.reserved_in(text)


def blunt(text: str) -> str:
    """`text` with everything reserved broken."""
    return _words.blunt(qwen_vl_tags.blunt(text))


GRAMMAR = Grammar(
    HUMAN_GPT,
    hint=re.compile(r"<image>|\[\["),
    read=text_reader(PAIRS, PAIRED, "thousandths"),
    check=check_places,
    frame="thousandths",
    top=PAIRS.top,
    family="CogVLM's boxes",
    place="<image>",
    most=1,
    mask=words("<|im_end|>"),
)
"""How its rows speak."""


def refuse(batch: pa.RecordBatch, _options: RenderOptions) -> list[Refusal]:
    """Samples that the trainer would misread, mask or stop at."""
    return one_picture.refuse(batch, reserved_in, needed=False, first=False) + labels_of_lines(batch)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    return llava.rows(batch, PAIRS, options)


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, each within half a thousandth of its side, at the far edge within a whole one.

    Raises `InputError` where the row has boxes and no picture.
    """
    return read_boxes(row, turns(row), sizes, PAIRS)


def count_tokens(
    rows: Sequence[bytes], _batch: pa.RecordBatch | None = None, _options: RenderOptions = PLAIN
) -> list[int]:
    """Tokens of each row as `token_processor` makes them: Qwen's ranks, the fixed system text, 258 a picture."""
    piece = piece_counter()
    read = [qwen_finetune.read_row(row, number) for number, row in enumerate(rows)]
    system = _MARKS + piece(f"system\n{_SYSTEM}")
    return [
        system
        + sum(
            _MARKS
            + (shown := turn.value.count("<image>")) * PICTURE
            # The text before the picture's tags and that after them are encoded apart.
            + sum(map(piece, _around("user" if turn.role == "human" else "assistant", turn.value, shown)))
            for turn in row.conversations
        )
        for row in read
    ]


def _around(role: str, value: str, shown: int) -> list[str]:
    text = normalize("NFC", f"{role}\n{value}")
    return text.split("<image>") if shown else [text]


_MARKS = 2
"""Where a turn begins and where it ends."""

_SYSTEM = "You should follow the instructions carefully and explain your answers in detail."
"""What conversation.py says for the system in `conv_mpt`."""


def token_basis() -> str:
    """One line: the tokenizer that counts, or the bound that is used instead."""
    return text_basis("Vary-toy", f"{PICTURE} a picture")


def beside(manifest: Mapping[str, Any]) -> Mapping[str, bytes]:
    """The entries for `CONVERSATION_DATA`."""
    root = manifest["options"].get("image_root") or ""
    images = 'f"{OUT}/"' if pictures_in_out(manifest) else repr(f"{root.rstrip('/')}/" if root else "")
    length = manifest["options"].get("max_length")
    names = [
        (f"mmdata_{name}_{number}", shard["path"])
        for name, split in manifest["splits"].items()
        for number, shard in enumerate(split["shards"])
    ]
    lines = [
        "# mmdata wrote these data sets for Vary-toy. Paste the lines into Vary-master/vary/utils/constants.py, below",
        "# CONVERSATION_DATA, and put the path of the folder that holds this file for OUT.",
        "# Boxes in the text, words[[x1,y1,x2,y2]] in thousandths of the picture's sides, are mmdata's rule: the model",
        "# was published without one. Keep image_aspect_ratio at its default, which squashes the picture.",
        'OUT = "."',
        f"IMAGES = {images}  # put before every path as it is, so it ends in a slash",
        "CONVERSATION_DATA |= {",
        *(f'    "{name}": {{"images": IMAGES, "annotations": f"{{OUT}}/{path}"}},' for name, path in names),
        "}",
        f"# Train with --datasets {names[0][0]}" + (f" --model_max_length {length}" if length else ""),
    ]
    if not length:
        lines.append("# and with a --model_max_length that no sample exceeds: its default of 512 cuts silently.")
    return {"vary_toy_data.py": ("\n".join(lines) + "\n").encode()}


__all__ = ["pictures", "turns"]
