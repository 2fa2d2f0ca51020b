"""OpenFlamingo (mlfoundations/open_flamingo, head 655f693): tars that open_flamingo/train/data.py reads.

Two kinds of tars, by `--flamingo-form`; a run reads each by an option of its own and takes as many steps of both.
`laion`: `KEY.jpg` (or png) and `KEY.txt`, trained as `<image>text<|endofchunk|>`; one picture and a short text, of a
caption the sentence alone, of VQA `Question:… Short answer:…` as its evaluation asks, else a line a turn.
`mmc4`: `KEY.json` with `text_list`, `image_info` (`image_name`, `image_base64`), `similarity_matrix`: documents. Each
picture is matched to the text after it; 100 there is above any `--mmc4_textsim_threshold`, whose default of 30 drops
all of what CLIP measured. Older readers take `matched_text_index` and `matched_sim`, so they stand there too. Who said
what stands in `KEY.json` under `turns`, which the reader passes over.
Boxes: none; samples with boxes are refused (TG020). Silent there (data.py l. 43, 56–68, 138–262), and refused here:
other pictures than JPEG and PNG, in mmc4 those of under 11 kB, a document of one picture (dropped half of the time) or
of more than 6, a text surely over 32 tokens (laion) or 256 (mmc4), which loses its end mark, a picture without words
after it. Not to be helped: every picture is flipped left to right half of the time, so words of left and right, and of
letters in the picture, become false. Shards must be as many as workers; `openflamingo_args.txt` says what a run needs.
"""

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal, NamedTuple

import pyarrow as pa

from ..options import option
from .carried import refused_words
from .chat_inside import FILE
from .protocol import PLAIN, Decoded, Refusal, RenderOptions, own_options
from .sequence import Picture, Sample, refused_sequences, said_of, sequences
from .vendor import Files, refused_files

NAME = "openflamingo"
SUMMARY = "OpenFlamingo: tars of pictures with texts (LAION's form), or of documents (MMC4's form)"
FRAME = "no boxes"
LIMITS = (
    "laion: one picture, 32 tokens; mmc4: 2 to 6 pictures of 11 kB and more, 256 tokens; no boxes; pictures flipped"
)
CARRIES_QUADS = False
CARRIES_BOXES = False
FORM = "webdataset"
PIXELS = None
RESERVED = ("<image>", "<|endofchunk|>", "<PAD>", "<|endoftext|>", "_!_IMAGE")
"""Its own special tokens, the end of a text of its language models, and the mark of its ChatGPT samples."""

BASE64 = "$base64"
"""The one key of what stands in a row for the bytes of a file in base64 (`mmdata.pipelines.shards`)."""

WORDS = {"laion": 32, "mmc4": 256}
"""Tokens of a text, its marks included, after which the reader cuts."""

LEAST_BYTES = 11_000
MOST_PICTURES = 6
SURE = 100.0
"""The similarity of a picture and its text: they were together, which is no measurement."""

_FILES = Files(("JPEG", "PNG"), 1 << 62)


@dataclass(frozen=True)
class Options:
    """What a user may choose about OpenFlamingo's tars."""

    flamingo_form: Literal["laion", "mmc4"] = option(
        "laion", "Pictures with their texts, or documents.", choices=("laion", "mmc4")
    )


class Chunk(NamedTuple):
    """A text and the picture before it, if there is one."""

    picture: Picture | None
    text: str


def reserved_in(text: str) -> str | None:
    """The first of its tokens in a text, or None."""
    found = [(at, token) for token in RESERVED if (at := text.find(token)) >= 0]
    return min(found)[1] if found else None


def blunt(text: str) -> str:
    """`text` with a space after the first letter of every such token."""
    for token in RESERVED:
        text = text.replace(token, f"{token[0]} {token[1:]}")
    return text


def refuse(batch: pa.RecordBatch, options: RenderOptions) -> list[Refusal]:
    """Samples that the reader would skip, cut or lose half of the time."""
    form = own_options(options, Options).flamingo_form
    most = 1 if form == "laion" else MOST_PICTURES
    refusals = refused_sequences(batch, most) + refused_words(batch, reserved_in)
    refusals += refused_files(batch, options, _FILES)
    known = {each.row for each in refusals}
    for row, sample in enumerate(sequences(batch)):
        if row not in known and (fault := _fault(sample, form, options)):
            refusals.append(Refusal(row, *fault))
    return refusals


def _fault(sample: Sample, form: str, options: RenderOptions) -> tuple[str, object, str] | None:
    shown = sample.pictures
    if not shown:
        return "TG020", 0, "the sample shows no picture, and the reader takes none without"
    if form == "mmc4":
        if len(shown) == 1:
            fact = "one picture, and the reader drops such documents half of the time: use --flamingo-form laion"
            return "TG020", 1, fact
        bare = next((chunk.picture for chunk in _chunks(sample) if chunk.picture and not chunk.text), None)
        if bare:
            return "TG020", bare.path, f"no words after {PurePosixPath(bare.path).name}: the model would not look at it"
        small = next(((path, size) for path, size in _sizes(shown, options) if size < LEAST_BYTES), None)
        if small:
            name = PurePosixPath(small[0]).name
            return "TG020", small[1], f"{name} has {small[1]} bytes, and the reader skips what has under {LEAST_BYTES}"
    return _wordy(sample, form)


