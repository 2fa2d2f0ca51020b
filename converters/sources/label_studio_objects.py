"""Objects: the regions of one submission to objects, captions and refusals, none of them lost on the way."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...schemas.box import Box
from ..pictures.find import Pictures
from ..records import Caption, Conversation, Media, Object, Phrase, Question
from .label_studio_dialogues import conversation
from .label_studio_geometry import Place, PlaceError, keypoints, place
from .label_studio_pages import Page, Pages, measure
from .label_studio_regions import TIMED, Region
from .label_studio_shapes import Moment, Submission, Task

NOWHERE = "AN031"
"""The rule of what the tables have no place for."""

_SHOWN = 16
_NO_BOX = Box(0.0, 0.0, 0.0, 0.0)


class Refused(NamedTuple):
    """One annotation that does not reach the table: its place, the rule, the value, what is wrong."""

    at: str
    code: str
    value: object
    message: str


@dataclass(slots=True)
class Drawn:
    """What one submission gives. Its lists of annotations and `refused` together are as many as its regions count.

    `resized` are places whose declared picture size is another than the page's; `first_object` tells the number of a
    region's first object by the region's pointer.
    """

    submission: Submission
    objects: list[Object] = field(default_factory=list[Object])
    captions: list[Caption] = field(default_factory=list[Caption])
    questions: list[Question] = field(default_factory=list[Question])
    phrases: list[Phrase] = field(default_factory=list[Phrase])
    conversations: list[Conversation] = field(default_factory=list[Conversation])
    refused: list[Refused] = field(default_factory=list[Refused])
    resized: list[Refused] = field(default_factory=list[Refused])
    first_object: dict[str, int] = field(default_factory=dict[str, int])


def shown(region: Region) -> dict[str, Any]:
    """A region's value for a person: short, without masks and long lists."""
    raw = region.first.raw
    if not isinstance(raw, dict):
        return {"entry": raw if raw is None or isinstance(raw, (bool, int, float)) else str(raw)[:200]}
    value = region.first.value or raw
    brief = {key: held for key, held in value.items() if not isinstance(held, (dict, list)) or len(held) <= _SHOWN}
    return {"type": region.first.kind, **brief}


def draw(submission: Submission, regions: list[Region], task: Task, pages: Pages, pictures: Pictures) -> Drawn:
    """All regions of a submission. Opens a picture's header only where nothing declares its size."""
    drawn = Drawn(submission)
    for region in regions:
        if region.folded or region.role in ("relation", "message"):
            continue
        if region.first.fault:
            _refuse(drawn, region, "AN004", region.first.fault)
        elif region.shape in TIMED:
            _draw_times(drawn, region, pages, pictures)
        elif region.shape:
            _draw_place(drawn, region, pages, pictures)
        elif region.role in ("caption", "question"):
            _draw_words(drawn, region, pages)
        else:
            _refuse(drawn, region, *_unused(region, task, pages))
    for region in regions:
        if region.role == "relation" and not region.folded:
            _draw_relation(drawn, region)
    _draw_dialogue(drawn, [region for region in regions if region.role == "message"], task, pages)
    return drawn


def usable(pages: Pages) -> list[Media]:
    """The media of a record that can be used."""
    return [
        Media(page.name, *(page.size or (0, 0)), kind=page.kind, duration=page.duration)
        for page in pages.pages
        if page.fault is None
    ]


