"""The store without a server: its history, what is said of damage, and what a source makes of it."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.annotate.status import status
from mmdata.annotate.store import Appending, Brought, Kept, Row
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources import label_studio
from mmdata.converters.sources.label_studio_store import Project, is_store, store_tasks
from mmdata.pipelines.lint.input import recognised
from mmdata.pipelines.lint.run import lint
from mmdata.pipelines.lint.settings import Settings
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.errors import ConfigError, InputError, MmdataError, OutputError

PROJECT = Project(7, "2026-11-01T00:00:00Z", "Shelves")
CONFIG = '<View><Image name="image" value="$image"/><RectangleLabels name="box" toName="image"/></View>'
FIRST = datetime(2026, 11, 1, 12, tzinfo=UTC)


def task(number: int, *labels: str) -> dict[str, Any]:
    value = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0}
    place = {"type": "rectanglelabels", "from_name": "box", "to_name": "image", "original_width": 50}
    result = [
        {"id": f"r{at}", "value": value | {"rectanglelabels": [label]}, "original_height": 50} | place
        for at, label in enumerate(labels)
    ]
    annotation = {"id": number * 10, "result": result, "was_cancelled": False, "completed_by": 1}
    return {"id": number, "data": {"image": f"/{number}.jpg"}, "annotations": [annotation]}


def held(number: int, *labels: str, at: str = "2026-11-01T11:00:00Z") -> Row:
    text = json.dumps(task(number, *labels))
    return Row(number, "held", at, sha256(text.encode()).hexdigest(), (number * 10,), body=text)


def append(folder: Path, day: int, rows: list[Row], config: str = CONFIG) -> None:
    with Appending(folder) as store:
        store.add(rows)
        pulled = FIRST + timedelta(days=day)
        store.publish(Brought(pulled, "2026-11-01T11:00:00Z", 0, {}), PROJECT, Kept(), config)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Three days: two tasks; the first changed, a third came; the second was deleted, the first touched."""
    folder = tmp_path / "store"
    append(folder, 0, [held(1, "cup"), held(2, "cup")])
    append(folder, 1, [held(1, "mug"), held(3, "jug"), Row(4, "unfinished", "2026-11-01T11:00:00Z")])
    append(folder, 2, [Row(2, "gone"), Row(1, "same", "2026-11-09T00:00:00Z", "", (10,))])
    return folder


def labels(folder: Path, as_of: str | None = None) -> dict[str, str]:
    found = store_tasks(folder, as_of)
    return {at: each["annotations"][0]["result"][0]["value"]["rectanglelabels"][0] for at, each in found}


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2026-11-01", {"/1": "cup", "/2": "cup"}),
        ("2026-11-02T11:59:59Z", {"/1": "cup", "/2": "cup"}),
        ("2026-11-02T12:00:00Z", {"/1": "mug", "/2": "cup", "/3": "jug"}),
        ("2026-11-02T13:00:00+01:00", {"/1": "mug", "/2": "cup", "/3": "jug"}),
        ("2026-11-02", {"/1": "mug", "/2": "cup", "/3": "jug"}),
        ("2026-11-03", {"/1": "mug", "/3": "jug"}),
        ("9999-12-31T00:00:00", {"/1": "mug", "/3": "jug"}),
        (None, {"/1": "mug", "/3": "jug"}),
    ],
)
def test_the_set_of_any_date(as_of: str | None, expected: dict[str, str], history: Path) -> None:
    assert labels(history, as_of) == expected


def test_a_touch_is_the_newer_time(history: Path) -> None:
    assert [each["updated_at"] for _, each in store_tasks(history)] == ["2026-11-09T00:00:00Z", "2026-11-01T11:00:00Z"]