def _wordy(sample: Sample, form: str) -> tuple[str, object, str] | None:
    """A text never has fewer tokens than words, whatever the tokenizer; so this many are surely cut."""
    marks = 3 if form == "laion" else 1 + 2 * len(sample.pictures)
    text = _caption(sample) if form == "laion" else " ".join(chunk.text for chunk in _chunks(sample))
    words = len(text.split())
    if not words:
        return "CV005", "", "nothing is said of the picture"
    if words + marks > WORDS[form]:
        return "TK001", words, f"{words} words and {marks} marks, and the reader cuts after {WORDS[form]} tokens"
    return None


def _sizes(shown: Sequence[Picture], options: RenderOptions) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for picture in shown:
        try:
            found.append((picture.path, options.readable(picture.path).stat().st_size))
        except (OSError, ValueError):
            continue  # told when the tar is written
    return found


def _caption(sample: Sample) -> str:
    if sample.task != "vqa":
        return said_of(sample)
    asked = zip(sample.turns[::2], sample.turns[1::2], strict=False)
    return " ".join(f"Question:{question.words} Short answer:{answer.words}" for question, answer in asked)


def _chunks(sample: Sample) -> list[Chunk]:
    """Texts with the picture before each, in order; what two turns say of one picture is one text, a line each."""
    chunks = [Chunk(None, "")]
    for turn in sample.turns:
        fresh = True
        for piece in turn.pieces:
            if isinstance(piece, Picture):
                chunks.append(Chunk(piece, ""))
            elif piece.strip():
                before = chunks[-1].text
                chunks[-1] = chunks[-1]._replace(text=before + ("\n" if before and fresh else "") + piece.strip())
                fresh = False
    return chunks if chunks[0].text else chunks[1:]


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: its key, its members; `$file` and `$base64` stand for the bytes of pictures."""
    form = own_options(options, Options).flamingo_form
    made = (_laion(sample) if form == "laion" else _mmc4(sample) for sample in sequences(batch))
    return [json.dumps(row, separators=(",", ":")).encode() for row in made]


def _laion(sample: Sample) -> dict[str, Any]:
    path = sample.pictures[0].path
    member = "png" if path.lower().endswith(".png") else "jpg"
    return {"__key__": sample.id, "json": {"turns": _turns(sample)}, member: {FILE: path}, "txt": _caption(sample)}


def _turns(sample: Sample) -> list[list[str]]:
    return [[turn.role, turn.words] for turn in sample.turns]


def _mmc4(sample: Sample) -> dict[str, Any]:
    chunks = _chunks(sample)
    at = [number for number, chunk in enumerate(chunks) if chunk.picture]
    paths = [chunk.picture.path for chunk in chunks if chunk.picture]
    info = [
        {
            "image_name": f"{number}{PurePosixPath(path).suffix.lower()}",
            "image_base64": {BASE64: path},
            "matched_text_index": place,
            "matched_sim": SURE,
        }
        for number, (path, place) in enumerate(zip(paths, at, strict=True))
    ]
    matrix = [[SURE if number == place else 0.0 for number in range(len(chunks))] for place in at]
    said = {"text_list": [chunk.text for chunk in chunks], "image_info": info, "similarity_matrix": matrix}
    return {"__key__": sample.id, "json": said | {"turns": _turns(sample)}}


def decode(_row: dict[str, Any], _sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """No boxes: there are none in the texts."""
    return []


def pictures(row: dict[str, Any]) -> list[str]:
    """The pictures that a row shows, in order: their paths, or once they are inside, their names."""
    if "image_info" in row["json"]:
        return [
            str(each["image_base64"][BASE64]) if isinstance(each["image_base64"], dict) else each["image_name"]
            for each in row["json"]["image_info"]
        ]
    member = "png" if "png" in row else "jpg"
    return [row[member][FILE] if isinstance(row[member], dict) else f"{row['__key__']}.{member}"]


def embedded(row: dict[str, Any]) -> list[bytes]:
    """The bytes of the pictures of a row that was read back, in order."""
    if "image_info" in row["json"]:
        return [b64decode(each["image_base64"]) for each in row["json"]["image_info"]]
    return [row["png" if "png" in row else "jpg"]]


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Who said what before it was one text."""
    return [(role, said) for role, said in row["json"]["turns"]]


def _text(row: dict[str, Any]) -> str:
    return str(row["txt"]) if "txt" in row else " ".join(row["json"]["text_list"])


def count_tokens(
    rows: Sequence[bytes], _batch: pa.RecordBatch | None = None, _options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row: a token a byte of UTF-8, two marks a picture and one at the end."""
    read = [json.loads(row) for row in rows]
    return [1 + 2 * len(pictures(row)) + len(_text(row).encode()) for row in read]


def token_basis() -> str:
    """One line: the bound that is used."""
    return "upper bound, a token a byte of UTF-8, two marks a picture"


def beside(manifest: Mapping[str, Any]) -> Mapping[str, bytes]:
    """sizes.json in each split, which the reader looks for beside the tars, and what a run must be told."""
    form = manifest["options"].get("target_options", {}).get("flamingo_form", "laion")
    files: dict[str, bytes] = {}
    lines = [f"# python open_flamingo/train/train.py … ; paths from this folder, {form} form"]
    for name, split in manifest["splits"].items():
        sizes = {PurePosixPath(shard["path"]).name: shard["samples"] for shard in split["shards"]}
        files[f"{name}/sizes.json"] = json.dumps(sizes, indent=1).encode() + b"\n"
        shards = f"{name}/{name}-{{00000..{max(0, len(sizes) - 1):05d}}}.tar"
        threshold = " --mmc4_textsim_threshold 0.24" if form == "mmc4" else ""
        lines.append(f"--{form}_shards '{shards}' --train_num_samples_{form} {split['samples']}{threshold}")
    files["openflamingo_args.txt"] = ("\n".join(lines) + "\n").encode()
    return files
