"""Annotators: whose work is taken when several people, or a person and a model, worked on one task.

Submitted work stands over drafts, drafts over skipped work, and that over predictions, where `--include` lets those in
at all; the policy chooses among what stands highest (`all` takes everything that is let in).

`consensus` takes the latest work of each annotator. Boxes of one label on one picture that overlap (IoU at least
`--consensus-iou` with the first annotator's) are one thing; it is kept when more than half of the annotators drew it,
with the median of their boxes, or, where corners, rings or points come with it, as the annotator drew it who is nearest
to that median. Captions and phrases are not voted on: every different one is kept. Of a question all answers are kept,
each with the number of annotators who gave it. Of a conversation the first annotator's is kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from ...schemas.box import Box, iou
from ..records import Caption, Object, Question
from .label_studio_objects import Drawn, Refused
from .label_studio_shapes import KINDS, Submission

Policy = Literal["latest", "ground-truth", "all", "consensus"]
POLICIES: tuple[Policy, ...] = ("latest", "ground-truth", "all", "consensus")
INCLUDABLE = ("drafts", "skipped", "predictions")
"""What can be let in beside submitted annotations."""

_INCLUDED_BY = {"draft": "drafts", "skipped": "skipped", "prediction": "predictions"}


@dataclass(slots=True)
class Chosen:
    """`groups` become a record each; `left` are those left out, each with its rule and the reason."""

    groups: list[list[Submission]]
    left: list[tuple[Submission, str, str]]


def choose(submissions: list[Submission], policy: Policy, include: Iterable[str]) -> Chosen:
    """Apply a policy to the submissions of one task; each is in exactly one group or left out."""
    allowed = {"annotation", *(kind for kind, option in _INCLUDED_BY.items() if option in include)}
    left = [(each, "AN017", _unfinished(each)) for each in submissions if each.kind not in allowed]
    within = [each for each in submissions if each.kind in allowed]
    if policy == "all":
        return Chosen([[each] for each in within], left)
    best = next((kind for kind in KINDS if any(each.kind == kind for each in within)), None)
    left += [(each, "AN018", f"a {each.kind}, and there is a {best}") for each in within if each.kind != best]
    rivals = [each for each in within if each.kind == best]
    taken, why = _taken(rivals, policy)
    left += [(each, "AN018", why) for each in rivals if not any(each is other for other in taken)]
    return Chosen([taken] if taken else [], left)


def _unfinished(submission: Submission) -> str:
    what = {"draft": "a draft nobody submitted", "skipped": "the annotator skipped the task"}
    return what.get(submission.kind, "a prediction nobody accepted")


def _taken(rivals: list[Submission], policy: Policy) -> tuple[list[Submission], str]:
    """Those the policy takes, and why the others are not."""
    if policy == "consensus":
        by_annotator: dict[str, list[Submission]] = {}
        for index, each in enumerate(rivals):
            by_annotator.setdefault(each.by or f"\0{index}", []).append(each)
        return [latest(own) for own in by_annotator.values()], "the same annotator submitted later work"
    if policy == "ground-truth":
        rivals = [each for each in rivals if each.truth]
        return [latest(rivals)] if rivals else [], "not marked as ground truth"
    return [latest(rivals)] if rivals else [], "another annotation is later"


def latest(submissions: list[Submission]) -> Submission:
    """By time; where times are equal or missing, by id, then by place in the file."""

    def rank(indexed: tuple[int, Submission]) -> tuple[float, int, int]:
        index, each = indexed
        number = int(each.id) if each.id.isascii() and each.id.isdigit() and len(each.id) < 19 else -1
        return each.when, number, index

    return max(enumerate(submissions), key=rank)[1]


def agree(drawn: list[Drawn], threshold: float) -> Drawn:
    """The consensus of several annotators' drawings, all on the same pictures; counts stay in balance."""
    if len(drawn) == 1:
        return drawn[0]
    agreed = Drawn(drawn[0].submission)
    for each in drawn:
        agreed.refused += each.refused
        agreed.resized += each.resized
    places: dict[int, int] = {}  # of each annotator's object, by its identity, the number of the merged one
    for cluster in _clusters([each.objects for each in drawn], threshold):
        kept = len(cluster) * 2 > len(drawn)
        if kept:
            places |= dict.fromkeys(map(id, cluster), len(agreed.objects))
            agreed.objects.append(_merged(cluster))
        message = (
            f"one of {len(cluster)} that agree: merged"
            if kept
            else f"{len(cluster)} of {len(drawn)} annotators drew this"
        )
        agreed.refused += [Refused(each.at, "AN018", each.label, message) for each in cluster[int(kept) :]]
    _keep_captions(agreed, drawn)
    _keep_phrases(agreed, drawn, places)
    _keep_questions(agreed, drawn)
    spoken = [each for one in drawn for each in one.conversations]
    agreed.conversations = spoken[:1]
    agreed.refused += [
        Refused(each.at, "AN018", None, "another annotator's conversation is kept") for each in spoken[1:]
    ]
    return agreed