@pytest.mark.parametrize("as_of", ["2026-10-31", "yesterday", "2026-13-01", "9999-12-31", "0000-00-00", "1", "2026"])
def test_a_date_that_is_none_is_said(as_of: str, history: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        list(store_tasks(history, as_of))
    assert raised.value.place == "--as-of"


def read(path: Path, **options: Any) -> tuple[int, Accounting]:
    accounting = Accounting()
    given = label_studio.Options(**options)
    found = label_studio.read(path, given, Pictures(path, check=False), accounting)
    return sum(batch.num_rows for batch in found), accounting


def test_the_source_reads_it(history: Path) -> None:
    assert label_studio.sniff(history) == "store.json and parts of mmdata annotate pull"
    rows, accounting = read(history)
    assert rows == 2
    assert [each.path for each in accounting.inputs] == [str(each) for each in sorted(history.rglob("*.parquet"))]
    assert read(history, as_of="2026-11-02")[0] == 3
    assert label_studio.describe_addresses(history, label_studio.Options())


def test_lint_looks_at_it_as_label_studio(history: Path) -> None:
    assert [each.name for each in recognised(history, Settings())] == ["label-studio"]
    assert lint(history, Settings(check_images=False)).counts["AN001"] == 0


def test_its_own_label_config_holds_unless_another_is_named(tmp_path: Path) -> None:
    append(tmp_path / "s", 0, [held(1, "cup")])
    append(tmp_path / "s", 1, [], CONFIG.replace("$image", "$other"))
    store = tmp_path / "s"
    from mmdata.converters.sources.label_studio_store import of_store

    named = tmp_path / "mine.xml"
    options = [of_store(store, label_studio.Options(as_of=day)) for day in ("2026-11-01", "2026-11-02")]
    assert ["$other" in each.config.read_text() for each in options if each.config] == [False, True]
    assert of_store(store, label_studio.Options(config=named)).config == named


def test_a_date_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "export.json").write_text("[]")
    with pytest.raises(ConfigError, match="is no store, and has no history"):
        read(tmp_path / "export.json", as_of="2026-11-01")


def test_a_rejection_names_the_task(tmp_path: Path) -> None:
    wrong = task(5, "cup")
    wrong["annotations"][0]["result"][0]["value"]["x"] = "left"
    text = json.dumps(wrong)
    append(tmp_path / "s", 0, [held(5)._replace(hash=sha256(text.encode()).hexdigest(), body=text)])
    _, accounting = read(tmp_path / "s")
    assert [each.at for each in accounting.examples.values()][:1] == ["/5/annotations/0/result/0"]


def test_nothing_is_there_before_it_is_published(tmp_path: Path) -> None:
    with Appending(tmp_path / "s") as store:
        store.add([held(1, "cup")])
    assert not is_store(tmp_path / "s")
    append(tmp_path / "s", 0, [held(1, "cup")])
    whole = {path: path.read_bytes() for path in (tmp_path / "s").rglob("*") if path.is_file()}
    with pytest.raises(ZeroDivisionError), Appending(tmp_path / "s") as store:
        store.add([held(2, "cup")])
        raise ZeroDivisionError
    assert {path: path.read_bytes() for path in (tmp_path / "s").rglob("*") if path.is_file()} == whole


@pytest.mark.parametrize("lost", ["store.json", "older"])
def test_a_history_whose_state_was_lost_is_not_swept(lost: str, history: Path) -> None:
    state = history / "store.json"
    if lost == "store.json":
        state.unlink()
    else:
        told = json.loads(state.read_text())
        state.write_text(json.dumps(told | {"parts": told["parts"][:1]}))
    with pytest.raises(OutputError, match=r"Put its store\.json back"):
        append(history, 3, [])
    assert len(list(history.rglob("*.parquet"))) == 3


@pytest.mark.parametrize("content", [None, CONFIG.replace("image", "photo"), ""])
def test_a_label_config_that_is_not_the_one_pulled_is_said(content: str | None, history: Path) -> None:
    (config,) = (history / "configs").iterdir()
    if content is None:
        config.unlink()
    else:
        config.write_text(content)
    for read_it in (status, enter, lambda folder: list(store_tasks(folder))):
        with pytest.raises(InputError) as said:
            read_it(history)
        assert (said.value.place, "annotate pull" in said.value.remedy) == (str(config), True)


