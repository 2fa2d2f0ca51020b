"""Writes what the loaders read: python tests/loaders/make_data.py FOLDER

FOLDER/SET/TARGET is what `mmdata convert` writes of a set for a target; FOLDER/SET/truth.jsonl the conversation table
behind it (`table_target.py`), FOLDER/SET/TARGET.lengths.json what `count_tokens` says of every sample that the target
takes. FOLDER/tokenizers holds the Qwen vocabulary. A target that fails is named, its folder is absent, and the exit
status is 1; the others are there.
"""

import contextlib
import io
import json
import shutil
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SHARED = ROOT.parent / "shared" / "data"
sys.path.insert(0, str(HERE))

import table_target  # noqa: E402
from mmdata.cli import mmdata  # noqa: E402
from mmdata.converters.targets import TARGETS, load_target  # noqa: E402
from mmdata.converters.targets.answers import one_answer_each  # noqa: E402
from mmdata.converters.targets.protocol import RenderOptions, Target  # noqa: E402

OURS = "conversations"
"""The set that is written here, so none of it may be left out before a target is asked."""

KITCHEN = ROOT / "examples" / "kitchen"
ANYTHING = ("--max-rejected", "100%")
NOTHING_CARRIED = 1
"""The exit status of a conversion of which nothing, or too little, is left: a target's right where it has no place."""

ASKED = {"qwen2.5-vl": ("--min-pixels", "3136", "--max-pixels", "1003520"), "gemini": ("--bucket", "gs://bucket/data")}
"""What a target is told beside what the set is: here the pixels that its tests set in the processor too."""


def made_sets(folder: Path) -> dict[str, list[str]]:
    """The arguments of `mmdata convert` for every set but target and OUT; what is not on this machine is left out."""
    kitchen = ["--images", str(KITCHEN / "images")]
    said = conversations(folder / "input" / OURS).parent
    sets = {
        "kitchen": [
            *("coco", str(KITCHEN / "instances.json"), *kitchen),
            *("--task", "detect,ground,refer,count", "--negatives", "1", *ANYTHING),
        ],
        OURS: ["chat", str(said / "rows.json"), "--images", str(said), *ANYTHING],
    }
    if SHARED.is_dir():
        chat = SHARED / "chat" / "llamafactory" / "data"
        sets["media"] = ["chat", str(all_rows(chat, folder / "media")), "--images", str(chat), *ANYTHING]
        coco = SHARED / "coco" / "instances_ccby"
        sets["coco"] = [
            *("coco", str(coco / "annotations" / "instances_val2017.json"), "--images", str(coco / "val2017")),
            *("--task", "detect", *ANYTHING),
        ]
    return sets


def all_rows(chat: Path, folder: Path) -> Path:
    """The rows of LLaMA-Factory's own examples with pictures, films and sounds, as one file."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [row for file in sorted(chat.glob("mllm_*.json")) for row in json.loads(file.read_text(encoding="utf-8"))]
    file = folder / "rows.json"
    file.write_text(json.dumps(rows), encoding="utf-8")
    return file


def conversations(folder: Path) -> Path:
    """Conversations of our own: several pictures, a system's turn, boxes in question and answer, a sound, a point."""
    folder.mkdir(parents=True, exist_ok=True)
    one, two, sound = "table-1.jpg", "table-2.jpg", "beep.wav"
    for picture in (one, two):
        shutil.copyfile(KITCHEN / "images" / picture, folder / picture)
    with wave.open(str(folder / sound), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16000)
        writer.writeframes(bytes(32000))
    rows = [
        row(("system", "You are brief."), ("user", "<image>What is it?"), ("assistant", "A table."), images=[one]),
        row(
            ("user", "<image><image>Find the <ref-object> in both."),
            ("assistant", "<bbox> and <bbox>"),
            ("user", "And <bbox> in the second?"),
            ("assistant", "A plate, 盘子."),
            images=[one, two],
            objects={
                "ref": ["cup"],
                "bbox": [[10.5, 20, 90, 120.25], [30, 40, 300, 500], [1, 2, 480, 640]],
                "image_id": [0, 1, 1],
            },
        ),
        row(("user", "Two and two?"), ("assistant", "Four.")),
        row(("user", "<image>Then <image>?"), ("assistant", "Less."), images=[two, one]),
        row(("user", "<audio>What is heard?"), ("assistant", "Nothing."), audios=[sound]),
        row(
            ("user", "<image>Point at the <ref-object>."),
            ("assistant", "<bbox>"),
            images=[one],
            objects={"ref": ["spoon"], "bbox": [[320, 120]]},
        ),
    ]
    file = folder / "rows.json"
    file.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return file


