"""`--log-json`: what commands do as JSON lines, in a file or on stderr."""

import io
import json
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result
from mmdata.cli import mmdata
from mmdata.pipelines.log import Both, JsonLog
from mmdata.pipelines.progress import Silent
from mmdata.schemas.errors import InputError

from .test_convert import coco

LINE = {
    "type": "object",
    "required": ["event", "time"],
    "properties": {
        "event": {"enum": ["start", "progress", "end", "rejected", "note", "result", "error", "interrupted"]},
        "time": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"},
    },
}


class Clock:
    """A clock that goes when it is told to."""

    seconds = 10.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)


def lines(text: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in text.splitlines()]
    for each in found:
        jsonschema.validate(each, LINE)
    return found


def run(*args: object) -> Result:
    return CliRunner().invoke(mmdata, [*map(str, args)], catch_exceptions=False)


def convert(folder: Path, *args: object, broken: int = 0) -> Result:
    return run("convert", "coco", coco(folder, broken=broken), "--no-check-images", "-o", folder / "out", *args)


def test_a_line_at_most_every_second():
    stream, clock = io.StringIO(), Clock()
    log = JsonLog(stream, clock=clock, now=clock.now)
    log.start("reading", 1000)
    for _ in range(50):
        clock.seconds += 0.05
        log.advance(10)
    log.start("writing", None)
    log.done()
    log.done()
    said = [(each["event"], each.get("done"), each.get("rate")) for each in lines(stream.getvalue())]
    assert said == [
        ("start", None, None),
        ("progress", 200, 200.0),
        ("progress", 400, 200.0),
        ("end", 500, 200.0),
        ("start", None, None),
        ("end", 0, None),
    ]
    assert lines(stream.getvalue())[0]["time"] == "1970-01-01T00:00:10.000Z"


def test_a_stream_that_takes_no_more_is_told_of_once():
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

    lost: list[OSError] = []
    log = JsonLog(Full(), lost.append)
    log.start("reading", None)
    log.advance(1)
    log.failed(InputError("a", "b", "c"))
    assert len(lost) == 1


def test_both_are_told():
    told: list[str] = []

    class Heard(Silent):
        def start(self, stage: str, total: int | None) -> None:
            told.append(stage)

    Both(Heard(), Heard()).start("reading", None)
    assert told == ["reading", "reading"]


def test_a_conversion_in_a_file_beside_what_a_person_is_told(tmp_path):
    done = convert(tmp_path, "--log-json", tmp_path / "log.jsonl", "--max-rejected", "50%", broken=2)
    assert done.exit_code == 0, done.stderr
    assert "written: " in done.stderr
    said = lines((tmp_path / "log.jsonl").read_text())
    assert [each["event"] for each in said[-2:]] == ["rejected", "result"]
    assert said[-2]["annotations"] == {"GE001": 2}
    assert said[-1]["annotations"] == {"read": 8, "written": 6}
    assert said[-1]["splits"] == {"train": 3}
    assert said[-1]["out"] == str(tmp_path / "out")
    assert {each["event"] for each in said[:-2]} <= {"start", "progress", "end"}
    starts = [each["stage"] for each in said if each["event"] == "start"]
    assert starts == [each["stage"] for each in said if each["event"] == "end"]


def test_on_stderr_nothing_else_is_said_there(tmp_path):
    done = convert(tmp_path, "--log-json", "-", "--format", "json")
    assert done.exit_code == 0
    assert lines(done.stderr)[-1]["event"] == "result"
    assert json.loads(done.stdout)["accounting"]["samples"]["written"] == 4


