"""Agreement of annotators: what must hold whoever drew what in whichever order, and the figures of real exports."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mmdata.annotate.agreement import agreement_of
from mmdata.annotate.comparison import BOUNDS, compare, f1
from mmdata.annotate.opinions import Opinion, Opinions, Thing, opinions
from mmdata.annotate.overlap import Shape
from mmdata.cli.annotate_agreement import agreement
from mmdata.schemas.box import Box
from mmdata.schemas.errors import InputError

corners = st.integers(0, 12)


@st.composite
def things(draw: st.DrawFn) -> Thing:
    x, y, width, height = draw(corners), draw(corners), draw(st.integers(1, 9)), draw(st.integers(1, 9))
    label = draw(st.sampled_from(["car", "person", "lorry"]))
    answers = draw(st.dictionaries(st.just("colour"), st.sampled_from(["red", "blue"]), max_size=1))
    texts = draw(st.dictionaries(st.just("plate"), st.text("AB1", max_size=4), max_size=1))
    page = ("image", draw(st.integers(0, 1)))
    return Thing(label, page, Shape(Box(x, y, x + width, y + height)), "r", answers, texts)


@st.composite
def said(draw: st.DrawFn, by: str = "1") -> Opinion:
    answers = draw(st.dictionaries(st.sampled_from(["weather", "light"]), st.sampled_from(["good", "bad"])))
    texts = draw(st.dictionaries(st.just("caption"), st.text("abc ", max_size=6)))
    return Opinion(by, False, "7", draw(st.lists(things(), max_size=6)), answers, texts)


def by_trying_all(ours: list[Thing], theirs: list[Thing], bound: float) -> int:
    """The most pairs there can be, by taking or leaving each pair in turn."""
    if not ours:
        return 0
    first, *rest = ours
    best = by_trying_all(rest, theirs, bound)
    for index, other in enumerate(theirs):
        a, b = first.shape.box, other.shape.box
        across, down = min(a.x2, b.x2) - max(a.x1, b.x1), min(a.y2, b.y2) - max(a.y1, b.y1)
        shared = max(0.0, across) * max(0.0, down)
        union = (a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - shared
        if first.label == other.label and first.page == other.page and shared / union >= bound:
            best = max(best, 1 + by_trying_all(rest, theirs[:index] + theirs[index + 1 :], bound))
    return best


@settings(deadline=None)
@given(said(), said("2"))
def test_pairs_are_as_many_as_there_can_be(one: Opinion, other: Opinion) -> None:
    found = compare(one, other).things
    assert (found.one, found.other) == (len(one.things), len(other.things))
    assert found.pairs == [by_trying_all(one.things, other.things, bound) for bound in BOUNDS]


def in_a_row(by: str, *drawn: tuple[str, int]) -> Opinion:
    """Boxes 3 wide at these places of a line: neighbours overlap by half."""
    return Opinion(by, False, "7", [Thing(label, ("image", 0), Shape(Box(x, 0, x + 3, 3)), "r") for label, x in drawn])


def test_more_pairs_count_more_than_pairs_that_fit_better() -> None:
    """Two would fit exactly, and then the third of each is alone."""
    one, other = (in_a_row("1", *(("car", x + shift) for x in range(3))) for shift in (0, 1))
    assert compare(one, other).things.pairs == [3, 2, 2]


@settings(deadline=None)
@example(
    in_a_row("1", ("b", 3), ("a", 3), ("a", 2)),
    in_a_row("2", ("e", 2), ("e", 0), ("d", 2), ("b", 1), ("e", 0)),
)
@given(said(), said("2"))
def test_who_is_first_changes_nothing(one: Opinion, other: Opinion) -> None:
    found, turned = compare(one, other), compare(other, one)
    assert found.score == turned.score
    assert [f1(found.things, bound) for bound in range(3)] == [f1(turned.things, bound) for bound in range(3)]
    assert sorted(found.things.overlaps) == sorted(turned.things.overlaps)
    assert found.taken_for == {(b, a): count for (a, b), count in turned.taken_for.items()}
    assert {key: sorted(pairs) for key, pairs in found.answers.items()} == {
        key: sorted((b, a) for a, b in pairs) for key, pairs in turned.answers.items()
    }
    assert {key: sorted(each) for key, each in found.texts.items()} == {
        key: sorted(each) for key, each in turned.texts.items()
    }


@settings(deadline=None)
@given(said(), st.randoms())
def test_who_says_the_same_agrees_wholly(one: Opinion, random: Any) -> None:
    same = replace(one, by="2", things=random.sample(one.things, len(one.things)))
    found = compare(one, same)
    assert found.score in (None, 1.0)
    assert all(f1(found.things, bound) in (None, 1.0) for bound in range(3))
    assert all(a == b for a, b in found.taken_for)
    assert set(found.things.overlaps) <= {1.0}


def tasks_of(people: list[list[Opinion]]) -> list[Opinions]:
    return [Opinions(n, f"task-{n}", "f", f"/{n}", each, [], 0) for n, each in enumerate(people)]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(said(), min_size=2, max_size=4), min_size=1, max_size=3), st.randoms())
def test_figures_know_no_names(people: list[list[Opinion]], random: Any) -> None:
    """Whoever is called what, and in whichever order tasks come: all together the figures are the same."""
    names = ["1", "2", "3", "4"]
    first = [[replace(said, by=names[n]) for n, said in enumerate(each)] for each in people]
    random.shuffle(names)
    second = [
        sorted((replace(said, by=names[n]) for n, said in enumerate(each)), key=lambda said: said.by) for each in people
    ]
    one = agreement_of(tasks_of(first)).as_json()
    other = agreement_of(reversed(tasks_of(second))).as_json()
    assert one["together"] == other["together"]
    assert [each["score"] for each in one["worst"]] == [each["score"] for each in other["worst"]]


def region(number: int, x: float, label: str = "car", **more: object) -> dict[str, Any]:
    value = {"x": x, "y": 10, "width": 20, "height": 20, "rotation": 0, "rectanglelabels": [label]}
    told: dict[str, Any] = {"id": f"r{number}", "type": "rectanglelabels", "from_name": "box", "to_name": "image"}
    return told | {"original_width": 200, "original_height": 100, "value": value} | more


def of_region(number: int, kind: str, value: object) -> dict[str, Any]:
    return region(number, 0) | {"type": kind, "from_name": f"of {kind}", "value": value}


def annotation(number: int, who: int, result: list[dict[str, Any]], **more: object) -> dict[str, Any]:
    return {"id": number, "completed_by": who, "result": result, "updated_at": f"2026-05-0{number}T00:00:00Z", **more}


def export(path: Path, *tasks: dict[str, Any]) -> Path:
    told = [{"id": 10 + n, "data": {"image": "a.png"}, "annotations": [], **task} for n, task in enumerate(tasks)]
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def test_of_each_person_the_latest_work_counts_and_skipped_work_not(tmp_path: Path) -> None:
    work = [
        annotation(1, 1, [region(1, 10)]),
        annotation(2, 1, [region(1, 50)]),
        annotation(3, 2, [region(1, 50)]),
        annotation(4, 3, [], was_cancelled=True),
    ]
    (task,) = opinions(export(tmp_path / "tasks.json", {"annotations": work}))
    assert [(each.by, each.id) for each in task.people] == [("1", "2"), ("2", "3")]
    found = agreement_of([task]).as_json()
    assert found["together"]["things"] == {
        "drawn": 2,
        "f1": {"0.5": 1.0, "0.75": 1.0, "0.9": 1.0},
        "mean_iou": 1.0,
    }


def test_what_is_said_of_a_region_is_compared_where_both_drew_it(tmp_path: Path) -> None:
    place = {"x": 10, "y": 10, "width": 20, "height": 20}
    mine = [
        region(1, 10),
        of_region(1, "textarea", place | {"text": ["ABCD"]}),
        of_region(1, "choices", place | {"choices": ["red"]}),
    ]
    theirs = [
        region(2, 11),
        of_region(2, "textarea", place | {"text": ["ABCE"]}),
        of_region(2, "choices", place | {"choices": ["blue"]}),
    ]
    path = export(tmp_path / "tasks.json", {"annotations": [annotation(1, 1, mine), annotation(2, 2, theirs)]})
    told = agreement_of(opinions(path)).as_json()["together"]
    assert told["texts"] == {"of textarea": {"items": 1, "likeness": 0.75}}
    assert told["answers"]["of choices"]["equal"] == 0
    assert told["things"]["f1"]["0.9"] == 1.0
    assert told["things"]["mean_iou"] == pytest.approx(19 / 21)


def test_a_label_taken_for_another_is_found_by_its_place(tmp_path: Path) -> None:
    path = export(
        tmp_path / "tasks.json",
        {
            "annotations": [
                annotation(1, 1, [region(1, 10), region(2, 50, "lorry")]),
                annotation(2, 2, [region(1, 10, "lorry"), region(2, 50, "lorry"), region(3, 75, "car")]),
            ]
        },
    )
    (pair,) = agreement_of(opinions(path)).as_json()["pairs"]
    assert pair["taken_for"] == [
        {"one": None, "other": "car", "count": 1},
        {"one": "car", "other": "lorry", "count": 1},
        {"one": "lorry", "other": "lorry", "count": 1},
    ]
    assert pair["labels"]["car"]["f1"]["0.5"] == 0


@settings(deadline=None)
@given(said(), said("2"))
def test_who_agrees_wholly_is_confused_in_nothing(one: Opinion, other: Opinion) -> None:
    found = compare(one, other)
    if f1(found.things) == 1.0:
        assert all(a == b for a, b in found.taken_for)
    assert sum(found.taken_for.values()) <= len(one.things) + len(other.things)
    assert sum(n for (a, _), n in found.taken_for.items() if a) == len(one.things)
    assert sum(n for (_, b), n in found.taken_for.items() if b) == len(other.things)


def test_near_things_of_two_labels_are_told_apart_by_their_labels() -> None:
    """Each overlaps more with the other's other one, and yet nobody took one for the other."""
    one, other = in_a_row("1", ("a", 0), ("b", 1)), in_a_row("2", ("a", 1), ("b", 0))
    assert compare(one, other).taken_for == {("a", "a"): 1, ("b", "b"): 1}


