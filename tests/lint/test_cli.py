"""`mmdata lint` as its user meets it: options, exit codes, messages, what is shown of hostile data."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from mmdata.cli import mmdata


def lint(*args: object) -> Result:
    return CliRunner().invoke(mmdata, ["lint", *map(str, args)], catch_exceptions=False)


def labels(boxes: int = 1, name: str = "mug", **image: Any) -> dict[str, Any]:
    return {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48, **image}],
        "annotations": [
            {"id": number, "image_id": 1, "category_id": 1, "bbox": [number % 50, 2, 0, 4]}
            for number in range(1, boxes + 1)
        ],
        "categories": [{"id": 1, "name": name}],
    }


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(labels()))
    return Path("instances.json")


QUICK = ("--no-check-images", "--select", "GE001")


def test_text_ends_with_what_was_looked_at(file: Path) -> None:
    done = lint(file, *QUICK)
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "GE001 empty-box (error)",
        "  instances.json: /annotations/0: the box has no area: 0 wide, 4 high",
        "  Redraw the box, or delete it: it has no area.",
        "  --fix --unsafe-fixes -o OUT does: drop the annotation",
        "",
        "instances.json was read as coco (a JSON object whose 'annotations' have an 'image_id'): 1 error.",
    ]
    assert done.stderr == ""


def test_the_first_twenty_and_the_number_of_the_rest(file: Path) -> None:
    file.write_text(json.dumps(labels(1234)))
    shown = lint(file, *QUICK).stdout
    assert shown.count("/annotations/") == 20
    assert "  and 1,214 more (GE001)\n" in shown
    assert lint(file, *QUICK, "--all").stdout.count("/annotations/") == 1234
    assert lint(file, *QUICK, "--statistics").stdout.startswith("    1,234  GE001 empty-box (error)\n")
    counts = json.loads(lint(file, *QUICK, "--output-format", "json").stdout)
    assert (counts["counts"], len(counts["findings"])) == ({"GE001": 1234}, 20)
    assert len(lint(file, *QUICK, "--output-format", "jsonl").stdout.splitlines()) == 1234
    told = json.loads(lint(file, *QUICK, "--output-format", "json", "--statistics").stdout)
    assert (told["counts"], told["findings"]) == ({"GE001": 1234}, [])


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 1),
        (("--exit-zero",), 0),
        (("--fail-on", "error"), 1),
        (("--ignore", "GE001"), 0),
        (("--ignore", "GE"), 1),  # --select names it more closely
        (("--select", "GE004"), 1),  # besides the other --select
        (("--select", "XX"), 2),
        (("--ignore", "empty-boxes"), 2),
        (("--as", "coca"), 2),
        (("--target", "qwen"), 2),
        (("--max-length", "0"), 2),
        (("--unsafe-fixes",), 2),
        (("-o", "out"), 2),
        (("--fix",), 2),
        (("--diff", "-o", "out"), 2),
        (("--diff",), 0),
        (("--diff", "--unsafe-fixes"), 1),
        (("--diff", "--unsafe-fixes", "--exit-zero"), 0),
        (("--write-baseline", "b.json", "--diff"), 2),
    ],
)
def test_exit_codes(file: Path, options: tuple[str, ...], code: int) -> None:
    done = lint(file, *QUICK, *options)
    assert done.exit_code == code, done.output
    if code == 2 and "Usage" not in done.stderr:
        assert re.match(r"Error: [^\n]+\n  [^\n]+", done.stderr), done.stderr


def test_what_is_lighter_than_fail_on_exits_with_0(file: Path) -> None:
    whole = labels()
    whole["annotations"][0]["bbox"] = [40, 2, 40, 4]
    file.write_text(json.dumps(whole))
    over = ("--no-check-images", "--select", "GE004")
    assert [lint(file, *over, "--fail-on", each).exit_code for each in ("info", "warning", "error")] == [1, 1, 0]


def test_a_slip_gets_the_name_that_was_meant(file: Path) -> None:
    assert "Did you mean yolo?" in lint(file, "--as", "yollo").stderr
    assert "Did you mean qwen-vl?" in lint(file, "--target", "qwen_vl").stderr


def test_a_source_s_own_options_are_there_with_as(file: Path) -> None:
    assert "is an option of the source coco" in lint(file, "--masks", "keep").stderr
    assert "Add --as coco" in lint(file, "--masks", "keep").stderr
    assert "and this is for coco" in lint(file, "--as", "coco", "--kpt-shape", "4").stderr
    assert lint(file, *QUICK, "--as", "coco", "--masks", "skip").exit_code == 1
    assert lint(file, *QUICK, "--as=coco", "--masks", "shred").exit_code == 2
    assert "--masks" in lint("--as", "coco", "--help").stdout
    assert "No such option" in lint(file, "--no-such-thing").stderr


def test_a_source_s_option_changes_what_is_read(tmp_path: Path) -> None:
    table = tmp_path / "boxes.csv"
    table.write_text("bild,x1,y1,x2,y2,was\na.jpg,1,2,1,9,mug\n")
    options = ("--as", "csv", "--columns", "image=bild", "--columns", "label=was")
    assert json.loads(lint(table, "--select", "GE001", "--output-format", "json", *options).stdout)["counts"] == {
        "GE001": 1
    }


def test_per_file_ignores_are_about_the_configuration_s_folder(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "old" / "first"
    old.mkdir(parents=True)
    (old / "instances.json").write_bytes(file.read_bytes())
    (tmp_path / "mmdata.toml").write_text('[lint.per-file-ignores]\n"old/**" = ["empty-box"]\n')
    monkeypatch.chdir(old)
    assert lint("instances.json", *QUICK).exit_code == 0
    assert lint("../../instances.json", *QUICK).exit_code == 1
    assert lint("instances.json", *QUICK, "--unsafe-fixes", "--fix", "-o", tmp_path / "out").exit_code == 0


def test_the_command_line_counts_more_than_the_configuration(file: Path) -> None:
    Path("mmdata.toml").write_text('[lint]\nselect = ["TG"]\nextend-select = ["GE001"]\ncheck-images = false\n')
    assert lint(file).exit_code == 1
    assert lint(file, "--select", "GE004", "--ignore", "GE001").exit_code == 0


def test_hostile_data_is_shown_and_not_obeyed(file: Path) -> None:
    name = "\x1b[2J\x1b]0;owned\x07\u202emug\u2066\r\n::error::" + "x" * 100_000
    whole = labels(file_name=name)
    whole["annotations"] += [{"id": 2, "image_id": 1, "category_id": name, "bbox": [1, 2, 3, 4]}]
    whole["images"] += [{"id": name}]
    file.write_text(json.dumps(whole))
    for form in ("text", "github"):
        shown = lint(file, "--output-format", form).stdout
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e\u2066]", shown), form
        commands = [line for line in shown.splitlines() if line.startswith("::")]
        assert all(re.match("::(error|warning|notice) file=", line) for line in commands), form
        assert bool(commands) == (form == "github")
    assert max(map(len, lint(file).stdout.splitlines())) <= 600


def test_mending_says_what_was_done_and_what_is_left(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = lint(file, *QUICK, "--fix", "--unsafe-fixes", "-o", out)
    assert (done.exit_code, done.stderr) == (
        0,
        f"{out}: 1 file mended (1 GE001); what was done is in {out}/edits.jsonl\n",
    )
    assert json.loads((out / "instances.json").read_text())["annotations"] == []
    [line] = (out / "edits.jsonl").read_text().splitlines()
    assert json.loads(line)["fix"]["edits"] == [{"file": "instances.json", "at": "/annotations/0", "op": "remove"}]
    assert lint(out / "instances.json", *QUICK).exit_code == 0
    again = lint(file, *QUICK, "--fix", "--unsafe-fixes", "-o", out, "--exit-non-zero-on-fix")
    assert again.exit_code == 1
    assert lint(file, *QUICK, "--fix", "-o", out).exit_code == 1, "the unsafe one was not made, and is still there"


def test_out_may_stand_beside_the_file_but_not_take_another_s_place(file: Path) -> None:
    assert lint(file, *QUICK, "--fix", "--unsafe-fixes", "-o", "fixed").exit_code == 0
    assert sorted(each.name for each in Path("fixed").iterdir()) == ["edits.jsonl", "instances.json", "manifest.json"]
    Path("mine").mkdir()
    Path("mine/thesis.txt").write_text("ten years")
    done = lint(file, *QUICK, "--fix", "--unsafe-fixes", "-o", "mine")
    assert done.exit_code == 2
    assert "thesis.txt" in done.stderr
    assert [each.name for each in Path("mine").iterdir()] == ["thesis.txt"]
    assert lint(file, *QUICK, "--fix", "-o", ".").exit_code == 2


def test_what_stands_beside_a_file_is_not_carried_along(file: Path) -> None:
    Path("diary.txt").write_text("private")
    assert lint(file, *QUICK, "--fix", "--unsafe-fixes", "-o", "fixed").exit_code == 0
    assert not Path("fixed/diary.txt").exists()


def test_the_picture_in_the_documents_is_what_comes_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    page = (root / "docs" / "lint.md").read_text("utf-8")
    command, shown, *_ = re.findall(r"```(?:sh|text)\n(.*?)```", page, re.DOTALL)
    assert lint(*command.split()[2:]).stdout == shown


def start(*args: str, cwd: Path, **more: Any) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "mmdata", "lint", *args], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more
    )


@pytest.mark.parametrize("after", [0.0, 0.05, 0.2, 0.5, 1.0])
def test_an_interrupted_fix_leaves_out_absent_or_whole(tmp_path: Path, after: float) -> None:
    (tmp_path / "instances.json").write_text(json.dumps(labels(20_000)))
    (tmp_path / "tmp").mkdir()
    started = start(
        "instances.json", *QUICK, "--fix", "--unsafe-fixes", "-o", str(tmp_path / "made" / "out"), cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
    )  # fmt: skip
    while started.poll() is None and not any((tmp_path / "tmp").iterdir()):  # its work begins with a copy of the input
        time.sleep(0.01)
    try:
        started.wait(after)
    except subprocess.TimeoutExpired:
        started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=60)
    assert b"Traceback" not in said
    assert started.returncode in (0, 130)
    assert (tmp_path / "made" / "out" / "manifest.json").is_file() == (started.returncode == 0)
    assert (tmp_path / "made").exists() == (started.returncode == 0)
    assert not any((tmp_path / "tmp").iterdir()), "the copy was left behind"


def test_a_disk_that_takes_no_more_leaves_out_absent(tmp_path: Path) -> None:
    import resource

    (tmp_path / "instances.json").write_text(json.dumps(labels(5000)))
    started = start(
        "instances.json", *QUICK, "--fix", "--unsafe-fixes", "-o", str(tmp_path / "out"), cwd=tmp_path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )  # fmt: skip
    _, said = started.communicate(timeout=60)
    assert started.returncode == 2, said
    assert b"File too large" in said
    assert not (tmp_path / "out").exists()


def test_progress_is_for_a_terminal_and_quiet_is_quiet(tmp_path: Path) -> None:
    (tmp_path / "instances.json").write_text(json.dumps(labels(2000)))
    for quiet in (False, True):
        ours, theirs = pty.openpty()
        done = subprocess.run(
            [sys.executable, "-m", "mmdata", "lint", "instances.json", *QUICK, *(["-q"] if quiet else [])],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm"},
            check=False,
        )
        os.close(theirs)
        seen = b""
        try:
            while more := os.read(ours, 4096):
                seen += more
        except OSError:
            pass
        os.close(ours)
        assert (b"records looked at" in seen) is not quiet
        assert (b"was read as coco" in done.stdout) is not quiet
        assert done.returncode == 1