def _draw_relation(drawn: Drawn, region: Region) -> None:
    """Each label of a relation as words that point at what it goes from: "cup on table" points at the cup."""
    if region.first.fault:
        _refuse(drawn, region, "AN004", region.first.fault)
        return
    if region.ends is None:
        ends = [region.first.raw.get(key) for key in ("from_id", "to_id")]
        _refuse(drawn, region, "AN009", "the relation ties what has no place here", {"from_id, to_id": str(ends)[:200]})
        return
    one, other = region.ends
    names = [next((each for each in end.labels if isinstance(each, str) and each.strip()), "") for end in (one, other)]
    at = drawn.first_object.get(one.first.at)
    left_out = at is None or other.first.at not in drawn.first_object
    for label in region.labels or [None]:
        if at is None or left_out:
            fault = Refused(region.first.at, "AN009", label, "one of the two that the relation ties was left out")
            drawn.refused.append(fault)
        elif not isinstance(label, str) or not label.strip():
            drawn.refused.append(Refused(region.first.at, "AN004", label, "the label of the relation is no text"))
        else:
            drawn.phrases.append(Phrase(region.first.at, f"{names[0]} {label.strip()} {names[1]}", [at]))


def _draw_dialogue(drawn: Drawn, messages: list[Region], task: Task, pages: Pages) -> None:
    if not messages:
        return
    if pages.pages and not usable(pages):
        _refuse(drawn, messages[0], "AN023", "the task has no picture that can be used")
        return
    try:
        made = conversation(task, pages.labelling, messages, usable(pages))
    except PlaceError as fault:
        _refuse(drawn, messages[0], fault.code, fault.message, fault.value)
        return
    drawn.conversations += [made] if made else []


def _refuse(drawn: Drawn, region: Region, code: str, message: str, value: object = None) -> None:
    """Refuse the whole region, as often as it counts."""
    told = shown(region) if value is None else value
    drawn.refused.extend([Refused(region.first.at, code, told, message)] * region.count)


def _draw_place(drawn: Drawn, region: Region, pages: Pages, pictures: Pictures) -> None:
    page = pages.of(region.first)
    if page is None:
        _refuse(drawn, region, *_no_page(region, pages))
    elif page.media is None:
        fault = page.fault
        _refuse(
            drawn, region, fault.code if fault else "AN023", f"its picture cannot be used: {fault}", page.name or None
        )
    elif (size := measure(page, pictures)) is None:
        _refuse(drawn, region, "AN023", "no original_width and original_height, here or on the picture's other regions")
    else:
        try:
            where = place(region.shape, region.first.value, size)
            _draw_labels(drawn, region, where, page, points=keypoints(region.points, size))
            _compare_sizes(drawn, region, size)
        except PlaceError as fault:
            _refuse(drawn, region, fault.code, fault.message)


def _no_page(region: Region, pages: Pages) -> tuple[str, str]:
    count = len(pages.pages)
    if not count:
        return "AN023", "the task's data names no picture"
    if region.first.page is None:
        return "AN023", f"JSON_MIN does not say which of {count} pictures this is on: export JSON instead"
    return "AN009", f"item_index {region.first.raw.get('item_index')!r} names none of {count} pictures"


def _compare_sizes(drawn: Drawn, region: Region, size: tuple[int, int]) -> None:
    if region.first.size not in (None, size):
        text = (
            f"{region.first.size} declared here, {size} by the picture's first region: percent are taken of the latter"
        )
        drawn.resized.append(Refused(region.first.at, "GE012", region.first.size, text))


def _draw_labels(
    drawn: Drawn,
    region: Region,
    where: Place,
    page: Page,
    *,
    points: list[float] | None = None,
    moment: Moment | None = None,
) -> None:
    """An object for each label of the region, at one place and, in a film or sound, at one time."""
    at = region.first.at + (moment.step if moment else "")
    if not region.labels:
        text = "the region has no label, and no choice or text to take one from"
        drawn.refused.append(Refused(at, "AN023", shown(region), text))
    attributes = {**region.attributes, **(where.said or {}), **(moment.said if moment else {})}
    names = [" ".join(map(str, point.labels)) for point in region.points] or None
    for label in region.labels:
        if not isinstance(label, str):
            drawn.refused.append(Refused(at, "AN004", label, "the label is no text"))
        elif not label.strip():
            drawn.refused.append(Refused(at, "AN012", label, "the label is empty"))
        else:
            drawn.first_object.setdefault(region.first.at, len(drawn.objects))
            drawn.objects.append(
                Object(
                    at=at,
                    label=label,
                    box=where.box,
                    media=page.media or 0,
                    quad=where.quad,
                    polygons=where.polygons,
                    keypoints=points or where.keypoints,
                    keypoint_names=names if points else [label] if where.keypoints else None,
                    mask=where.mask,
                    start=moment.start if moment else None,
                    end=moment.end if moment else None,
                    text=region.words,
                    attributes=attributes or None,
                )
            )


