"""The tasks whose questions a source brings: vqa, phrase, chat. None knows a model's tags."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from ..table import counts, entries, item_starts, objects_meant, rows
from .exchanges import NOTHING, Exchanges
from .ready import Ready, ready
from .scene import Scene, Texts, pick, salt_of

Ints = NDArray[np.int64]

_NONE = np.empty(0, np.int64)
SHORT_WORDS, SHORT_LETTERS = 3, 20
"""An answer of no more words and letters than these may be asked for as a short one."""


def vqa(scene: Scene) -> Exchanges:
    """The questions of a record with their answers; one sample a record, or with answers "all" one an answer.

    "majority" answers with what most people said, of several the one said first; "first" with what was said first;
    "sampled" with one of the answers, each as likely as it has votes, the same one in every run with that seed.
    Answers without words are passed over; a question without any other gives nothing (CV004).
    """
    batch, every = scene.batch, scene.asking.answers == "all"
    record = rows(batch, "questions")
    first = item_starts(batch)["questions"]
    asked: list[str] = entries(batch, "questions", "question").to_pylist()
    numbers = (scene.numbers("vqa-answer")[record] ^ salt_of(asked)).tolist()
    said = [
        _chosen(each, scene.asking.answers, number)
        for each, number in zip(entries(batch, "questions", "answers").to_pylist(), numbers, strict=True)
    ]
    of_answer = np.repeat(np.arange(len(asked)), [len(each) for each in said])
    answers = [answer for each in said for answer in each]
    texts = Texts()
    before = _worded(scene, record[of_answer], [asked[at] for at in of_answer.tolist()], answers, texts)
    codes = [texts.code(answer) for answer in answers]
    made = questioned(scene, "vqa", texts, record[of_answer], before, codes, first + of_answer, apart=every)
    made.unfit = {first + at: ("CV004", "nobody answered the question") for at, each in enumerate(said) if not each}
    return made


def _chosen(answers: list[dict[str, str | int]], which: str, number: int) -> list[str]:
    told = [(int(answer["votes"]), text) for answer in answers if (text := str(answer["text"]).strip())]
    if which == "majority" and told:
        most = max(votes for votes, _ in told)
        told = [one for one in told if one[0] == most]
    if which == "sampled" and told:
        last = list(accumulate(votes for votes, _ in told))
        told = [told[bisect_right(last, int(pick(np.array([number]), last[-1])[0]))]]
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
    first = item_starts(batch)["phrases"]
    said = phrases_of(scene)
    entry, meant = phrases_in_order(scene)
    sizes = np.bincount(entry, minlength=len(said))
    fits = sizes <= limit if limit else np.ones(len(said), np.bool_)
    chosen = np.flatnonzero(fits)
    record = rows(batch, "phrases")[chosen]
    salt = salt_of([said[at] for at in chosen.tolist()])
    wordings, asks = scene.worded("phrase", "ask", record, salt)
    replies, nones = scene.worded("phrase", "none", record, salt)
    texts = Texts()
    before, answers = [], []
    for at, ask, none in zip(chosen.tolist(), asks.tolist(), nones.tolist(), strict=True):
        before.append(texts.code(wordings[ask].format(phrase=said[at])))
        answers.append(NOTHING if sizes[at] else texts.code(replies[none].format(phrase=said[at])))
    made = questioned(scene, "phrase", texts, record, before, answers, first + chosen)
    made.objects, made.answer_counts, made.label_once = meant[fits[entry]], sizes[chosen], True
    made.called = np.array([texts.code(said[at]) for at in chosen.tolist()], np.int64)
    over = np.flatnonzero(~fits).tolist()
    made.unfit = {first + at: ("AN024", f"it means {sizes[at]} objects, more than {limit}") for at in over}
    return made


def phrases_of(scene: Scene) -> list[str]:
    """The words of every phrase of the batch, outer white space aside."""
    return [text.strip() for text in entries(scene.batch, "phrases", "text").to_pylist()]


def phrases_in_order(scene: Scene) -> tuple[Ints, Ints]:
    """(phrase, object) pairs, the objects of a phrase in the order in which objects are answered."""
    entry, meant = objects_meant(scene.batch, "phrases")
    rank = np.empty(len(scene.order), np.int64)
    rank[scene.order] = np.arange(len(scene.order))
    order = np.lexsort((rank[meant], entry))
    return entry[order], meant[order]


def questioned(
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
    """Exchanges of texts: one sample a record, or one an exchange where they are kept `apart`; `record` ascends."""
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
    told = entries(batch, "conversations", "turns")
    return ready("chat", batch, ids, record, [[use] for use in uses.tolist()], told)
