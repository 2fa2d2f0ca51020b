r"""LLaMA-Factory (hiyouga/LLaMA-Factory, head ff6d4d1, wheel 0.9.5): sharegpt rows, with dataset_info.json beside them.

File: JSON Lines, the first row with a film first (see `swift`: a column that is null for 1000 rows stays null, and a
film after them stops the job, in each of `preprocessing_num_workers`). A row has `messages`, `images`, `videos`,
`audios`, each list in every row, since a column that is named and not there stops the job; `<image>`, `<video>`,
`<audio>` in the text are where the next one stands, and their numbers over all turns must agree or the job stops.
dataset_info.json names every column and every tag, since those not named there are taken as absent (data/parser.py;
converter.py): then the system's turns would break the alternation and the example be dropped.
Boxes: LLaMA-Factory passes text through and knows no boxes, and it resizes pictures before the model's own processor
does (`image_max_pixels`, 768² unless stated), so only numbers relative to the picture stay true. They are those of
Qwen3-VL: JSON as in `boxes_json`, thousandths of the upright picture's width and height, 0 to 1000. For Qwen2.5-VL,
which was trained on pixels, use ms-swift or its own trainer (#9279; QwenLM/Qwen3-VL #1616).
Silent there: turns out of order drop the example; `cutoff_len` (2048 unless stated) shortens question and answer in
proportion. `<video>` and `<audio>` in a text are counted as media, so they are refused. EXIF is not looked at: keep
`--upright`. A picture that is not under `media_dir` is opened by its own path; addresses are not followed.
A turned box becomes its upright hull.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from ...schemas.conversation import AUDIO, KINDS, VIDEO
from . import qwen_json
from .boxes_json import X_FIRST, boxes_in
from .carried import MESSAGES, POINTS_TOO, refused_answers, refused_kinds, refused_shapes, refused_words
from .grammar import Grammar
from .grammar_tags import CONTROL, check_places
from .grammar_text import json_reader
from .job_files import told, training
from .jobs_trainers import llama_factory_jobs
from .media_tokens import LLAMA_FACTORY_FILMS, media_tokens, most_tokens
from .messages import COLUMNS, pictures, put_films_and_sounds, read_row, rows, turns
from .parts import Parts
from .paths import local_path_faults
from .pieces import flat
from .protocol import PLAIN, Decoded, Refusal, RenderOptions
from .qwen2_tokens import text_tokens
from .qwen_vl_tokens import SYSTEM, TURN, piece_counter, text_basis
from .read_back import in_pixels, thousandths
from .smart_resize import AROUND, pixel_limits

NAME = "llama-factory"
SUMMARY = "LLaMA-Factory: JSON Lines, sharegpt messages, dataset_info.json; boxes as Qwen3-VL has them"
FRAME = "integers 0–1000: nearest(v · 1000 / size) of the upright picture, clamped; --rounding floor"
LIMITS = "the trainer shortens samples over cutoff_len (2048 unless stated), mmdata does not; no quads"
CARRIES_QUADS = False
FORM = "jsonl-led"
PIXELS = (32 * 32, 768 * 768)

CARRIED = (*POINTS_TOO, KINDS[VIDEO], KINDS[AUDIO])
"""What a row has a place for; points as Qwen3-VL says them."""

FACTOR = 32
"""Sides of pictures that Qwen3-VL's processor makes are multiples of this."""

RESERVED = (*qwen_json.RESERVED, "<audio>")


def reserved_in(text: str) -> str | None:
    """The first control token, place of a medium, or what reads as a box in a text; None where there is none."""
    return "<audio>" if "<audio>" in text else qwen_json.reserved_in(text)


def blunt(text: str) -> str:
    """`text` with everything reserved broken."""
    return qwen_json.blunt(text.replace("<audio>", "< audio>"))