def _draw_times(drawn: Drawn, region: Region, pages: Pages, pictures: Pictures) -> None:
    """What is in a film or sound for some time: an object for each of its moments and labels."""
    page = pages.heard(region.first)
    if page is None:
        _refuse(drawn, region, NOWHERE, f"a span of {region.first.target!r}, which is neither film nor sound")
        return
    if page.media is None:
        said = f"its {_called(page)} cannot be used: {page.fault}"
        _refuse(drawn, region, page.fault.code if page.fault else "AN023", said, page.name or None)
        return
    if region.wrong:
        code, value, message = region.wrong
        _refuse(drawn, region, code, message, value)
        return
    if region.shape == "track" and measure(page, pictures) is None:
        _refuse(drawn, region, "AN023", "the film's size: the export never has it, and the file's head does not say")
        return
    for moment in region.moments:
        try:
            where = place("rectangle", moment.value, page.size or (0, 0)) if moment.value else Place(_NO_BOX)
        except PlaceError as fault:
            told = Refused(region.first.at + moment.step, fault.code, fault.value, fault.message)
            drawn.refused.extend([told] * max(1, len(region.labels)))
        else:
            _draw_labels(drawn, region, where, page, moment=moment)


def _called(page: Page) -> str:
    return {"video": "film", "audio": "sound"}.get(page.kind, "picture")


def _draw_words(drawn: Drawn, region: Region, pages: Pages) -> None:
    """What is said of the whole: captions, or a question with its answers."""
    if all(page.media is None for page in pages.pages):
        _refuse(drawn, region, "AN023", "the task has no picture that can be used")
        return
    if region.role == "question":
        _draw_question(drawn, region)
        return
    for text in region.texts or [None]:
        if fault := _wordless(region, text):
            drawn.refused.append(fault)
        else:
            drawn.captions.append(Caption(region.first.at, text))


def _draw_question(drawn: Drawn, region: Region) -> None:
    """One question with all its answers; a wrong one among them takes the others along."""
    faults = [fault for text in region.answers or [None] if (fault := _wordless(region, text))]
    wrong = [fault for fault in faults if fault.code != NOWHERE]
    said = [text for text in region.answers if isinstance(text, str) and text.strip()]
    if wrong or not said:
        drawn.refused.append((wrong or faults)[0])
    else:
        votes = {text: said.count(text) for text in said}
        drawn.questions.append(Question(region.first.at, region.asked, list(votes.items())))


def _wordless(region: Region, text: object) -> Refused | None:
    """What is wrong with what is said of the whole, if anything."""
    if text is None or (isinstance(text, str) and not text.strip()):
        return Refused(region.first.at, NOWHERE, text, "the text is empty")
    if not isinstance(text, str):
        return Refused(region.first.at, "AN004", shown(region), "the text is no text")
    return None


def _unused(region: Region, task: Task, pages: Pages) -> tuple[str, str]:
    kind, control = region.first.kind, pages.labelling.control(region.first.control)
    if kind == "bare":
        return NOWHERE, "a bare answer: without the labelling configuration (--config) nobody can tell choice from text"
    if control and control.per_region:
        lost = "JSON_MIN has dropped which one: export JSON instead" if task.minimal else "that region is not here"
        return "AN023", f"a {kind} that belongs to one region, and {lost}"
    if region.whole:
        return NOWHERE, f"a {kind} about {region.first.target!r}, which is no picture, film or sound"
    return NOWHERE, f"a {kind or 'nameless answer'} without a place in a picture, film or sound"