def _keep_phrases(agreed: Drawn, drawn: list[Drawn], places: dict[int, int]) -> None:
    seen: set[tuple[str, int]] = set()
    for each in drawn:
        for phrase in each.phrases:
            at = places.get(id(each.objects[phrase.objects[0]]))
            if at is None:
                agreed.refused.append(Refused(phrase.at, "AN018", phrase.text, "what it points at was not agreed on"))
            elif (phrase.text, at) in seen:
                agreed.refused.append(Refused(phrase.at, "AN018", phrase.text, "another annotator said the same"))
            else:
                seen.add((phrase.text, at))
                agreed.phrases.append(replace(phrase, objects=[at]))


def _keep_questions(agreed: Drawn, drawn: list[Drawn]) -> None:
    asked: dict[str, Question] = {}
    for question in (question for each in drawn for question in each.questions):
        first = asked.setdefault(question.question, question)
        if first is question:
            continue
        votes = dict(first.answers)
        for text, count in question.answers:
            votes[text] = votes.get(text, 0) + count
        asked[question.question] = replace(first, answers=list(votes.items()))
        agreed.refused.append(Refused(question.at, "AN018", question.question, "merged: its answers are kept as votes"))
    agreed.questions = list(asked.values())


def _clusters(annotators: list[list[Object]], threshold: float) -> list[list[Object]]:
    """Objects that are one thing: each starts from the first annotator who drew it, one member an annotator."""
    clusters: list[list[Object]] = []
    loose = [list(objects) for objects in annotators]
    for index, own in enumerate(loose):
        for seed in own:
            cluster = [seed]
            for other in loose[index + 1 :]:
                match = _best_match(seed, other, threshold)
                if match is not None:
                    cluster.append(other.pop(match))
            clusters.append(cluster)
    return clusters


def _best_match(seed: Object, others: list[Object], threshold: float) -> int | None:
    scores = [
        (iou(seed.box, each.box), -index)
        for index, each in enumerate(others)
        if each.label == seed.label and each.media == seed.media
    ]
    best, index = max(scores, default=(0.0, 0))
    return -index if best >= threshold and best > 0 else None


def _merged(cluster: list[Object]) -> Object:
    middle = Box(*(median(each.box[side] for each in cluster) for side in range(4)))
    nearest = max(cluster, key=lambda each: iou(each.box, middle))
    if any(each.quad or each.polygons or each.keypoints for each in cluster):
        return nearest
    return replace(nearest, box=middle)


def _keep_captions(agreed: Drawn, drawn: list[Drawn]) -> None:
    seen: set[str] = set()
    captions: list[Caption] = [caption for each in drawn for caption in each.captions]
    for caption in captions:
        if caption.text in seen:
            agreed.refused.append(Refused(caption.at, "AN018", caption.text, "another annotator wrote the same"))
        else:
            seen.add(caption.text)
            agreed.captions.append(caption)
