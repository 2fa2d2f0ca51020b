"""--max-length: no row over it, nothing cut, what cannot be divided is left out and told."""

import json
from collections import Counter
from itertools import pairwise

import pytest
from mmdata.converters.records import Caption, Media, Object, Record
from mmdata.converters.targets.qwen_vl import count_tokens
from mmdata.pipelines.job import Limit
from mmdata.schemas.box import Box

LABELS = [f"kind {number}" for number in range(12)]
ALL = Limit(share=1.0)


def crowded(name: str = "r", each: int = 5) -> Record:
    """Sixty boxes of twelve kinds, told apart by their places."""
    things = [
        Object(f"/{n}", LABELS[n % 12], Box(n * 10.0, n * 5.0, n * 10.0 + 8, n * 5.0 + 4)) for n in range(12 * each)
    ]
    return Record(name, "labels", f"/{name}", [Media(f"{name}.jpg", 1000, 1000)], things)


def tokens(rows: list[dict]) -> list[int]:
    return count_tokens([json.dumps(row).encode() for row in rows])


@pytest.mark.parametrize("task", ["detect", "ground", "refer", "count"])
@pytest.mark.parametrize("limit", [440, 700, 3000])
def test_a_long_sample_is_divided_and_keeps_every_box(make, task: str, limit: int) -> None:
    made = make(crowded(), tasks=(task,), max_length=limit)
    rows = made.rows()
    assert max(tokens(rows)) <= limit
    balance = made.manifest["accounting"]
    assert balance["annotations"] == {"read": 60, "written": 60, "rejected": {}}
    assert balance["samples"]["rejected"] == {}
    if task != "count":
        boxes = [found.box for _, held in made.boxes({"r": [(1000, 1000)]} | _parts("r", task)) for found in held]
        assert len(boxes) == len(set(boxes)) == 60
    assert len({row["id"] for row in rows}) == len(rows)


@pytest.mark.parametrize("task", ["detect", "ground"])
def test_boxes_of_one_kind_are_not_torn_apart(make, task: str) -> None:
    """Half of them would be a wrong answer to the question where all are; the others stay."""
    few = Object("/few", "few", Box(0, 0, 9, 9))
    record = crowded()
    record.objects.append(few)
    made = make(record, tasks=(task,), max_length=340, max_rejected=ALL)
    assert made.manifest["accounting"]["annotations"] == {"read": 61, "written": 1, "rejected": {"TK001": 60}}
    assert made.manifest["accounting"]["samples"] == {"read": 13, "written": 1, "rejected": {"TK001": 12}}
    assert max(tokens(made.rows())) <= 340


def _parts(name: str, task: str) -> dict[str, list[tuple[int, int]]]:
    return {f"{name}-{task}": [(1000, 1000)]}


def test_the_parts_of_a_detection_ask_for_what_they_answer(make) -> None:
    made = make(crowded(), tasks=("detect",), max_length=440)
    asked: Counter[str] = Counter()
    for question, answer in made.said("detect"):
        for label in LABELS:
            named = f"{label}," in question or f"{label}." in question or question.endswith(label)
            assert named == (f"<ref>{label}</ref>" in answer), (label, question, answer)
            asked[label] += named
    assert asked == Counter(LABELS), "every kind is asked for once"


def test_no_part_asks_for_kinds_of_which_the_cap_left_nothing(make) -> None:
    big = [Object(f"/b{n}", "big", Box(0, 0, 900 - n, 900)) for n in range(30)]
    small = [Object(f"/s{n}", f"small {n}", Box(0, 0, 5, 5 + n)) for n in range(30)]
    record = Record("r", "labels", "/", [Media("r.jpg", 1000, 1000)], big + small)
    made = make(record, tasks=("detect",), max_objects=32, max_length=500, max_rejected=ALL)
    for question, answer in made.said("detect"):
        assert "<box>" in answer, (question, answer)
    balance = made.manifest["accounting"]["annotations"]
    assert balance["rejected"]["AN024"] == 28
    assert balance["read"] == balance["written"] + sum(balance["rejected"].values())