GRAMMAR = Grammar(
    hint=re.compile('"(?:bbox|point)_2d"|<image>'),
    read=json_reader(X_FIRST, 1000),
    check=check_places,
    frame="thousandths",
    family="Qwen's JSON",
    asked=True,
    place="<image>",
    reserved=CONTROL,
)
"""How its rows speak."""


def refuse(batch: pa.RecordBatch, _options: RenderOptions) -> list[Refusal]:
    """Samples that the trainer would misread, drop or stop at."""
    paths = batch.column("media").flatten().field("path")
    sample = np.repeat(np.arange(len(batch)), np.diff(batch.column("media").offsets.to_numpy()))
    refusals = refused_kinds(batch, CARRIED, roles=MESSAGES) + refused_words(batch, reserved_in) + refused_shapes(batch)
    return (refusals + refused_answers(batch)) + [
        Refusal(int(sample[at]), code, paths[at].as_py(), said) for at, (code, said) in local_path_faults(paths).items()
    ]


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    if not len(batch):
        return []
    parts = flat(Parts.of(batch))
    pieces = qwen_json.laid_out(parts, thousandths, qwen_json.up_to_steps, options)
    put_films_and_sounds(parts, pieces, rb"\n")
    return rows(parts, pieces, options.image_root, always=True)


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, each within half a thousandth of its picture's side (`floor`: a whole one).

    Raises `InputError`.
    """
    return in_pixels(list(boxes_in(turns(row))), sizes, thousandths)


def count_tokens(
    rows: Sequence[bytes], batch: pa.RecordBatch | None = None, options: RenderOptions = PLAIN
) -> list[int]:
    """Tokens of each row by Qwen3-VL's tokenizer and processor, pictures included; a default system turn counted."""
    piece, limits = piece_counter(), pixel_limits(options, PIXELS)
    read = [read_row(row, number) for number, row in enumerate(rows)]
    largest = limits[1] // FACTOR**2 + AROUND
    shown = (
        [most_tokens(row, largest, LLAMA_FACTORY_FILMS) for row in read]
        if batch is None
        else media_tokens(batch, FACTOR, limits, LLAMA_FACTORY_FILMS)
    )
    return [
        taken + SYSTEM + sum(TURN + text_tokens(message.content, piece) for message in row.messages)
        for row, taken in zip(read, shown, strict=True)
    ]


def token_basis() -> str:
    """One line: the tokenizer that counts, or the bound that is used instead."""
    pictures_as = "(w / 32) · (h / 32) + 2 tokens a picture resized within --min-pixels and --max-pixels"
    return text_basis("Qwen3-VL", pictures_as).replace("exact", "upper bound", 1)


def dataset_info(manifest: Mapping[str, Any]) -> Mapping[str, bytes]:
    """dataset_info.json, every column and tag named: give OUT as `dataset_dir`."""
    entries = {
        f"mmdata_{name}" + (f"_{number}" if number else ""): {
            "file_name": shard["path"],
            "formatting": "sharegpt",
            "columns": {"messages": "messages"} | {name.decode(): name.decode() for name in COLUMNS.values()},
            "tags": {
                "role_tag": "role",
                "content_tag": "content",
                "user_tag": "user",
                "assistant_tag": "assistant",
                "system_tag": "system",
            },
        }
        for name, split in manifest["splits"].items()
        for number, shard in enumerate(split["shards"])
    }
    return {"dataset_info.json": json.dumps(entries, indent=2).encode() + b"\n"}


def beside(manifest: Mapping[str, Any]) -> Mapping[str, bytes]:
    """dataset_info.json, and configurations of jobs that read it."""
    info = dataset_info(manifest)
    name = f"mmdata_{training(manifest).name}"
    names = [each for each in json.loads(info["dataset_info.json"]) if each.rpartition("_")[0] == name or each == name]
    return {**info, **llama_factory_jobs(manifest, names, pixel_limits(told(manifest), PIXELS))}


__all__ = ["pictures", "turns"]
