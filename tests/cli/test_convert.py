"""`mmdata convert` as a person uses it: whole runs on small data of our own, in-process and as a program."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result
from mmdata.cli import mmdata
from mmdata.converters import sources
from mmdata.schemas.manifest import Manifest


def run(*args: object) -> Result:
    return CliRunner().invoke(mmdata, ["convert", *map(str, args)], catch_exceptions=False)


def coco(folder: Path, images: int = 4, broken: int = 0) -> Path:
    """A COCO file of that many pictures, each with two boxes; the first `broken` boxes are empty."""
    boxes = [[10, 10, 0 if number < broken else 20, 30] for number in range(2 * images)]
    data = {
        "images": [{"id": n, "file_name": f"{n}.jpg", "width": 100, "height": 80} for n in range(images)],
        "annotations": [
            {"id": n, "image_id": n // 2, "category_id": 1 + n % 2, "bbox": box, "area": 1, "iscrowd": 0}
            for n, box in enumerate(boxes)
        ],
        "categories": [{"id": 1, "name": "mug"}, {"id": 2, "name": "plate"}],
    }
    path = folder / "instances.json"
    path.write_text(json.dumps(data))
    return path


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    return coco(tmp_path)


def blind(*args: object) -> Result:
    """A COCO conversion without pictures on disk."""
    return run("coco", *args, "--no-check-images")


def test_a_conversion_says_what_became_of_everything(labels, tmp_path):
    done = blind(labels, "--split", "train=0.75,val=0.25", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr == (
        "                    read      written     left out\n"
        "annotations            8            8            0\n"
        "images                 4            4            0\n"
        "samples                4            4            0\n"
        "\n"
        "split      samples        share      records       labels\n"
        "train            3        75.0%            3            2\n"
        "val              1        25.0%            1            2\n"
        "\n"
        "records by label        train          val\n"
        "mug                         3            1\n"
        "plate                       3            1\n"
        "\n"
        f"written: {tmp_path}/out\n"
    )
    Manifest.model_validate_json((tmp_path / "out" / "manifest.json").read_bytes())


def test_json_is_the_manifest_and_nothing_else_on_stdout(labels, tmp_path):
    done = blind(labels, "--format", "json", "-o", tmp_path / "out")
    assert json.loads(done.stdout) == json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert "written" in done.stderr


def test_what_is_left_out_is_said_with_example_and_remedy(tmp_path):
    labels = coco(tmp_path, images=4, broken=2)
    done = blind(labels, "--max-rejected", "50%", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    left_out = done.stderr[done.stderr.index("left out:\n") :].splitlines()
    assert left_out[1] == "  2 annotations: GE001 empty-box"
    assert left_out[2].startswith(f"    such as {labels} /annotations/0")
    assert left_out[3] == "    Redraw the box, or delete it: it has no area."


def test_quiet_says_only_what_was_left_out(labels, tmp_path):
    assert blind(labels, "-q", "-o", tmp_path / "out").stderr == ""
    broken = coco(tmp_path, broken=1)
    done = blind(broken, "-q", "--max-rejected", "1", "-o", tmp_path / "out")
    assert done.stderr == f"left out: 1 annotations; each in {tmp_path}/out/rejected.jsonl\n"


def test_over_the_limit_nothing_is_written_and_the_exit_is_1(tmp_path):
    done = blind(coco(tmp_path, broken=1), "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "--max-rejected 1%" in done.stderr
    assert "Look first at GE001 empty-box" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["instances.json"]


def test_same_command_same_bytes(labels, tmp_path):
    def made() -> dict[str, bytes]:
        assert blind(labels, "--split", "a=0.5,b=0.5", "--seed", "3", "-o", out).exit_code == 0
        return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}

    out = tmp_path / "out"
    assert made() == made()


WRONG = [
    (["--to", "qwen-vll"], "--to: there is no target 'qwen-vll'", "Did you mean qwen-vl?"),
    (["--to", "Qwen_VL"], "--to: there is no target 'Qwen_VL'", "Did you mean qwen-vl?"),
    (["--task", "detect,gruond"], "--task: there is no task 'gruond'", "Did you mean ground?"),
    (["--split", "train=0.9,val=0.2"], "--split: the shares of 'train=0.9,val=0.2' sum to 1.1", "--split train=0.9"),
    (["--max-rejected", "few"], "--max-rejected: 'few' is no number", "Write 100, 1% or 0."),
    (["--max-rejected", "-1"], "--max-rejected: '-1' is no number", "Write 100, 1% or 0."),
    (["--max-rejected", "101%"], "--max-rejected: '101%' is no number", "Write 100, 1% or 0."),
    (["--max-rejected", "nan%"], "--max-rejected: 'nan%' is no number", "Write 100, 1% or 0."),
    (["--max-rejected", "1%%"], "--max-rejected: '1%%' is no number", "Write 100, 1% or 0."),
]


@pytest.mark.parametrize(("args", "fact", "remedy"), WRONG, ids=lambda value: " ".join(value) if value else None)
def test_a_wrong_value_is_named_and_the_right_one_suggested(labels, tmp_path, args, fact, remedy):
    done = blind(labels, *args, "-o", tmp_path / "out")
    assert done.exit_code == 2
    first, second = done.stderr.splitlines()
    assert first.startswith(f"Error: {fact}")
    assert second.startswith("  ")
    assert remedy in second


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--lang", "fr"], "'fr' is not one of 'en', 'zh'"),
        (["--max-length", "0"], "0 is not in the range x>=1"),
        (["--images", "nowhere"], "'nowhere' does not exist"),
        (["--colour", "red"], "No such option"),
    ],
)
def test_click_tells_the_plain_cases(labels, tmp_path, args, said):
    done = blind(labels, *args, "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert said in done.stderr


def test_out_is_required(labels):
    done = blind(labels)
    assert done.exit_code == 2
    assert "Missing option '-o' / '--out'" in done.stderr


def test_a_mistyped_source_is_suggested():
    done = run("cocoo", "x.json", "-o", "out")
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: mmdata convert: there is no source 'cocoo'\n  Did you mean coco? There are:")


def test_a_forgotten_source_is_recognised(labels):
    done = run(labels, "-o", "out")
    assert done.exit_code == 2
    assert "SOURCE is missing; this looks like coco:" in done.stderr
    assert f"mmdata convert coco {labels} -o OUT" in done.stderr


def test_another_sources_file_is_recognised_before_it_is_read(labels, tmp_path):
    done = run("voc", labels, "-o", tmp_path / "out")
    assert done.exit_code == 2
    first, second = done.stderr.splitlines()
    assert first.startswith(f"Error: {labels}: this is no voc, it is coco: ")
    assert second == f"  Run: mmdata convert coco {labels} -o {tmp_path}/out"
    assert not (tmp_path / "out").exists()


def test_what_its_own_source_knows_is_never_called_anothers(labels, tmp_path, monkeypatch):
    """A third party's source that claims every file does not stand in the way of ours."""
    greedy = ModuleType("greedy")
    greedy.NAME, greedy.SUMMARY, greedy.sniff = "greedy", "Claims everything", lambda path: "I say so"
    monkeypatch.setitem(sys.modules, "greedy", greedy)
    monkeypatch.setattr(sources, "SOURCES", {"greedy": "greedy", **sources.SOURCES})
    assert blind(labels, "-o", tmp_path / "out").exit_code == 0
    assert "it is greedy: I say so" in run("voc", labels, "-o", tmp_path / "other").stderr


