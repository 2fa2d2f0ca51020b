"""Arbitrary work on tasks, written as the server writes it (JSON, JSON_MIN, CSV) and read back."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .reading import Result, box_of

CONFIG = """<View><Image name="image" value="$image"/><Text name="question" value="$question"/>
<RectangleLabels name="box" toName="image"/><TextArea name="answer" toName="image"/>
<TextArea name="caption" toName="image"/><Choices name="light" toName="image"/></View>"""
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=6).filter(
    lambda word: word[0] not in "[{"
)
BOXES = st.lists(st.tuples(*[st.integers(0, 50)] * 2, *[st.integers(1, 50)] * 2, WORDS), max_size=4, unique=True)
TASKS = st.lists(
    st.fixed_dictionaries(
        {
            "boxes": BOXES,
            "relations": st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), WORDS), max_size=3),
            "answers": st.lists(WORDS, max_size=3),
            "captions": st.lists(WORDS, max_size=2),
            "light": st.none() | WORDS,
        }
    ),
    min_size=1,
    max_size=3,
)


def regions(work: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"x": x, "y": y, "width": w, "height": h, "rotation": 0, "rectanglelabels": [label],
         "original_width": 200, "original_height": 100}
        for x, y, w, h, label in work["boxes"]
    ]  # fmt: skip


def exported(work: dict[str, Any], number: int) -> dict[str, Any]:
    """One task of the JSON export."""
    size = {"original_width": 200, "original_height": 100}
    result: list[dict[str, Any]] = [
        {"id": f"r{at}", "type": "rectanglelabels", "from_name": "box", "to_name": "image", "value": value, **size}
        for at, value in enumerate(regions(work))
    ]
    result += [
        {"type": "relation", "from_id": f"r{one}", "to_id": f"r{other}", "direction": "right", "labels": [label]}
        for one, other, label in work["relations"]
    ]
    said = [("textarea", "answer", "text", work["answers"]), ("textarea", "caption", "text", work["captions"])]
    said += [("choices", "light", "choices", [work["light"]] if work["light"] else [])]
    result += [
        {"id": name, "type": kind, "from_name": name, "to_name": "image", "value": {key: words}}
        for kind, name, key, words in said
        if words
    ]
    return {"id": number, "data": data(number), "annotations": [{"id": number, "completed_by": 1, "result": result}]}


def data(number: int) -> dict[str, str]:
    return {"image": f"imgs/{number}.jpg", "question": "How many?"}


def flat(work: dict[str, Any], number: int) -> dict[str, Any]:
    """One row of JSON_MIN: texts of one value are bare, of several an object."""
    row: dict[str, Any] = {**data(number), "id": number}
    row |= {"box": regions(work)} if work["boxes"] else {}
    for name in ("answer", "caption"):
        words = work[f"{name}s"]
        row |= {name: words[0] if len(words) == 1 else {"text": words}} if words else {}
    row |= {"light": work["light"]} if work["light"] else {}
    return row | {"annotator": 1, "annotation_id": number, "lead_time": 1.5}


def shown(result: Result, *, phrases: bool) -> list[Any]:
    result.assert_balanced()
    return [
        [
            row["id"],
            sorted((each["label"], box_of(each)) for each in row["objects"]),
            [each["text"] for each in row["captions"]],
            sorted((each["question"], [answer["text"] for answer in each["answers"]]) for each in row["questions"]),
            [(each["text"], each["objects"]) for each in row["phrases"]] if phrases else [],
        ]
        for row in result.rows
    ]


def wanted(tasks: list[Any], *, phrases: bool) -> list[Any]:
    found: list[Any] = []
    for number, work in enumerate(tasks):
        boxes = [(label, (2 * x, y, 2 * (x + w), y + h)) for x, y, w, h, label in work["boxes"]]
        questions = [("How many?", list(dict.fromkeys(work["answers"])))] if work["answers"] else []
        questions += [("How many?" if not work["answers"] else "light?", [work["light"]])] if work["light"] else []
        tied = [
            (f"{boxes[one][0]} {label} {boxes[other][0]}", [one])
            for one, other, label in work["relations"]
            if max(one, other) < len(boxes)
        ]
        found.append([f"task-{number}", sorted(boxes), work["captions"], sorted(questions), tied if phrases else []])
    return found


@pytest.mark.parametrize("form", ["json", "min", "csv"])
@given(tasks=TASKS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_written_is_read(tmp_path: Path, form: str, tasks: list[Any]) -> None:
    path = tmp_path / ("work.csv" if form == "csv" else "work.json")
    (tmp_path / "config.xml").write_text(CONFIG)
    if form == "json":
        path.write_text(json.dumps([exported(work, number) for number, work in enumerate(tasks)]))
    else:
        rows = [flat(work, number) for number, work in enumerate(tasks)]
        if form == "min":
            path.write_text(json.dumps(rows))
        else:
            write_table(path, rows)
    result = Result(path, config=tmp_path / "config.xml")
    assert shown(result, phrases=form == "json") == wanted(tasks, phrases=form == "json")
    if form != "json":
        assert not result.rejected


def write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    names = sorted({name for row in rows for name in row})
    with path.open("w", newline="", encoding="utf-8") as text:
        writer = csv.writer(text, quoting=csv.QUOTE_ALL)
        writer.writerow(names)
        for row in rows:
            writer.writerow([cell if isinstance(cell := row.get(n, ""), str) else json.dumps(cell) for n in names])
