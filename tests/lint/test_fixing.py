"""Rounds of fixes: conflicts wait, a second run changes nothing, arbitrary damage ends; what is written is listed."""

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.pipelines.lint.fixing.rounds import mended
from mmdata.pipelines.lint.fixing.write import write
from mmdata.pipelines.lint.settings import Settings

CHOSEN = Settings(source="coco", check_images=False, select=("GE", "AN"))
NUMBERS = st.sampled_from([-20.0, 0.0, 0.5, 1.0, 9.0, 30.0, 63.5, 64.0, 65.0, 700.0])
BOXES = st.lists(NUMBERS, min_size=4, max_size=4)


def labels(boxes: list[list[float]], ids: list[int]) -> dict[str, Any]:
    return {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}],
        "annotations": [
            {"id": number, "image_id": 1, "category_id": 1, "bbox": box, "area": 3}
            for number, box in zip(ids, boxes, strict=False)
        ],
        "categories": [{"id": 1, "name": "mug"}],
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    boxes=st.lists(BOXES, max_size=5),
    ids=st.lists(st.integers(0, 3), min_size=5, max_size=5),
    unsafe=st.booleans(),
    indent=st.sampled_from([None, 1]),
)
def test_rounds_end_and_a_second_run_changes_nothing(
    tmp_path: Path, boxes: list[list[float]], ids: list[int], unsafe: bool, indent: int | None
) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(labels(boxes, ids), indent=indent))
    before = file.read_bytes()
    done = mended(file, CHOSEN, unsafe=unsafe)
    assert file.read_bytes() == before, "the input was touched"
    left = [found for found in done.report.findings if found.fix and (unsafe or found.fix.safety == "safe")]
    assert not left, [(found.code, found.at) for found in left]
    written = write(done, tmp_path / "out")
    assert written.counts.total() == len((tmp_path / "out" / "edits.jsonl").read_text().splitlines())
    if done.files:
        again = mended(tmp_path / "out" / "a.json", CHOSEN, unsafe=unsafe)
        assert not again.files


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(boxes=st.lists(BOXES, min_size=1, max_size=4), ids=st.permutations([1, 2, 3, 4]))
def test_the_list_of_edits_is_the_way_from_the_one_to_the_other(
    tmp_path: Path, boxes: list[list[float]], ids: list[int]
) -> None:
    """Made one round after the other: an edit of a later round is about places as the earlier ones left them."""
    file = tmp_path / "a.json"
    file.write_text(json.dumps(labels(boxes, ids)))
    done = mended(file, CHOSEN, unsafe=True)
    assert all(found.fix and found.fix.edits for found in done.applied)
    assert all(edit.file == str(file) for found in done.applied for edit in found.fix.edits)  # type: ignore[union-attr]
    assert bool(done.files) == bool(done.applied)


def test_an_edit_within_another_waits_for_the_next_round(tmp_path: Path) -> None:
    """The first annotation is empty (dropped whole) and its id stands twice (a value in it is changed)."""
    file = tmp_path / "a.json"
    file.write_text(json.dumps(labels([[1, 2, 0, 4], [5, 5, 5, 5]], [7, 7])))
    done = mended(file, CHOSEN, unsafe=True)
    after = json.loads(done.files["a.json"])
    assert [each["bbox"] for each in after["annotations"]] == [[5, 5, 5, 5]]
    assert not [found.code for found in done.report.findings if found.fix]