def test_a_folder_where_a_file_is_wanted(tmp_path):
    (tmp_path / "data set" / "annotations").mkdir(parents=True)
    labels = coco(tmp_path / "data set" / "annotations")
    done = run("coco", tmp_path / "data set", "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "is a folder; coco files in it: annotations/instances.json" in done.stderr
    assert f"Run: mmdata convert coco '{labels}' -o" in done.stderr


def test_a_missing_input_is_told_with_its_neighbour(labels, tmp_path):
    done = run("coco", tmp_path / "instance.json", "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert done.stderr == (
        f"Error: {tmp_path}/instance.json: there is no such file or folder\n  Did you mean {labels}?\n"
    )


def test_a_link_to_nowhere_is_told(tmp_path):
    (tmp_path / "a.json").symlink_to("gone.json")
    done = run("coco", tmp_path / "a.json", "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "is a link to gone.json, which is not there" in done.stderr


@pytest.mark.parametrize("content", [b"", b"not json", b"[1, 2", b'{"images": [', b"\xff\xfe\x00", b"{}"])
@pytest.mark.parametrize("source", ["coco", "voc", "label-studio"])
def test_rubbish_is_an_input_error(tmp_path, source, content):
    (tmp_path / "rubbish.json").write_bytes(content)
    done = run(source, tmp_path / "rubbish.json", "-o", tmp_path / "out")
    assert done.exit_code == 2, done.output
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["rubbish.json"]


def test_a_users_folder_is_never_replaced(labels, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").write_text("years")
    done = blind(labels, "-o", tmp_path / "home")
    assert done.exit_code == 2
    assert "mmdata did not write thesis.tex" in done.stderr
    assert (tmp_path / "home" / "thesis.tex").read_text() == "years"


def test_terminal_commands_in_labels_are_shown_not_obeyed(tmp_path):
    labels = coco(tmp_path)
    text = labels.read_text().replace("0.jpg", "\\u001b[2J\\u202ehello.jpg")
    labels.write_text(text)
    done = run("coco", labels, "--images", tmp_path, "--max-rejected", "100%", "-o", tmp_path.parent / "never")
    assert done.exit_code == 1
    assert "\x1b" not in done.stderr
    assert "\u202e" not in done.stderr


def program(*args: object, **options) -> subprocess.Popen:
    command = [sys.executable, "-m", "mmdata", *map(str, args)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signals_end_it_quietly_and_leave_nothing(tmp_path, sent, code):
    """The file is large enough for the run to be on its way when the staging folder is seen; not always, on a machine
    that is busy.
    """
    labels = coco(tmp_path, images=20000)
    for _ in range(5):
        started = program("convert", "coco", labels, "--no-check-images", "-q", "-o", tmp_path / "out")
        while not list(tmp_path.glob(".out.*.partial")) and started.poll() is None:
            time.sleep(0.005)
        started.send_signal(sent)
        stdout, stderr = started.communicate()
        if started.returncode != 0:
            break
        shutil.rmtree(tmp_path / "out")
    assert (started.returncode, stdout, stderr) == (code, "", "")
    assert not list(tmp_path.glob(".out*"))
    assert not (tmp_path / "out.lock").exists()


def test_real_data_with_pictures(shared, tmp_path):
    folder = shared / "data" / "coco" / "instances_ccby"
    labels = folder / "annotations" / "instances_train2017.json"
    done = run("coco", labels, "--images", folder, "--dedup", "exact", "--format", "json", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    balance = Manifest.model_validate_json(done.stdout).accounting
    assert balance.annotations.read == 139
    assert balance.annotations.rejected == {"AN016": 3}
