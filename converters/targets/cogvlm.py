r"""CogVLM v1 (THUDM/CogVLM, head f7283b2): the pairs of files in which its authors published CogVLM-SFT-311K.

Files: `train/images/NAME.jpg` and `train/labels/NAME.json` = {"conversations": [{"role": "user"|"assistant",
"content"}, …]} (dataset.md), a pair a sample; `train/train.json` lists them. The trainer that came with the model
knows no labels at all: utils/utils/dataset.py reads every `*.jpg`, asks "CAPTCHA:" and takes the file's name for the
answer, and says that users must write their own. cogvlm_dataset.py beside the data is that class, to be imported in
place of theirs (finetune_demo/finetune_cogvlm_demo.py, l. 217).
Boxes: `mug[[228,320,961,970]]`, see `boxes_words`; the same thing's share a bracket, `[[a,b,c,d;e,f,g,h]]`.
Silent there: a box with a space or without its zeros is dropped by the parser (grounding_parser.py, l. 43); a label
said twice keeps its last boxes when drawn (`dict(pairs)`, l. 68), not when trained; `<s>`, `</s>`, `<pad>`, `<EOI>`
are deleted from questions and `<EOI>` tears answers (language.py, l. 58–68); a question too long gives `{}`, which the
collator passes over (ours stops there), and an answer is cut. The script's --max_length 1288 leaves 58 tokens beside
the picture's 1225, so every question of a task is a sample of its own here. The rounds of a chat are learnt one by one,
with those before them in the prompt (`--version chat_old` and `chat`; `vqa` and `base` forget them). The picture is
squashed to 490 · 490; a turned box becomes its hull.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from . import cogvlm_pairs
from .boxes_text import Words
from .boxes_words import FRAME, PAIRED_GRAMMAR, PAIRS
from .cogvlm_pairs import pictures, turns
from .grammar import words
from .protocol import PLAIN, Decoded, Refusal, RenderOptions

NAME = "cogvlm"
SUMMARY = "CogVLM: images/ and labels/, a pair of files a sample, with the dataset class that reads them"
LIMITS = (
    "one picture, needed; the script's --max_length 1288 leaves 58 tokens beside it and cuts; no quads, system turn"
)
CARRIES_QUADS = False
FORM = "folder"
PIXELS = None
ONE_ROUND = True

PICTURE = 1227
"""Tokens of a picture: 35 · 35 patches of 14 pixels at 490, and two around them (language.py, l. 92–101)."""

RESERVED = ("<EOI>", "<pad>", "<s>", "</s>", "<unk>", "[INST]", "[/INST]", "[IMG]", "[/IMG]")
"""What language.py deletes or cuts at, the tokens of Vicuna's vocabulary, and the marks of its prompts."""

_words = Words(RESERVED, PAIRS)
reserved_in, blunt = _words.reserved_in, _words.blunt


GRAMMAR = replace(PAIRED_GRAMMAR, reserved=words("<EOI>", "<s>", "</s>", "<pad>"))
"""How its rows speak."""


def refuse(batch: pa.RecordBatch, _options: RenderOptions) -> list[Refusal]:
    """Samples that the trainer would misread, or not find a picture for."""
    return cogvlm_pairs.refuse(batch, reserved_in)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One row a sample, of which the form makes two files: ASCII JSON, no line break."""
    return cogvlm_pairs.render(batch, options, "labels")


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, each within half a thousandth of its side, at the far edge within a whole one.

    Raises `InputError` where the row has boxes and no picture.
    """
    return cogvlm_pairs.decode(row, sizes)


def count_tokens(
    rows: Sequence[bytes], _batch: pa.RecordBatch | None = None, _options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row's last round with all before it: a token a byte of UTF-8."""
    return cogvlm_pairs.most_tokens(rows, around=4, turn=13, picture=PICTURE)


def token_basis() -> str:
    """One line: the bound that is used."""
    return (
        f"upper bound, a token a byte of UTF-8 (Vicuna's vocabulary has all bytes), {PICTURE} a picture at 490 pixels"
    )


def beside(manifest: Mapping[str, Any]) -> Mapping[str, bytes]:
    """The dataset class that reads the pairs in CogVLM's own trainer."""
    length = manifest["options"].get("max_length") or 2048
    return {"cogvlm_dataset.py": _DATASET.replace("LENGTH", str(length)).encode()}


_DATASET = '''"""CogVLM's trainer on pairs of images/NAME.jpg and labels/NAME.json, as mmdata wrote them.

Put this file into finetune_demo/ and import ItemDataset from here in finetune_cogvlm_demo.py, not from utils.utils;
train with --train_data and --valid_data on the folders that hold images/, and with --max_length LENGTH or more.
Every round is one sample, with the rounds before it as its history.
"""

import json
import os

from utils.utils.dataset import ItemDataset as OneFolder


class ItemDataset(OneFolder):
    def load_data(self, data_dir):
        folders = [data_dir] if isinstance(data_dir, str) else list(data_dir)
        return [each for folder in folders for each in self.rounds(folder)]

    def rounds(self, folder):
        from PIL import Image

        for name in sorted(os.listdir(os.path.join(folder, "labels"))):
            with open(os.path.join(folder, "labels", name), encoding="utf-8") as file:
                said = [turn["content"] for turn in json.load(file)["conversations"]]
            picture = os.path.join(folder, "images", name[: -len(".json")] + ".jpg")
            Image.open(picture).close()  # a picture that is not there stops here, not in silence later
            rounds = list(zip(said[0::2], said[1::2]))
            for number, (question, answer) in enumerate(rounds):
                yield picture, rounds[:number], question, answer

    def __getitem__(self, index):
        from PIL import Image

        picture, history, question, answer = self.data[index]
        prompt = self.text_processor.history_to_prompt(question, history)
        text = self.process_text(answer, prompt)
        if text is None:
            raise ValueError("%s: the question is longer than --max_length leaves room for" % picture)
        name = os.path.splitext(os.path.basename(picture))[0]
        return {**self.process_img(Image.open(picture).convert("RGB")), **text, "question_id": name}
'''

__all__ = ["FRAME", "blunt", "pictures", "reserved_in", "turns"]
