"""Everything read is written or rejected, with a line for each: random records under random options."""

from collections import Counter, defaultdict
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.records import Caption, Media, Object, Record
from mmdata.pipelines.job import Limit
from mmdata.schemas.box import Box
from mmdata.schemas.errors import ConfigError, LimitError
from mmdata.schemas.grid import error_bound

Make = Callable[..., object]

SIDE = st.sampled_from([1, 7, 640, 1000])
LABELS = st.sampled_from(["car", "bus", "红绿灯", "<ref>", " ", "a {label}", 'quo"te', "tree"])
EDGE = st.one_of(st.integers(-50, 1100).map(float), st.floats(0, 1000), st.sampled_from([float("nan"), float("inf")]))


@st.composite
def things(draw, pages: int, at: str) -> Object:
    xs, ys = (draw(st.tuples(EDGE, EDGE)) for _ in "xy")
    if draw(st.booleans()) or draw(st.booleans()):
        xs, ys = sorted(xs), sorted(ys)
    box = Box(xs[0], ys[0], xs[1], ys[1])
    quad = [box.x1, box.y1, box.x2, box.y1, box.x2, box.y2, box.x1, box.y2] if draw(st.integers(0, 5)) == 0 else None
    flags = {"crowd": draw(st.integers(0, 6)) == 0, "difficult": draw(st.integers(0, 6)) == 0}
    return Object(at, draw(LABELS), box, draw(st.integers(0, pages - 1)), quad=quad, **flags)


@st.composite
def records(draw) -> list[Record]:
    made = []
    for number in range(draw(st.integers(1, 8))):
        pages = draw(st.sampled_from([1, 1, 1, 2, 3]))
        media = [Media(f"{draw(st.integers(0, 5))}.jpg", draw(SIDE), draw(SIDE)) for _ in range(pages)]
        if draw(st.integers(0, 9)) == 0:
            media[0].width = 0  # not declared: a fault, since pictures are not opened
        objects = [draw(things(pages, f"/{number}/o/{n}")) for n in range(draw(st.integers(0, 6)))]
        said = [Caption(f"/{number}/c/{n}", draw(st.sampled_from(["One.", "", "<img>", "Two.\n"]))) for n in range(2)]
        made.append(Record(f"r{number}", "labels", f"/{number}", media, objects, said[: draw(st.integers(0, 2))]))
    return made


TASKS = st.lists(st.sampled_from(["detect", "ground", "refer", "count", "caption", "grounded", "compare"]), unique=True)
OPTIONS = st.fixed_dictionaries(
    {"tasks": TASKS.map(tuple), "rows": st.sampled_from([1, 3, 2048])},
    optional={
        "order": st.sampled_from(["reading", "largest", "category"]),
        "max_objects": st.integers(0, 3),
        "negatives": st.integers(0, 3),
        "crowd": st.sampled_from(["drop", "keep"]),
        "difficult": st.sampled_from(["drop", "keep"]),
        "rotated": st.sampled_from(["hull", "quad"]),
        "reserved_text": st.sampled_from(["reject", "blunt"]),
        "max_length": st.sampled_from([1, 280, 300, 340, 600]),
        "over_length": st.sampled_from(["split", "reject"]),
        "split": st.sampled_from([(("train", 1.0),), (("train", 0.5), ("val", 0.5))]),
        "lang": st.sampled_from(["en", "zh"]),
        "rounding": st.sampled_from(["nearest", "floor"]),
    },
).filter(lambda options: "max_length" in options or options.get("over_length") != "reject")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(records(), OPTIONS)
def test_read_is_written_and_rejected(make, drawn: list[Record], options: dict[str, object]) -> None:
    try:
        made = make(*drawn, max_rejected=Limit(share=1.0), **options)
    except LimitError as error:
        assert "not one sample" in error.fact  # the only ways out under such a limit: this one, and
        return
    except ConfigError as error:
        assert " has no " in error.fact  # a task of which there is nothing
        assert not any(_asks(task, each) for task in options["tasks"] for each in drawn)
        return
    balance = made.manifest["accounting"]
    assert balance["images"]["read"] == sum(len(each.media) for each in drawn)
    assert balance["annotations"]["read"] == sum(len(each.objects) + len(each.captions) for each in drawn)
    lines: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line in made.rejected:
        lines[line["kind"]][line["code"]] += 1
        assert {"code", "name", "file", "at", "value", "message", "remedy"} <= line.keys()
    for kind, counts in balance.items():
        assert counts["read"] == counts["written"] + sum(counts["rejected"].values())
        assert counts["rejected"] == dict(lines[kind])
    rows = [row for name in made.manifest["splits"] for row in made.rows(name)]
    assert len(rows) == balance["samples"]["written"] > 0
    assert len({row["id"] for row in rows}) == len(rows)
    _every_place_is_there_once(made, drawn)
    _boxes_are_those_of_the_data(made, drawn, rows, str(options.get("rounding", "nearest")))


def _asks(task: str, record: Record) -> bool:
    """Whether a task may find something in a record."""
    if task == "compare":
        return bool(record.objects) and len(record.media) > 1
    return bool(record.captions if task == "caption" else record.objects or (task == "grounded" and record.captions))


def _every_place_is_there_once(made, drawn: list[Record]) -> None:
    places = Counter(line["at"] for line in made.rejected if line["kind"] == "annotations")
    known = {thing.at for each in drawn for thing in (*each.objects, *each.captions)}
    assert places.keys() <= known
    assert max(places.values(), default=1) == 1


def _boxes_are_those_of_the_data(made, drawn: list[Record], rows: list[dict], rounding: str) -> None:
    from mmdata.converters.targets.qwen_vl import decode

    by_id = {each.id: each for each in drawn}
    for row in rows:
        record = by_id[row["id"].split("-")[0]]
        sizes = [(medium.width, medium.height) for medium in record.media]
        for found in decode(row, sizes):
            width, height = sizes[found.media]
            bound = [error_bound(side, steps=1000, top=999, rounding=rounding) for side in (width, height)]
            assert any(
                thing.media == found.media and _near(_inside(thing.box, width, height), found.box, bound)
                for thing in record.objects
            ), (row, found)


def _inside(box: Box, width: int, height: int) -> Box:
    return Box(*(min(max(value, 0), side) for value, side in zip(box, (width, height) * 2, strict=True)))


def _near(box: Box, other: Box, bound: list[float]) -> bool:
    return all(abs(a - b) <= most + 0.011 for a, b, most in zip(box, other, bound * 2, strict=True))


@pytest.mark.parametrize("negatives", [0, 2])
def test_tasks_together_use_an_annotation_once(make, negatives: int) -> None:
    """Used by one task and capped in another is written; used by none is left out, with the reason of its own."""
    things = [Object(f"/{n}", "car", Box(0, 0, 10 + n, 10)) for n in range(4)]
    record = Record("r", "labels", "/", [Media("r.jpg", 100, 100)], things, [Caption("/c", "Cars.")])
    made = make(record, tasks=("detect", "count"), max_objects=2, negatives=negatives)
    assert made.manifest["accounting"]["annotations"] == {"read": 5, "written": 4, "rejected": {"AN022": 1}}
    capped = make(record, tasks=("detect", "caption"), max_objects=1, negatives=negatives)
    assert capped.manifest["accounting"]["annotations"] == {"read": 5, "written": 2, "rejected": {"AN024": 3}}
    assert [line["at"] for line in capped.rejected] == ["/0", "/1", "/2"], "the largest is kept"
    assert "more than 1 objects" in capped.rejected[0]["message"]
