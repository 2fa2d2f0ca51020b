"""The other commands, help, exit codes, and that nothing heavy is imported to print it."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from mmdata import __version__
from mmdata.cli import guard, mmdata
from mmdata.cli.guard import guarded, message
from mmdata.cli.summary import closing_words
from mmdata.cli.terminal import shortened, visible
from mmdata.converters.sources import SOURCES, source_names
from mmdata.converters.targets import target_names
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.errors import ConfigError, InputError, InternalError, LimitError, OutputError
from mmdata.schemas.rule import RULES


def run(*args: object) -> Result:
    return CliRunner().invoke(mmdata, [*map(str, args)], catch_exceptions=False)


def test_without_arguments_it_is_the_help():
    done = run()
    assert done.exit_code == 0
    assert done.stdout == run("--help").stdout == run("-h").stdout
    for command in ("convert", "sources", "targets", "report", "explain"):
        assert f"\n  {command} " in done.stdout


def test_version():
    assert run("--version").stdout == f"mmdata {__version__}\n"


def test_convert_without_arguments_teaches():
    done = run("convert")
    assert done.exit_code == 0
    for name in [*source_names(), *target_names()]:
        assert f"\n  {name} " in done.stdout
    assert done.stdout.count("\n  mmdata convert ") == 3
    assert all(len(line) <= 120 for line in done.stdout.splitlines())


def test_every_example_of_the_lesson_parses():
    """Each names only options that exist: with an input that does not, it fails on that alone."""
    examples = [line.split()[1:] for line in run("convert").stdout.splitlines() if line.startswith("  mmdata convert")]
    for example in examples:
        without_folders = [word for word in example if word not in ("--images", "photos")]
        assert "there is no such file or folder" in run(*without_folders).stderr


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_every_source_has_help_with_its_own_options(name):
    done = run("convert", name, "--help")
    assert done.exit_code == 0
    options = "--images --to --task --lang --templates --split --dedup --order --max-objects --negatives --crowd"
    options += " --difficult --rotated --reserved-text --exif-boxes --no-upright --rounding --image-root --out"
    options += " --no-check-images --max-length --over-length --seed --max-rejected --format --quiet"
    listed = json.loads(run("sources", "--format", "json").stdout)
    own = next(source["options"] for source in listed if source["name"] == name)
    for option in [*options.split(), *own.split()]:
        assert option in done.stdout


def test_a_third_party_source_that_cannot_be_imported_does_not_hide_the_others(monkeypatch):
    monkeypatch.setitem(SOURCES, "broken", "mmdata.converters.sources.not_there")
    assert "(cannot be loaded: " in run("convert", "--help").stdout
    done = run("convert", "broken", "x", "-o", "out")
    assert done.exit_code == 2
    for command in (["convert"], ["sources"]):
        assert "cannot be loaded" in run(*command).stdout


@pytest.mark.parametrize("command", ["sources", "targets"])
def test_what_is_read_and_written(command):
    text, listed = run(command).stdout, json.loads(run(command, "--format", "json").stdout)
    names = source_names() if command == "sources" else target_names()
    assert [each["name"] for each in listed] == names
    for each in listed:
        assert each["summary"] in text
        assert each["frame"] in text


@pytest.mark.parametrize("asked", ["GE001", "ge001", "empty-box"])
def test_a_rule_is_explained(asked):
    done = run("explain", asked)
    assert done.stdout.startswith("GE001 empty-box (error)\nA box without area.")
    assert "\nWhy it hurts training\n" in done.stdout


def test_all_rules_are_listed_and_a_wrong_one_is_suggested():
    assert len(run("explain").stdout.splitlines()) == len(RULES)
    assert json.loads(run("explain", "GE001", "--format", "json").stdout)[0]["fault"] == "A box without area."
    done = run("explain", "empty-bx")
    assert done.exit_code == 2
    assert "Did you mean empty-box? List them all with: mmdata explain" in done.stderr


def test_a_report_wants_a_data_set(tmp_path):
    done = run("report", tmp_path)
    assert done.exit_code == 2
    assert "is no data set: it has no manifest.json" in done.stderr


def test_a_report_is_written_and_its_path_is_the_result(root, tmp_path):
    kitchen = root / "examples" / "kitchen"
    labels, images = kitchen / "instances.json", kitchen / "images"
    assert run("convert", "coco", labels, "--images", images, "-o", tmp_path / "out").exit_code == 0
    done = run("report", tmp_path / "out")
    assert done.stdout == f"{tmp_path}/out/report.html\n"
    assert (tmp_path / "out" / "report.html").read_text().startswith("<!")
    assert run("convert", "coco", labels, "--images", images, "-o", tmp_path / "out").exit_code == 0  # may be replaced


@pytest.mark.parametrize(
    ("error", "code"),
    [(InputError, 2), (ConfigError, 2), (OutputError, 2), (LimitError, 1), (InternalError, 3)],
)
def test_an_error_has_three_parts_and_its_exit_code(capsys, error, code):
    with pytest.raises(click.exceptions.Exit) as caught, guarded():
        raise error("a\x1b[31m.json", "width is 0\nError: forged", "Do this.\nOr that.")
    assert caught.value.exit_code == code
    said = capsys.readouterr().err
    assert said == "Error: a\\x1b[31m.json: width is 0\\nError: forged\n  Do this.\n  Or that.\n"


def test_our_fault_is_one_line_and_a_log(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(guard.tempfile, "tempdir", str(tmp_path))
    with pytest.raises(click.exceptions.Exit) as caught, guarded():
        raise KeyError("picture")
    assert caught.value.exit_code == 3
    log = next(tmp_path.glob("mmdata-*.log"))
    assert capsys.readouterr().err == (
        f"Error: mmdata failed by its own fault: KeyError: 'picture'\n  Please report it; the details are in {log}\n"
    )
    assert "Traceback" in log.read_text()
    assert f"mmdata {__version__}" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0  # it may quote the user's data


def test_an_empty_error_has_a_name_all_the_same(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(guard.tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(click.exceptions.Exit), guarded():
        raise AssertionError
    assert "AssertionError" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt(), 130), (guard.Stopped(15), 143), (BrokenPipeError(), 141)]
)
def test_those_who_stop_us_are_not_told(capsys, monkeypatch, error, code):
    monkeypatch.setattr(guard, "_close_output", lambda: None)  # it would close pytest's own
    with pytest.raises(click.exceptions.Exit) as caught, guarded():
        raise error
    assert caught.value.exit_code == code
    assert capsys.readouterr().err == ""


def test_a_reader_that_goes_away_is_no_complaint():
    command = f"{sys.executable} -m mmdata explain | true"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode in (0, 141)


@pytest.mark.parametrize(
    ("streams", "code"),
    [
        ("<&-", 0),
        (">&-", 0),
        ("2>&-", 0),
        ("<&- >&- 2>&-", 0),
        (">/dev/full", 2),
        ("2>/dev/full", 0),
    ],
)
def test_streams_that_are_closed_or_full_are_no_fault_of_ours(tmp_path, streams, code):
    labels = Path(__file__).parents[2] / "examples/kitchen/instances.json"
    command = f"{sys.executable} -m mmdata convert coco {labels} --no-check-images --format json -o {tmp_path}/out"
    done = subprocess.run(["bash", "-c", f"{command} {streams}"], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert "fault" not in done.stderr and ("stdout: " in done.stderr) == (code == 2)
    assert (tmp_path / "out/manifest.json").is_file()
    assert all(path.read_bytes().rstrip()[-1:] in b"]}" for path in (tmp_path / "out").rglob("*.json"))


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["explain", "GE001"], ["convert", "--nonsense"]])
def test_nothing_heavy_is_imported(args):
    code = (
        "import sys; from mmdata.cli import mmdata\n"
        "try: mmdata(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'pyarrow', 'PIL', 'pydantic', 'yaml', 'rich', 'pandas', 'jsonschema'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_visible():
    assert visible("图 naïve ok") == "图 naïve ok"
    assert visible("a\tb\r\n\x1b]0;t\x07\u202e\udcff\x9b") == "a\\tb\\r\\n\\x1b]0;t\\x07\\u202e\\udcff\\x9b"


def test_shortened_keeps_both_ends():
    assert shortened("a" * 200) == "a" * 200
    cut = shortened("head" + "x" * 500 + "tail")
    assert len(cut) <= 200
    assert cut.startswith("head")
    assert cut.endswith("tail")


class Made:
    """What a conversion returns, by hand."""

    out = Path("out\x1b")

    def __init__(self) -> None:
        self.accounting = Accounting()
        self.manifest = {"splits": {"train": {"samples": 0}}, "accounting": self.accounting.balance()}


def test_closing_words_with_remarks():
    made = Made()
    made.accounting.remark("GE004", file="a.json", at="/1", message="by 1 px\x1b[2J", count=2)
    said = closing_words(made, {"read": (99, 100), "write": (0, 3)})
    assert "kept, but worth a look:\n  2 times GE004 box-over-edge\n    such as a.json /1: by 1 px\\x1b[2J\n" in said
    assert "samples" in said
    assert "parts taken from a run before: read 99 of 100\n" in said
    assert "\x1b" not in said


def test_messages_are_made_in_one_place():
    assert message(ConfigError("--x", "is 1", "Make it 2.")) == "Error: --x: is 1\n  Make it 2."