@pytest.mark.parametrize(
    ("words", "code", "fact"),
    [
        (["convert", "coco", "broken.json", "-o", "out"], 2, "broken.json"),
        (["convert", "coco", "labels.json", "--lang", "xx", "-o", "out"], 2, "'xx' is not one of"),
        (["convert", "coco", "labels.json", "--nonsense"], 2, "No such option"),
        (["convert", "cocoo", "labels.json"], 2, "cocoo"),
        (["build", "absent.yaml", "-o", "out"], 2, "absent.yaml"),
        (["build", "absent.yaml", "--workers", "2", "--engine", "ray", "-o", "out"], 2, "--workers"),
        (["lint", "absent"], 2, "absent"),
        (["lint", "labels.json", "--fix"], 2, "-o"),
        (["dedup", "absent"], 2, "absent"),
        (["verify", "out"], 2, "No such option"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
@pytest.mark.parametrize("spelt", [["--log-json", "-"], ["--log-json=-"]])
def test_on_stderr_errors_are_lines_too(tmp_path, monkeypatch, words, code, fact, spelt):
    monkeypatch.chdir(tmp_path)
    coco(tmp_path).rename("labels.json")
    (tmp_path / "broken.json").write_text('{"images": [')
    done = run(*words, *spelt)
    assert done.exit_code == code
    last = lines(done.stderr)[-1]
    assert (last["event"], last["exit_code"]) == ("error", code)
    assert fact in f"{last['place']} {last['fact']}"
    assert sum(each["event"] == "error" for each in lines(done.stderr)) == 1


def test_on_stderr_our_own_faults_are_lines_too(tmp_path, monkeypatch):
    from mmdata.pipelines import convert as module

    monkeypatch.setattr(module, "build", lambda *_given: {}["picture"])
    done = convert(tmp_path, "--log-json", "-")
    assert done.exit_code == 3
    assert "picture" in lines(done.stderr)[-1]["fact"]


def test_on_stderr_what_lint_writes_is_not_said_besides(tmp_path):
    labels, known, out = coco(tmp_path), tmp_path / "known.json", tmp_path / "mended"
    for more in (["--write-baseline", known], ["--fix", "-o", out]):
        done = run("lint", labels, "--no-check-images", *more, "--log-json", "-")
        assert lines(done.stderr)[-1]["event"] == "result"
    assert known.exists()
    assert out.exists()


def test_on_stderr_what_dedup_notes_is_a_line_too(tmp_path):
    from PIL import Image

    labels = coco(tmp_path)
    Image.new("RGB", (64, 48)).save(tmp_path / json.loads(labels.read_text())["images"][0]["file_name"])
    done = run("dedup", labels, "--no-cache", "--log-json", "-")
    assert "were not found" in next(each["text"] for each in lines(done.stderr) if each["event"] == "note")


def test_an_error_ends_the_log(tmp_path):
    (tmp_path / "broken.json").write_text('{"images": [')
    log = tmp_path / "log.jsonl"
    done = run("convert", "coco", tmp_path / "broken.json", "-o", tmp_path / "out", "--log-json", log)
    assert done.exit_code == 2
    last = lines(log.read_text())[-1]
    assert (last["event"], last["exit_code"]) == ("error", 2)
    assert last["place"].startswith(str(tmp_path / "broken.json"))
    assert last["fact"] in done.stderr


def test_over_the_limit_is_an_error_too(tmp_path):
    done = convert(tmp_path, "--log-json", tmp_path / "log.jsonl", broken=1)
    assert done.exit_code == 1
    assert lines((tmp_path / "log.jsonl").read_text())[-1]["exit_code"] == 1


def test_lint_tells_its_counts(tmp_path):
    done = run("lint", coco(tmp_path, broken=1), "--no-check-images", "--log-json", tmp_path / "log.jsonl")
    assert done.exit_code == 1
    last = lines((tmp_path / "log.jsonl").read_text())[-1]
    assert last["findings"]["GE001"] == 1


def test_dedup_tells_its_groups(root, tmp_path):
    run("dedup", root / "examples" / "kitchen" / "images", "--no-cache", "--log-json", tmp_path / "log.jsonl")
    last = lines((tmp_path / "log.jsonl").read_text())[-1]
    assert last["event"] == "result"
    assert last["pictures"] > 0


def test_a_build_and_its_rehearsal_tell_theirs(root, tmp_path):
    recipe = root / "examples" / "recipe.yaml"
    run("build", recipe, "-o", tmp_path / "out", "-q", "--log-json", tmp_path / "log.jsonl")
    *_, rejected, last = lines((tmp_path / "log.jsonl").read_text())
    assert rejected["annotations"]["AN033"] > 0
    assert set(last["splits"]) == {"qwen-vl/train", "qwen-vl/val", "qwen3/train", "qwen3/val"}
    run("build", recipe, "-o", tmp_path / "other", "--dry-run", "--log-json", tmp_path / "log.jsonl")
    assert len(lines((tmp_path / "log.jsonl").read_text())[-1]["outputs"]) == 2
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("more", [[], ["--dry-run"], ["--workers", "2"]])
def test_of_several_data_sets_every_line_says_which_it_is_of(root, tmp_path, more):
    log = tmp_path / "log.jsonl"
    run("build", root / "examples" / "recipe.yaml", "-o", tmp_path / "out", "-q", "--log-json", log, *more)
    *stages, last = lines(log.read_text())
    assert (last["event"], "data_set" in last) == ("result", False)
    assert [name for name, _ in groupby(each["data_set"] for each in stages if each["event"] != "rejected")] == [
        "qwen-vl",
        "qwen3",
    ]
    left_out = [each for each in stages if each["event"] == "rejected"]
    if "--dry-run" not in more:
        assert [each["data_set"] for each in left_out] == ["qwen-vl", "qwen3"]
        assert all(each["annotations"]["AN033"] for each in left_out)


def test_of_one_data_set_no_line_says_which(tmp_path):
    convert(tmp_path, "--log-json", tmp_path / "log.jsonl")
    assert not any("data_set" in each for each in lines((tmp_path / "log.jsonl").read_text()))


def test_an_error_says_of_which_data_set_it_is():
    stream = io.StringIO()
    log = JsonLog(stream)
    log.about("swift")
    log.start("reading", None)
    log.failed(InputError("a", "b", "c"))
    assert [each["data_set"] for each in lines(stream.getvalue())] == ["swift", "swift"]


def test_an_interruption_ends_the_log(tmp_path, monkeypatch):
    from mmdata.pipelines import convert as module

    def interrupted(*_given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "build", interrupted)
    done = convert(tmp_path, "--log-json", tmp_path / "log.jsonl")
    assert done.exit_code == 130
    assert lines((tmp_path / "log.jsonl").read_text())[-1]["event"] == "interrupted"


@pytest.mark.parametrize(
    ("file", "fact"), [("out/log.jsonl", "which is replaced as a whole"), ("absent/log.jsonl", "cannot be written")]
)
def test_a_file_that_cannot_be_is_said_before_anything_is_read(tmp_path, file, fact):
    done = convert(tmp_path, "--log-json", tmp_path / file)
    assert done.exit_code == 2
    assert fact in done.stderr
    assert not (tmp_path / "out").exists()
