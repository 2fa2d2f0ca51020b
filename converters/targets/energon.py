"""Megatron-Energon (7.4, head bef8be2): tars with their `.nv-meta`, read by `get_train_dataset` without `prepare`.

`--sample-type chat` (crude samples, Energon's own advice for anything of one's own): members as the target
`webdataset` has them, `json` with `messages`, `images` and `objects`; a cooker of the user's makes the model's samples
of them. `vqa`: VQASample(image, context, answers), one question and its answer about one picture. `captioning`:
CaptioningSample(image, caption), the answer alone. The last two have no place for boxes: such samples are refused.
Boxes of `chat`: pixels of the upright picture, unrounded, in the order of their `<bbox>`; Energon has no convention
for chats (OCRSample's boxes are no grounding).
Silent there: tars that were "prepared" with dotted keys give no samples and only print errors; samples that cannot be
decoded are left out. A picture that webdataset's decoder does not know by its name (webp, gif, bmp, tiff) stays bytes:
in `vqa` and `captioning` it is refused, in `chat` the cooker gets bytes. Fewer samples of a split than ranks times
workers times batch make an error or idle ranks, whoever wrote them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import pyarrow as pa
import yaml

from ...schemas.conversation import KINDS, TEXT
from ..options import option
from . import swift, webdataset
from .carried import refused_kinds
from .chat_inside import FILE, Conversation, conversations, line, named_files, shown_as, tokens
from .protocol import PLAIN, Decoded, Refusal, RenderOptions, own_options
from .swift import blunt, reserved_in
from .webdataset import embedded

NAME = "energon"
SUMMARY = "Megatron-Energon: tars and their .nv-meta, made complete, pictures inside"
FRAME = webdataset.FRAME
LIMITS = "a picture once for each sample about it; vqa and captioning: one JPEG or PNG, no boxes; no quads"
RESERVED = swift.RESERVED
CARRIES_QUADS = False
FORM = "energon"
PIXELS = swift.PIXELS

SampleType = Literal["chat", "vqa", "captioning"]
DECODED = ("jpg", "png", "ppm", "pgm", "pbm", "pnm")
"""What webdataset's decoder of pictures knows by its name (autodecode.imagehandler)."""

_WORDS = tuple(kind for kind in KINDS[TEXT:] if kind in ("text", "image", "ref"))
_PLACE = "<image>"


@dataclass(frozen=True)
class Options:
    """What Energon makes of a sample."""

    sample_type: SampleType = option(
        "chat",
        "Energon's type of a sample: crude ones for a cooker, or its own.",
        choices=("chat", "vqa", "captioning"),
    )


def refuse(batch: pa.RecordBatch, options: RenderOptions) -> list[Refusal]:
    """Samples that could not be told apart from their own tags, or that the chosen type has no place for."""
    refusals = webdataset.refuse(batch, options)
    kind = own_options(options, Options).sample_type
    if kind == "chat":
        return refusals
    refusals += refused_kinds(batch, kinds=_WORDS, pictures=1)
    known = {each.row for each in refusals}
    for row in range(len(batch)):
        if row not in known:
            refusals += _unfit(batch, row, kind)
    return refusals


def _unfit(batch: pa.RecordBatch, row: int, kind: SampleType) -> Iterator[Refusal]:
    """Why a sample of words and one picture is none of Energon's `kind`."""
    roles = [turn["role"] for turn in batch.column("turns")[row].as_py()]
    media = batch.column("media")[row].as_py()
    if roles != ["user", "assistant"] or len(media) != 1:
        said = f"{kind} is one question and its answer about one picture, not {len(roles)} turns about {len(media)}"
        yield Refusal(row, "TG020", roles, said)
        return
    (name,) = named_files([media[0]["path"]])
    if name not in DECODED:
        yield Refusal(row, "IM014", media[0]["path"], f"the reader does not decode a picture that is called .{name}")


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One row a sample: its key, its JSON, its files."""
    kind = own_options(options, Options).sample_type
    if kind == "chat":
        return webdataset.render(batch, options)
    return [_sample(each, kind) for each in conversations(batch, options)]


def _sample(each: Conversation, kind: SampleType) -> bytes:
    refs = iter(each.said.get("objects", {}).get("ref", ()))
    question, answer = (_words(message["content"], refs) for message in each.said["messages"])
    said = {"question": question, "answers": [answer]} if kind == "vqa" else {"caption": answer}
    files = named_files(each.files)
    row = {"__key__": each.id, "json": {"id": each.id} | said | {"images": list(files)}}
    return line(row | {name: {FILE: path} for name, path in files.items()})


def _words(content: str, refs: Iterator[str]) -> str:
    """A text with its words in their places, without that of the picture, which is a field of its own."""
    pieces = content.replace(_PLACE, "").split("<ref-object>")
    return "".join(piece + (next(refs, "") if more else "") for piece, more in _with_more(pieces)).strip()


def _with_more(pieces: list[str]) -> Iterator[tuple[str, bool]]:
    for number, piece in enumerate(pieces, 1):
        yield piece, number < len(pieces)


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Who says what in a row, in order; a caption is the assistant's alone."""
    said = row["json"]
    if "messages" in said:
        return swift.turns(said)
    if "caption" in said:
        return [("assistant", said["caption"])]
    return [("user", said["question"]), *(("assistant", answer) for answer in said["answers"])]


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, exactly as they were; none in `vqa` and `captioning`."""
    return webdataset.decode(row, sizes, options) if "messages" in row["json"] else []


def pictures(row: dict[str, Any]) -> list[str]:
    """The pictures of a row in order: their paths while they are outside, then `KEY.MEMBER`."""
    return [shown_as(row[name], f"{row['__key__']}.{name}") for name in row["json"].get("images", ())]


def count_tokens(
    rows: Sequence[bytes], batch: pa.RecordBatch | None = None, options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row, as `swift` counts them."""
    read = [msgspec.json.decode(row) for row in rows]
    return tokens([_as_chat(row) for row in read], batch, options)


def _as_chat(row: dict[str, Any]) -> dict[str, Any]:
    said = row["json"]
    if "messages" in said:
        return dict(said)
    shown = _PLACE * len(said["images"])
    messages = [{"role": role, "content": text} for role, text in turns(row)]
    return {"images": said["images"], "messages": [{"role": "user", "content": shown}, *messages]}


def token_basis() -> str:
    """One line: the bound that is used."""
    return swift.token_basis()


def beside(manifest: Mapping[str, Any]) -> Mapping[str, bytes]:
    """`.nv-meta/dataset.yaml`: what Energon makes of the members of a sample."""
    kind = manifest["options"].get("target_options", {}).get("sample_type", "chat")
    return {".nv-meta/dataset.yaml": yaml.safe_dump(_definition(kind), sort_keys=False).encode()}


def _definition(kind: SampleType) -> dict[str, Any]:
    if kind == "chat":
        return {"__module__": "megatron.energon", "__class__": "CrudeWebdataset"}
    image = ",".join(DECODED)
    name, fields = {
        "vqa": ("VQASample", {"image": image, "context": "json[question]", "answers": "json[answers]"}),
        "captioning": ("CaptioningSample", {"image": image, "caption": "json[caption]"}),
    }[kind]
    return {"sample_type": {"__module__": "megatron.energon", "__class__": name}, "field_map": fields}


__all__ = ["blunt", "embedded", "reserved_in"]
