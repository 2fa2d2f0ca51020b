"""Few-shot sets for OpenFlamingo's way of evaluating: each query with 0, 4, 8, 16 or 32 examples before it.

Made of a finished data set of the target `openflamingo` (LAION's form): queries of one split, examples of another, so
that no query sees its own answer. Prompts are those of open_flamingo/eval: `<image>Output:{caption}<|endofchunk|>` and
`<image>Question:{q} Short answer:{a}<|endofchunk|>`; with no example two stand there in words alone, without `<image>`
(eval/utils.py, `compute_effective_num_shots`). Which examples a query gets hangs on the seed and the keys alone: the
same whatever the order of the tars, and those of 4 are the first 4 of 32.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from heapq import nsmallest
from pathlib import Path
from typing import Any, NamedTuple

from ..schemas.errors import InputError
from .commit.destination import read_manifest
from .data_sets import check_one
from .shards import load_form

POOL = 2048
"""Examples that are drawn from, as `--query_set_size` has it."""

_IN_WORDS = 2
_QUESTION = "Question:"


class Example(NamedTuple):
    """A picture with what is asked and answered: the tar it is in and its key, the prompt up to the answer."""

    shard: str
    key: str
    asked: str
    answer: str

    @property
    def said(self) -> str:
        """As it stands before a query."""
        return f"<image>{self.asked}{self.answer}<|endofchunk|>"


def few_shot(out: Path, queries: str, examples: str, shots: int, seed: int = 42) -> Iterator[dict[str, Any]]:
    """One row a query: its picture and those of its examples, the prompt, and the answer that is true.

    `queries` and `examples` are names of splits. Raises `InputError` where OUT is no such data set, has no such split,
    or fewer examples than `shots`.
    """
    manifest = _manifest(out)
    pool = list(_drawn(_examples(out, manifest, examples), seed))
    wanted = shots or _IN_WORDS
    if len(pool) < wanted:
        fact = f"the split {examples!r} has {len(pool)} examples, {wanted} are needed"
        raise InputError(str(out), fact, "Take a larger split, or fewer shots.")
    for query in _examples(out, manifest, queries):
        chosen = nsmallest(wanted, pool, key=partial(_rank, seed, query))
        prompt = "".join(each.said for each in chosen)
        yield {
            "id": query.key,
            "shots": shots,
            "images": [_place(each) for each in (*chosen, query)] if shots else [_place(query)],
            "prompt": (prompt if shots else prompt.replace("<image>", "")) + f"<image>{query.asked}",
            "answer": query.answer,
        }


def _manifest(out: Path) -> Mapping[str, Any]:
    check_one(out)
    manifest = read_manifest(out)
    options = manifest["options"] if manifest else {}
    form = (options.get("target_options") or {}).get("flamingo_form", "laion")
    if manifest is None or options.get("target") != "openflamingo" or form != "laion":
        remedy = "Convert with --to openflamingo --task caption, or vqa."
        raise InputError(str(out), "is no data set of pictures and texts for OpenFlamingo", remedy)
    return manifest


def _examples(out: Path, manifest: Mapping[str, Any], split: str) -> Iterator[Example]:
    """Every question and answer of a split, in order; a caption answers no question."""
    if split not in manifest["splits"]:
        had = ", ".join(manifest["splits"])
        raise InputError(str(out), f"no split {split!r}; there are {had}", "Name two of them.")
    form = load_form("webdataset")
    for shard in manifest["splits"][split]["shards"]:
        for row in form.read_rows(out / shard["path"]):
            said = row["txt"].decode()
            if not said.startswith(_QUESTION):
                yield Example(shard["path"], row["__key__"], "Output:", said)
                continue
            turns: Sequence[Sequence[str]] = row["json"]["turns"]
            for (_, asked), (_, answer) in zip(turns[::2], turns[1::2], strict=False):
                yield Example(shard["path"], row["__key__"], f"{_QUESTION}{asked} Short answer:", answer)


def _drawn(examples: Iterator[Example], seed: int) -> list[Example]:
    return nsmallest(POOL, examples, key=partial(_rank, seed, None))


def _rank(seed: int, query: Example | None, example: Example) -> bytes:
    of = [query.key, query.asked] if query else []
    return blake2b("\0".join([str(seed), *of, example.key, example.said]).encode(), digest_size=16).digest()


def _place(example: Example) -> str:
    """Where the picture is: the tar, and the key of its sample."""
    return f"{example.shard}#{example.key}"


def encoded(row: dict[str, Any]) -> bytes:
    """A row as a line of ASCII JSON."""
    return json.dumps(row, separators=(",", ":")).encode() + b"\n"
