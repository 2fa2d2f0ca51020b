"""The tasks whose questions a source brings: vqa, phrase, describe, chat. None knows a model's tags."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...schemas.conversation import CONVERSATIONS, KINDS, PART, ROLES, TURN
from ..table import counts, entries, item_starts, objects_meant, rows
from .exchanges import NOTHING, Exchanges, Ready
from .scene import Scene, Texts, pick, salt_of

Ints = NDArray[np.int64]

_NONE = np.empty(0, np.int64)
SHORT_WORDS, SHORT_LETTERS = 3, 20
"""An answer of no more words and letters than these may be asked for as a short one."""


def vqa(scene: Scene) -> Exchanges:
    """The questions of a record with their answers; one sample a record, or with answers "all" one an answer.

    "majority" answers with what most people said, of several the one said first; "first" with what was said first.
    Answers without words are passed over; a question without any other gives nothing (CV004).
    """
    batch, every = scene.batch, scene.asking.answers == "all"
    record = rows(batch, "questions")
    first = item_starts(batch)["questions"]
    asked: list[str] = entries(batch, "questions", "question").to_pylist()
    said = [_chosen(each, scene.asking.answers) for each in entries(batch, "questions", "answers").to_pylist()]
    of_answer = np.repeat(np.arange(len(asked)), [len(each) for each in said])
    answers = [answer for each in said for answer in each]
    texts = Texts()
    before = _worded(scene, record[of_answer], [asked[at] for at in of_answer.tolist()], answers, texts)
    codes = [texts.code(answer) for answer in answers]
    made = _asked(scene, "vqa", texts, record[of_answer], before, codes, first + of_answer, apart=every)
    made.unfit = {first + at: ("CV004", "nobody answered the question") for at, each in enumerate(said) if not each}
    return made


def _chosen(answers: list[dict[str, str | int]], which: str) -> list[str]:
    told = [(int(answer["votes"]), text) for answer in answers if (text := str(answer["text"]).strip())]
    if which == "majority" and told:
        most = max(votes for votes, _ in told)
        told = [one for one in told if one[0] == most]
    return [text for _, text in (told if which == "all" else told[:1])]


def _worded(scene: Scene, record: Ints, asked: Sequence[str], answers: Sequence[str], texts: Texts) -> list[int]:
    """Each question in one of its wordings; short ones are asked for where the answer is short."""
    lists = scene.asking.wordings.lists["vqa"]
    plain, short = lists["ask"], (*lists["ask"], *lists["ask_short"])
    numbers, salt = scene.numbers("vqa")[record], salt_of(asked)
    picks = zip(pick(numbers, len(plain), salt).tolist(), pick(numbers, len(short), salt).tolist(), strict=True)
    return [
        texts.code((short[brief] if _is_short(answer) else plain[long]).format(question=question))
        for (long, brief), question, answer in zip(picks, asked, answers, strict=True)
    ]


def _is_short(answer: str) -> bool:
    return len(answer) <= SHORT_LETTERS and len(answer.split()) <= SHORT_WORDS


def phrase(scene: Scene) -> Exchanges:
    """For each phrase of a record the boxes it means, or that there is none; one sample a record.

    A phrase that means more objects than an answer may hold gives nothing (AN024): half an answer would be false.
    """
    batch, limit = scene.batch, scene.asking.max_objects
    lists = scene.asking.wordings.lists["phrase"]
    first = item_starts(batch)["phrases"]
    said = _phrases(scene)
    entry, meant = _in_order(scene)
    sizes = np.bincount(entry, minlength=len(said))
    fits = sizes <= limit if limit else np.ones(len(said), np.bool_)
    chosen = np.flatnonzero(fits)
    record = rows(batch, "phrases")[chosen]
    numbers, salt = scene.numbers("phrase")[record], salt_of([said[at] for at in chosen.tolist()])
    asks = pick(numbers, len(lists["ask"]), salt).tolist()
    nones = pick(numbers, len(lists["none"]), salt).tolist()
    texts = Texts()
    before, answers = [], []
    for at, ask, none in zip(chosen.tolist(), asks, nones, strict=True):
        before.append(texts.code(lists["ask"][ask].format(phrase=said[at])))
        answers.append(NOTHING if sizes[at] else texts.code(lists["none"][none].format(phrase=said[at])))
    made = _asked(scene, "phrase", texts, record, before, answers, first + chosen)
    made.objects, made.answer_counts, made.label_once = meant[fits[entry]], sizes[chosen], True
    made.called = np.array([texts.code(said[at]) for at in chosen.tolist()], np.int64)
    over = np.flatnonzero(~fits).tolist()
    made.unfit = {first + at: ("AN024", f"it means {sizes[at]} objects, more than {limit}") for at in over}
    return made


def describe(scene: Scene) -> Exchanges:
    """For each phrase that means one object, what is in its box; one sample a record, one exchange a phrase."""
    lists = scene.asking.wordings.lists["describe"]
    said = _phrases(scene)
    entry, meant = _in_order(scene)
    alone = np.bincount(entry, minlength=len(said))[entry] == 1
    chosen, box = entry[alone], meant[alone]
    record = rows(scene.batch, "phrases")[chosen]
    texts = Texts()
    halves = [wording.split("{box}") for wording in lists["ask"]]
    heads = np.array([texts.code(head) if head else NOTHING for head, _ in halves], np.int64)
    tails = np.array([texts.code(tail) if tail else NOTHING for _, tail in halves], np.int64)
    turn = np.arange(len(chosen)) - np.searchsorted(record, record)
    ask = pick(scene.numbers("describe")[record], len(halves), turn)
    reply = pick(scene.numbers("describe")[record], len(lists["answer"]), turn).tolist()
    answers = [
        texts.code(lists["answer"][which].format(phrase=said[at]))
        for which, at in zip(reply, chosen.tolist(), strict=True)
    ]
    uses = item_starts(scene.batch)["phrases"] + chosen
    made = _asked(scene, "describe", texts, record, heads[ask].tolist(), answers, uses)
    made.box, made.after = box, tails[ask]
    return made


def _phrases(scene: Scene) -> list[str]:
    return [text.strip() for text in entries(scene.batch, "phrases", "text").to_pylist()]


def _in_order(scene: Scene) -> tuple[Ints, Ints]:
    """(phrase, object) pairs, the objects of a phrase in the order in which objects are answered."""
    entry, meant = objects_meant(scene.batch, "phrases")
    rank = np.empty(len(scene.order), np.int64)
    rank[scene.order] = np.arange(len(scene.order))
    order = np.lexsort((rank[meant], entry))
    return entry[order], meant[order]


def _asked(
    scene: Scene,
    task: str,
    texts: Texts,
    record: Ints,
    before: list[int],
    answers: list[int],
    uses: Ints,
    *,
    apart: bool = False,
) -> Exchanges:
    """One sample a record, or one an exchange where they are kept `apart`; `record` is ascending."""
    size = len(record)
    whose, sample = (record, np.arange(size)) if apart else np.unique(record, return_inverse=True)
    turn = np.arange(size) - np.searchsorted(record, record)
    names = [f"{scene.ids[row]}-{task}" for row in whose.tolist()]
    return Exchanges(
        task=task,
        texts=texts.list,
        record=whose,
        ids=[f"{name}-{at}" for name, at in zip(names, turn.tolist(), strict=True)] if apart else names,
        sample=sample,
        before=np.array(before, np.int64),
        box=np.full(size, NOTHING),
        after=np.full(size, NOTHING),
        answer=np.array(answers, np.int64),
        answer_counts=np.zeros(size, np.int64),
        objects=_NONE,
        uses=uses,
        use_counts=np.ones(size, np.int64),
    )


def chat(scene: Scene) -> Ready:
    """Every conversation of a record as it was, one sample each; nothing is asked and nothing worded."""
    batch = scene.batch
    record = rows(batch, "conversations")
    turn = (np.arange(len(record)) - np.searchsorted(record, record)).tolist()
    several = (counts(batch, "conversations")[record] > 1).tolist()
    ids = [
        f"{scene.ids[row]}-chat" + (f"-{at}" if many else "")
        for row, at, many in zip(record.tolist(), turn, several, strict=True)
    ]
    uses = item_starts(batch)["conversations"] + np.arange(len(record))
    columns = [
        pa.array(ids, pa.string()),
        pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(record), np.int8)), pa.array(["chat"])),
        pa.array(record.astype(np.int32)),
        pa.ListArray.from_arrays(_offsets(np.ones(len(record), np.int64)), pa.array(uses.astype(np.int32))),
        pc.take(batch.column("media"), pa.array(record)),
        _canonical(entries(batch, "conversations", "turns")),
    ]
    return Ready("chat", pa.RecordBatch.from_arrays(columns, schema=CONVERSATIONS))


def _canonical(turns: pa.Array) -> pa.Array:
    """The turns with roles and kinds by their numbers in the schema: a batch made of records numbers them anew."""
    turn = turns.flatten()
    parts = pc.struct_field(turn, "parts")
    part = parts.flatten()
    fields = [pc.struct_field(part, field.name) for field in PART]
    fields[0] = _coded(fields[0], KINDS)
    inner = pa.ListArray.from_arrays(_offsets(_sizes(parts)), pa.StructArray.from_arrays(fields, fields=list(PART)))
    said = [_coded(pc.struct_field(turn, "role"), ROLES), inner]
    return pa.ListArray.from_arrays(_offsets(_sizes(turns)), pa.StructArray.from_arrays(said, fields=list(TURN)))


def _coded(column: pa.Array, names: tuple[str, ...]) -> pa.Array:
    code = np.array([names.index(name) for name in column.dictionary.to_pylist()], np.int8)
    return pa.DictionaryArray.from_arrays(pa.array(code[column.indices.to_numpy()]), pa.array(names))


def _sizes(lists: pa.Array) -> Ints:
    return np.asarray(np.diff(lists.offsets.to_numpy()), np.int64)


def _offsets(sizes: Ints) -> pa.Array:
    return pa.array(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32))
