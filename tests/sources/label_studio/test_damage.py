"""Damage: whatever is done to an export, it gives records and rejections that balance, or an error with its place."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources.label_studio import Options, read
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.annotation import ITEMS
from mmdata.schemas.errors import ConfigError, InputError

CASES = Path(__file__).parent / "cases"
POLICIES = ("latest", "ground-truth", "all", "consensus")


def assert_balanced(path: Path, options: Options) -> None:
    """Read it all: every picture and annotation is in a record or rejected, each rejection with place and reason."""
    lines: list[bytes] = []
    accounting = Accounting(sink=lines.append)
    batches = read(path, options, Pictures(path.parent, check=False), accounting)
    rows = [row for batch in batches for row in batch.to_pylist()]
    kept = {
        "images": sum(len(row["media"]) for row in rows),
        "annotations": sum(len(row[column]) for row in rows for column in ITEMS),
    }
    for kind, number in kept.items():
        counts = accounting.balance()[kind]
        assert counts["read"] == number + sum(counts["rejected"].values()), kind
    assert all(json.loads(line)["message"] for line in lines)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["x", "id", "value", "points"]), inner, max_size=3)
    ),
    max_leaves=5,
)
WHOLE = [
    json.loads((CASES / name / "in.json").read_text())
    for name in (
        "per_region", "unlabelled", "keypoints", "shapes", "pages", "three_annotators", "prediction_only",
        "whole_picture", "minimal", "by_id", "one_task", "relations", "questions", "answers_of_several",
        "film_unknown_size", "sound", "dialogues", "text_alone",
    )
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


@given(st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_gives_records_and_rejections_or_an_input_error(tmp_path: Path, data: st.DataObject) -> None:
    whole = deepcopy(data.draw(st.sampled_from(WHOLE)))
    for _ in range(data.draw(st.integers(1, 4))):
        *way, last = data.draw(st.sampled_from(places(whole)[1:] or [(None,)]))
        if last is None:
            break
        at = whole
        for step in way:
            at = at[step]
        if data.draw(st.booleans()):
            del at[last]
        else:
            at[last] = data.draw(JSON_VALUES)
    options = Options(
        annotators=data.draw(st.sampled_from(POLICIES)),
        include=tuple(data.draw(st.sets(st.sampled_from(["drafts", "skipped", "predictions"])))),
        label_from=data.draw(st.sampled_from(["control", "choices", "text"])),
        track_step=data.draw(st.sampled_from([0.0, 0.5])),
    )
    (tmp_path / "tasks.json").write_text(json.dumps(whole))
    try:
        assert_balanced(tmp_path / "tasks.json", options)
    except (InputError, ConfigError) as error:
        assert error.fact and error.remedy


@given(st.integers(0, 2000), st.binary(max_size=3))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_torn_and_spoilt_bytes_give_records_or_an_input_error(tmp_path: Path, at: int, spoilt: bytes) -> None:
    whole = (CASES / "three_annotators" / "in.json").read_bytes()
    (tmp_path / "torn.json").write_bytes(whole[:at] + spoilt + (whole[at:] if spoilt else b""))
    try:
        assert_balanced(tmp_path / "torn.json", Options())
    except InputError as error:
        assert error.place and error.fact and error.remedy


@given(st.integers(0, 900), st.binary(max_size=3), st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_spoilt_tables_give_records_or_an_input_error(tmp_path: Path, at: int, spoilt: bytes, known: bool) -> None:
    folder = CASES / "table"
    whole = (folder / "in.csv").read_bytes()
    (tmp_path / "torn.csv").write_bytes(whole[:at] + spoilt + (whole[at:] if spoilt else b""))
    try:
        assert_balanced(tmp_path / "torn.csv", Options(config=folder / "config.xml" if known else None))
    except InputError as error:
        assert error.place and error.fact and error.remedy