def test_a_model_is_not_blamed_for_what_it_never_speaks_of(tmp_path: Path) -> None:
    caption = {"id": "c", "type": "textarea", "from_name": "caption", "to_name": "image", "value": {"text": ["a car"]}}
    guess = {"id": 5, "model_version": "v1", "result": [region(1, 10, score=0.9), region(2, 70, score=0.2)]}
    work = annotation(1, 1, [region(1, 10), caption], parent_prediction=5)
    path = export(tmp_path / "tasks.json", {"annotations": [work], "predictions": [guess]})
    (model,) = agreement_of(opinions(path)).as_json()["models"]
    assert (model["model"], model["begun_from_predictions"], model["texts"]) == ("v1", 1, {})
    assert model["things"]["f1"]["0.5"] == pytest.approx(2 / 3)
    (sure,) = agreement_of(opinions(path, least_score=0.5)).as_json()["models"]
    assert sure["things"]["f1"]["0.5"] == 1.0


def test_turned_boxes_are_compared_as_they_lie(tmp_path: Path) -> None:
    upright, turned = region(1, 40), region(1, 40)
    turned["value"] |= {"rotation": 45}
    path = export(tmp_path / "tasks.json", {"annotations": [annotation(1, 1, [upright]), annotation(2, 2, [turned])]})
    (judged,) = agreement_of(opinions(path)).worst
    assert judged.score == 0.0
    assert judged.id == 10


