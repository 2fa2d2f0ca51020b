"""Objects: the regions of one submission to objects, captions and refusals, none of them lost on the way."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..pictures.find import Pictures
from ..records import Caption, Object
from .label_studio_geometry import Place, PlaceError, keypoints, place
from .label_studio_pages import Page, Pages, measure
from .label_studio_regions import Region
from .label_studio_shapes import Submission, Task

_SHOWN = 16


class Refused(NamedTuple):
    """One annotation that does not reach the table: its place, the rule, the value, what is wrong."""

    at: str
    code: str
    value: object
    message: str


@dataclass(slots=True)
class Drawn:
    """What one submission gives. `objects`, `captions` and `refused` together are as many as its regions count.

    `resized` are places whose declared picture size is another than the page's.
    """

    submission: Submission
    objects: list[Object] = field(default_factory=list[Object])
    captions: list[Caption] = field(default_factory=list[Caption])
    refused: list[Refused] = field(default_factory=list[Refused])
    resized: list[Refused] = field(default_factory=list[Refused])


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
        if region.folded:
            continue
        if region.first.fault:
            _refuse(drawn, region, "AN004", region.first.fault)
        elif region.shape:
            _draw_place(drawn, region, pages, pictures)
        elif region.text:
            _draw_text(drawn, region, task, pages)
        else:
            _refuse(drawn, region, *_unused(region, task, pages))
    return drawn


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
            _draw_labels(drawn, region, place(region, size), page, size)
        except PlaceError as fault:
            _refuse(drawn, region, fault.code, fault.message)


def _no_page(region: Region, pages: Pages) -> tuple[str, str]:
    count = len(pages.pages)
    if not count:
        return "AN023", "the task's data names no picture"
    if region.first.page is None:
        return "AN023", f"JSON_MIN does not say which of {count} pictures this is on: export JSON instead"
    return "AN009", f"item_index {region.first.raw.get('item_index')!r} names none of {count} pictures"


def _draw_labels(drawn: Drawn, region: Region, where: Place, page: Page, size: tuple[int, int]) -> None:
    if region.first.size not in (None, size):
        text = (
            f"{region.first.size} declared here, {size} by the picture's first region: percent are taken of the latter"
        )
        drawn.resized.append(Refused(region.first.at, "GE012", region.first.size, text))
    if not region.labels:
        _refuse(drawn, region, "AN023", "the region has no label, and no choice or text to take one from")
    points = keypoints(region.points, size)
    attributes = {**region.attributes, **(where.said or {})}
    if points:
        attributes["keypoints"] = [" ".join(map(str, point.labels)) for point in region.points]
    for label in region.labels:
        if not isinstance(label, str):
            drawn.refused.append(Refused(region.first.at, "AN004", label, "the label is no text"))
        elif not label.strip():
            drawn.refused.append(Refused(region.first.at, "AN012", label, "the label is empty"))
        else:
            drawn.objects.append(
                Object(
                    at=region.first.at,
                    label=label,
                    box=where.box,
                    media=page.media or 0,
                    quad=where.quad,
                    polygons=where.polygons,
                    keypoints=points,
                    text=region.words,
                    attributes=attributes or None,
                )
            )


def _draw_text(drawn: Drawn, region: Region, task: Task, pages: Pages) -> None:
    at = region.first.at
    if all(page.media is None for page in pages.pages):
        _refuse(drawn, region, "AN023", "the task has no picture that can be used")
        return
    if not pages.about_picture(region.first, task.data):
        _refuse(drawn, region, "AN022", f"the text is about {region.first.target!r}, which is no picture")
        return
    if not region.texts:
        _refuse(drawn, region, "AN022", "the text is empty")
    for text in region.texts:
        if not isinstance(text, str):
            drawn.refused.append(Refused(at, "AN004", shown(region), "the text is no text"))
        elif not text.strip():
            drawn.refused.append(Refused(at, "AN022", text, "the text is empty"))
        else:
            drawn.captions.append(Caption(at, text))


def _unused(region: Region, task: Task, pages: Pages) -> tuple[str, str]:
    kind, control = region.first.kind, pages.labelling.control(region.first.control)
    if kind == "bare":
        return "AN022", "a bare answer: without the labelling configuration (--config) nobody can tell choice from text"
    if control and control.per_region and kind != "relation":
        lost = "JSON_MIN has dropped which one: export JSON instead" if task.minimal else "that region is not here"
        return "AN023", f"a {kind} that belongs to one region, and {lost}"
    if kind == "relation":
        return "AN022", "a relation between regions has no place in the table"
    return "AN022", f"a {kind or 'nameless answer'} without a place in a picture has no place in the table"