def test_what_others_keep_there_stays(history: Path) -> None:
    (history / "schedule").mkdir()
    (history / "schedule" / "runs.jsonl").write_text("")
    append(history, 3, [held(9, "cup")])
    assert (history / "schedule" / "runs.jsonl").exists()


def test_clocks_that_go_back_do_not_turn_the_order_round(tmp_path: Path) -> None:
    append(tmp_path / "s", 5, [held(1, "cup")])
    append(tmp_path / "s", 1, [held(1, "mug")])
    assert labels(tmp_path / "s", "2026-11-06") == {"/1": "mug"}
    with pytest.raises(ConfigError):
        labels(tmp_path / "s", "2026-11-02")


def test_status_says_what_is_there(history: Path) -> None:
    found = status(history, 2)
    assert (found.tasks, found.annotations, found.unfinished, found.parts) == (2, 2, 1, 3)
    assert len(found.pulls) == 2
    json.dumps(found.as_json())
    assert "2 tasks, 2 annotations; 1 more tasks are known" in "\n".join(found.lines())


def test_many_parts_and_row_groups(tmp_path: Path) -> None:
    with Appending(tmp_path / "s") as store:
        for start in range(1, 201, 5):
            store.add([held(number, "cup") for number in range(start, start + 5)])
        store.publish(Brought(FIRST, None, 200, {}), PROJECT, Kept(), CONFIG)
    for day, number in enumerate(range(3, 200, 7), 1):
        append(tmp_path / "s", day, [held(number, "mug")])
    found = labels(tmp_path / "s")
    assert found == {f"/{n}": "mug" if n % 7 == 3 else "cup" for n in sorted(range(1, 201))}


def test_a_disk_that_refuses_is_said(history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mmdata.pipelines.commit import fs

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fs, "write", full)
    with pytest.raises(OutputError, match="No space left on device"):
        append(history, 3, [held(9, "cup")])
    monkeypatch.undo()
    assert labels(history) == {"/1": "mug", "/3": "jug"}
    assert not list(history.parent.glob("*.lock"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damage") / "store"
    append(folder, 0, [held(1, "cup"), held(2, "cup")])
    append(folder, 1, [held(1, "mug"), Row(2, "gone")])
    return folder


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_damage_is_said_or_does_not_matter(data: st.DataObject, whole: Path) -> None:
    damaged = whole.with_name("damaged")
    shutil.rmtree(damaged, ignore_errors=True)
    shutil.copytree(whole, damaged)
    file = data.draw(st.sampled_from(sorted(path for path in damaged.rglob("*") if path.is_file())))
    content = bytearray(file.read_bytes())
    kind = data.draw(st.sampled_from(["flip", "cut", "grow", "remove", "other"]))
    at = data.draw(st.integers(0, len(content) - 1))
    if kind == "remove":
        file.unlink()
    elif kind == "flip":
        content[at] ^= data.draw(st.integers(1, 255))
    elif kind == "cut":
        del content[at:]
    elif kind == "grow":
        content[at:at] = data.draw(st.binary(min_size=1, max_size=20))
    else:
        content[:] = data.draw(st.binary(max_size=100))
    if kind != "remove":
        file.write_bytes(content)
    for look in (lambda: labels(damaged), lambda: read(damaged), lambda: status(damaged), lambda: enter(damaged)):
        try:
            look()
        except MmdataError as error:
            assert str(damaged) in error.place
            assert error.remedy
            assert error.exit_code == 2
    if file.suffix == ".parquet":
        with pytest.raises(InputError):
            labels(damaged)


def enter(folder: Path) -> None:
    with Appending(folder):
        pass