def test_reject_divides_nothing(make) -> None:
    records = crowded("long"), crowded("short", each=1)
    made = make(*records, tasks=("detect",), max_length=700, over_length="reject", max_rejected=ALL)
    assert [row["id"] for row in made.rows()] == ["short-detect"]
    assert made.manifest["accounting"]["annotations"]["rejected"] == {"TK001": 60}
    assert made.manifest["accounting"]["images"]["rejected"] == {"TK001": 1}
    (line,) = [line for line in made.rejected if line["kind"] == "samples"]
    assert line["code"] == "TK001"
    assert line["value"] == tokens(make(crowded("long"), tasks=("detect",)).rows())[0]
    assert "more than --max-length 700" in line["message"]


def test_captions_are_never_cut(make) -> None:
    said = [Caption("/0", "A word."), Caption("/1", "word " * 500)]
    record = Record("r", "labels", "/", [Media("r.jpg", 10, 10)], [], said)
    made = make(record, max_length=400, max_rejected=ALL)
    assert [turns[1] for turns in made.said("caption")] == ["A word."]
    assert made.manifest["accounting"]["annotations"]["rejected"] == {"TK001": 1}


def test_labels_asked_for_in_vain_are_divided_too(make) -> None:
    empty = Record("empty", "labels", "/e", [Media("e.jpg", 1000, 1000)])
    made = make(crowded(), empty, tasks=("detect",), negatives=12, max_length=340, max_rejected=ALL)
    vain = [row for row in made.rows() if row["id"].startswith("empty-detect-none")]
    assert len(vain) > 1
    assert max(tokens(made.rows())) <= 340
    questions = [turn["value"] for row in vain for turn in row["conversations"][::2]]
    assert len(questions) == 12
    assert sum(any(label in question for label in LABELS) for question in questions) == 12


def test_records_of_one_id_are_divided_each_for_itself(make) -> None:
    """Two files of a data set may give the same id twice."""
    twins = [crowded("same"), crowded("same")]
    for number, thing in enumerate(twins[1].objects):
        thing.box = Box(number * 10.0 + 1, number * 5.0, number * 10.0 + 9, number * 5.0 + 4)
    made = make(*twins, tasks=("ground",), max_length=440)
    boxes = [found.box for _, held in made.boxes({"same": [(1000, 1000)]} | _parts("same", "ground")) for found in held]
    assert len(set(boxes)) == 120
    assert made.manifest["accounting"]["annotations"] == {"read": 120, "written": 120, "rejected": {}}


def test_parts_follow_each_other_in_the_order_of_the_answer(make) -> None:
    made = make(crowded(), tasks=("refer",), max_length=440)
    tops = [found.box.y1 for _, held in made.boxes(_parts("r", "refer")) for found in held]
    assert all(one <= other for one, other in pairwise(tops))


def lengths(made, split: str = "train") -> dict:
    return made.manifest["splits"][split]["lengths"]


def test_the_manifest_knows_the_lengths_of_what_was_written_and_how_many_were_over(make) -> None:
    made = make(crowded(), crowded("few", 1), tasks=("detect",), max_length=700)
    counted = tokens(made.rows())
    assert lengths(made)["max"] == max(counted) <= 700
    assert lengths(made)["mean"] == round(sum(counted) / len(counted), 2)
    assert lengths(made)["over"] == 1
    assert lengths(made)["basis"].startswith("exact")


def test_tokens_are_counted_without_a_limit_where_that_is_asked(make) -> None:
    counted = make(crowded(), tasks=("detect",), count_tokens=True)
    assert lengths(counted)["max"] == max(tokens(counted.rows())) > 700
    assert lengths(counted)["over"] == 0
    assert "lengths" not in make(crowded(), tasks=("detect",)).manifest["splits"]["train"]


def test_every_split_has_its_own_lengths(make) -> None:
    records = [crowded(f"r{number}", 1 + number % 3) for number in range(12)]
    made = make(*records, tasks=("detect",), count_tokens=True, split=(("train", 0.5), ("val", 0.5)))
    for split, told in made.manifest["splits"].items():
        counted = tokens([json.loads(line) for line in _lines(made, split)])
        assert (told["lengths"]["max"], told["samples"]) == (max(counted), len(counted))


def _lines(made, split: str) -> list[str]:
    text = (made.out / split / f"{split}.json").read_text()
    return [line.removesuffix(",") for line in text.splitlines() if line.startswith("{")]
