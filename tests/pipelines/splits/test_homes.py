"""What begins the names of each part's own, and which ledger a run begins from."""

from dataclasses import replace
from pathlib import Path

from mmdata.pipelines.job import Job
from mmdata.pipelines.plan import Output
from mmdata.pipelines.splits.homes import Home, homed, ledger_before
from mmdata.pipelines.splits.ledger import NAME, Ledger, hash_of

HALVES = (("train", 0.5), ("val", 0.5))


def job(path: Path, name: str = "", **more: object) -> Job:
    return Job("coco", path, path.parent / "OUT", name=name, split=HALVES, **more)  # type: ignore[arg-type]


def homes_of(*jobs: Job, before: Ledger | None = None) -> tuple[list[Home], Ledger]:
    return homed(Output("", jobs), before or Ledger(()))


def test_a_part_alone_begins_as_it_is_called(tmp_path: Path) -> None:
    assert homes_of(job(tmp_path / "a/x.json"))[0] == [Home("", "", "", among=False)]


def test_parts_of_one_folder_have_one_home_of_pictures_and_each_its_own_of_records(tmp_path: Path) -> None:
    homes, ledger = homes_of(job(tmp_path / "a/x.json", "one"), job(tmp_path / "a/y.json", "two"))
    assert homes == [Home("one", "one", "one", among=True), Home("one", "one", "two", among=True)]
    called = {(kind, path): name for kind, path, name in ledger.called}
    paths = {("pictures", tmp_path / "a"): "one", ("records", tmp_path / "a/x.json"): "one"}
    paths[("records", tmp_path / "a/y.json")] = "two"
    assert called == {(kind, hash_of(str(path))): name for (kind, path), name in paths.items()}


def test_a_name_that_another_folder_of_today_has_is_numbered(tmp_path: Path) -> None:
    _, before = homes_of(job(tmp_path / "a/x.json", "one"), job(tmp_path / "b/x.json", "two"))
    homes, after = homes_of(
        job(tmp_path / "c/x.json", "one"), job(tmp_path / "d/x.json", "two"), job(tmp_path / "a/x.json"), before=before
    )
    assert [each.pictures for each in homes] == ["one~2", "two", "one"]  # of a and c both are read, of b and d only d
    assert [each.images for each in homes] == ["one", "two", ""]
    assert len(after.called) == 8, "those that are not read today keep theirs"


def test_what_was_fetched_is_known_by_its_address(tmp_path: Path) -> None:
    """The same on every machine, wherever it was put; and the same through a link."""
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("a")
    _, one = homes_of(job(tmp_path / "a/x.json", "one", shown=((f"{tmp_path}/", "s3://bucket/"),)))
    _, two = homes_of(job(tmp_path / "link/x.json", "one", shown=((f"{tmp_path}/", "s3://bucket/"),)))
    assert one.called == two.called
    assert ("records", hash_of("s3://bucket/a/x.json"), "one") in one.called


def held(place: Path, name: str) -> Ledger:
    place.parent.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(("train", "val"), called=(("records", hash_of("/x"), name),))
    place.write_bytes(ledger.content())
    return ledger


def test_the_ledger_before_is_that_of_the_data_set_then_of_the_whole_then_of_one_beside(tmp_path: Path) -> None:
    whole = tmp_path / "out"
    one = Output("one", (replace(job(tmp_path / "x.json"), out=whole / "one"),))
    assert ledger_before(one).called == ()
    mine = held(whole / "one" / NAME, "mine")
    whose = held(whole / NAME, "whole")
    assert ledger_before(one).called == mine.called
    (whole / "one" / NAME).unlink()
    assert ledger_before(one).called == whose.called


def test_no_ledger_is_read_where_none_is_wanted(tmp_path: Path) -> None:
    held(tmp_path / "OUT" / NAME, "old")
    assert ledger_before(Output("", (job(tmp_path / "x.json"),))).called
    assert ledger_before(Output("", (replace(job(tmp_path / "x.json"), ledger="new"),))).called == ()