def run(*arguments: object) -> Any:
    done = CliRunner().invoke(agreement, [str(each) for each in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def test_the_command_says_it_in_words_and_in_json(tmp_path: Path) -> None:
    choice = {"id": "c", "type": "choices", "from_name": "weather", "to_name": "image", "value": {"choices": ["good"]}}
    work = [annotation(1, 1, [region(1, 10), choice]), annotation(2, 2, [region(1, 12), choice])]
    path = export(tmp_path / "tasks.json", {"annotations": work}, {"annotations": work[:1]})
    told = run(path).stdout
    assert "2 tasks, 2 annotators; 1 task of two or more" in told
    assert "weather: 100% of 1 answers equal, kappa (Fleiss): undefined, there is one answer only" in told
    assert "worst" not in told  # they say the same
    assert json.loads(run(path, "--format", "json").stdout)["shared"] == 1


def test_what_does_not_say_who_drew_what_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "min.json"
    path.write_text('[{"id": 1, "image": "a.png", "annotator": 1, "lead_time": 2.0}]', encoding="utf-8")
    with pytest.raises(InputError, match="do not say who drew what"):
        agreement_of(opinions(path))


def test_real_exports(shared: Path) -> None:
    """Task 10 of the main project: two people, one box each alike (IoU 29 · 28 / …), and one that only one drew."""
    exports = shared / "label-studio" / "exports"
    found = agreement_of(opinions(exports / "snapshot_full.json")).as_json()
    things = found["together"]["things"]
    assert things["f1"] == {"0.5": pytest.approx(2 / 3), "0.75": pytest.approx(2 / 3), "0.9": 0.0}
    # 10,10 30×30 against 12,11 30×31, percent: shared 28 × 29
    assert things["mean_iou"] == pytest.approx(28 * 29 / (900 + 930 - 28 * 29))
    assert [each["model"] for each in found["models"]] == ["yolo-v1", "yolo-v2"]
    assert found["worst"][0]["task"] == 10
    export = agreement_of(opinions(exports / "main" / "JSON.json")).as_json()
    assert export["together"] == found["together"]
    assert export["predictions_without_body"] == 3
    every = agreement_of(opinions(exports / "api_tasks_fields_all.json")).as_json()
    assert every["together"] == found["together"] and every["models"] == found["models"]