def energon_types(folder: Path) -> list[str]:
    """Energon's own types of samples, which hold one question about one picture and no box; those that failed."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("table-1.jpg", "table-2.jpg")
    rows = [row(("user", "<image>What is it?"), ("assistant", f"Table {name}."), images=[name]) for name in names]
    (file := folder / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
    given = ["chat", str(file), "--images", str(KITCHEN / "images"), "--sample-type"]
    return [kind for kind in ("vqa", "captioning") if convert([*given, kind], "energon", folder / kind)]


def late_columns(folder: Path) -> list[str]:
    """More than 10 MB of words alone, then a picture with a box and a sound: the types of the last rows are not those
    of the first, and readers that go by the beginning of a file stop there. The targets that failed.
    """
    words = "so it goes " * 400
    rows = [row(("user", f"{at}?"), ("assistant", words)) for at in range(3000)]
    file = conversations(folder.parent / "input" / folder.name)
    known = json.loads(file.read_text(encoding="utf-8"))
    rows += [each for each in known if "<audio>" in str(each) or "<bbox>" in str(each)]
    file.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    given = ["chat", str(file), "--images", str(file.parent), *ANYTHING]
    return [name for name in ("swift", "llama-factory", "glm-4.5v") if convert(given, name, folder / name)]


def row(*turns: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A conversation as ms-swift has it."""
    return {"messages": [{"role": role, "content": said} for role, said in turns], **more}


def convert(arguments: list[str], target: str, out: Path) -> int:
    """One conversion by the command line; its exit status. What it says is shown where it is a fault."""
    shutil.rmtree(out, ignore_errors=True)
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            mmdata(["convert", *arguments, "--to", target, *ASKED.get(target, ()), "-o", str(out)])
    except SystemExit as leaving:
        if leaving.code not in (None, 0, NOTHING_CARRIED):
            print(target, said.getvalue(), end="", file=sys.stderr)
        return int(leaving.code or 0)
    return 0


def lengths(target: Target, batches: list[pa.RecordBatch], options: RenderOptions) -> dict[str, int]:
    """The tokens of every sample that the target takes, by the sample's id."""
    counted: dict[str, int] = {}
    for whole in batches:
        batch = one_answer_each(whole)[0] if getattr(target, "ONE_ANSWER", False) else whole
        refused = {refusal.row for refusal in target.refuse(batch, options)}
        taken = batch.filter(pc.invert(pc.is_in(pa.array(range(len(batch))), pa.array(sorted(refused), pa.int64()))))
        found = target.count_tokens(target.render(taken, options), taken, options)
        counted |= dict(zip(taken.column("id").to_pylist(), found, strict=True))
    return counted


def options_of(target: str) -> RenderOptions:
    """The options of `ASKED` as `render` gets them."""
    told = ASKED.get(target, ())
    given = dict(zip(told[::2], told[1::2], strict=True))
    return RenderOptions(
        **{
            name: int(given[flag])
            for name in ("min_pixels", "max_pixels")
            if (flag := f"--{name}".replace("_", "-")) in given
        }
    )


def make(folder: Path, arguments: list[str]) -> list[str]:
    """One set for all targets; the targets that failed."""
    folder.mkdir(parents=True, exist_ok=True)
    table_target.BATCHES.clear()
    TARGETS["table"] = "table_target"
    if convert(arguments, "table", folder / "table"):
        return ["table"]
    del TARGETS["table"]
    if folder.name == OURS and (lost := (folder / "table" / "rejected.jsonl").read_text(encoding="utf-8")):
        print(lost, end="", file=sys.stderr)
        return ["table"]
    written = sorted((folder / "table").glob("train/*.jsonl"))
    (folder / "truth.jsonl").write_bytes(b"".join(path.read_bytes() for path in written))
    failed = []
    for name in TARGETS:
        if status := convert(arguments, name, folder / name):
            failed += [name] if status != NOTHING_CARRIED else []
            continue
        counted = lengths(load_target(name), table_target.BATCHES, options_of(name))
        (folder / f"{name}.lengths.json").write_text(json.dumps(counted), encoding="utf-8")
    return failed


def main() -> int:
    """Everything anew, but for the tokenizers, which depend on nothing of ours."""
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "tokenizers" / "qwen_vl" / "tokenizer_config.json").is_file():
        subprocess.run([sys.executable, str(HERE / "qwen_vocabulary.py"), str(folder / "tokenizers")], check=True)
    worst = int(bool(energon_types(folder / "energon") + late_columns(folder / "late")))
    for name, arguments in made_sets(folder).items():
        if wrong := make(folder / name, arguments):
            print(f"{name}: no data for {', '.join(wrong)}", file=sys.stderr)
            worst = 1
    return worst


if __name__ == "__main__":
    sys.exit(main())
