"""A tokenizer folder of the Qwen vocabulary as transformers keeps one, made of the ranks in the `dashscope` package.

`vocab.json` and `merges.txt` follow from the ranks: a token of several bytes is the merge of the two tokens that
byte-pair encoding with only the ranks before it leaves of its bytes. Control tokens follow from 151643 on, those of
Qwen2-VL, Qwen2.5-VL and Qwen3-VL in the order of their tokenizer_config.json. Nothing of it is downloaded.
"""

import base64
import json
import sys
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

CONTROL = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
]  # fmt: skip
"""The control tokens from 151643 on."""

QWEN_VL = [
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    *(f"<|extra_{number}|>" for number in range(205)),
    *("<ref>", "</ref>", "<box>", "</box>", "<quad>", "</quad>", "<img>", "</img>", "<imgpad>"),
]
"""Those of Qwen-VL, whose last one is 151859."""


def ranks() -> dict[bytes, int]:
    """Every token of the vocabulary and its rank."""
    package = find_spec("dashscope")
    if package is None or not package.origin:
        raise SystemExit("dashscope is not installed: the vocabulary is not there")
    lines = (Path(package.origin).parent / "resources" / "qwen.tiktoken").read_bytes().splitlines()
    return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}


def letters() -> list[str]:
    """The letter that stands for every byte in vocab.json: itself where it is seen, else one from U+0100 on."""
    seen = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
    hidden = iter(range(256, 512))
    return [chr(byte) if byte in seen else chr(next(hidden)) for byte in range(256)]


def halves(token: bytes, rank_of: dict[bytes, int]) -> tuple[bytes, bytes]:
    """The two tokens whose merge a token is."""
    limit = rank_of[token]
    pieces = [token[at : at + 1] for at in range(len(token))]
    while len(pieces) > 2:
        ranked = [(rank_of.get(left + right, limit), at) for at, (left, right) in enumerate(pairwise(pieces))]
        rank, at = min(ranked)
        if rank >= limit:
            raise ValueError(f"{token!r} is no merge of two tokens")
        pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
    return pieces[0], pieces[1]


def write(folder: Path, control: list[str]) -> None:
    """The files of one tokenizer."""
    rank_of, letter = ranks(), letters()

    def shown(token: bytes) -> str:
        return "".join(letter[byte] for byte in token)

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {shown(token): rank for token, rank in rank_of.items()}
    merges = [halves(token, rank_of) for token in sorted(rank_of, key=rank_of.__getitem__) if len(token) > 1]
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(f"{shown(left)} {shown(right)}" for left, right in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    first = len(rank_of)
    added = {
        str(first + place): {"content": text, "special": True, "normalized": False, "lstrip": False, "rstrip": False,
                             "single_word": False}
        for place, text in enumerate(control)
    }  # fmt: skip
    told = {
        "tokenizer_class": "Qwen2Tokenizer", "added_tokens_decoder": added, "additional_special_tokens": control[1:],
        "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "unk_token": None, "bos_token": None,
        "add_prefix_space": False, "errors": "replace", "model_max_length": 131072, "split_special_tokens": False,
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(told, indent=1), encoding="utf-8")


def main() -> None:
    """The tokenizers of both vocabularies, under the folder that is given."""
    write(Path(sys.argv[1]) / "qwen2", CONTROL)
    write(Path(sys.argv[1]) / "qwen_vl", QWEN_VL)


if __name__ == "__main__":
    main()
