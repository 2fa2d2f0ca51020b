"""Energon reads every sample without `prepare`, and `prepare` would have made the same index."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import meant
import pytest
from megatron.energon import Cooker, DefaultTaskEncoder, WorkerConfig, get_loader, get_train_dataset, stateless


class Chats(DefaultTaskEncoder):
    """The simplest encoder: a crude sample stays the dict that it is, and is a batch of its own."""

    cookers = (Cooker(stateless(lambda sample: sample)),)
    decoder = None  # bytes as they are

    def batch(self, samples: list[Any]) -> Any:
        return samples[0]


def samples(folder: Path, encoder: Any = None, **more: Any) -> list[Any]:
    dataset = get_train_dataset(
        folder,
        batch_size=1,
        shuffle_buffer_size=None,
        max_samples_per_sequence=None,
        worker_config=WorkerConfig(rank=0, world_size=1, num_workers=0),
        repeat=False,
        **({"task_encoder": encoder} if encoder else {}),
        **more,
    )
    return list(get_loader(dataset))


def test_every_sample_is_what_was_meant(dataset: Any) -> None:
    read = samples(dataset.out("energon"), Chats()) if dataset.files("energon") else []
    assert len(read) == meant.written(dataset, "energon")
    for sample in read:
        said = json.loads(sample["json"])
        meant.check(dataset, said["id"], said, [sample[name] for name in said.get("images", [])])


def test_prepare_makes_the_same_index(dataset: Any, tmp_path: Path) -> None:
    ours, theirs = dataset.out("energon"), tmp_path / "theirs"
    shutil.copytree(ours / "train", theirs / "train", ignore=shutil.ignore_patterns("*.idx"))
    command = [Path(sys.executable).with_name("energon"), "prepare", theirs, "--non-interactive", "--num-workers", "1"]
    command += ["--split-parts", "train:train/.*", "--sample-type", "CrudeWebdataset"]
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for tar in dataset.files("energon"):
        index = tar.relative_to(ours).with_suffix(".tar.idx")
        assert (ours / index).read_bytes() == (theirs / index).read_bytes()
    assert stored(ours) == stored(theirs)
    assert counts(ours) == counts(theirs)
    assert (ours / ".nv-meta" / "dataset.yaml").read_text() == (theirs / ".nv-meta" / "dataset.yaml").read_text()
    assert {path.name for path in (ours / ".nv-meta").iterdir()} == {
        path.name for path in (theirs / ".nv-meta").iterdir()
    }


def stored(folder: Path) -> dict[str, Any]:
    """The tables of the index and what they hold."""
    with closing(sqlite3.connect(folder / ".nv-meta" / "index.sqlite")) as index:
        made = index.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        return {
            "made": {
                name: " ".join((sql or "").replace("IF NOT EXISTS ", "").split()).replace("( ", "(").replace(" )", ")")
                for name, sql in made
            },
            "samples": index.execute("SELECT * FROM samples ORDER BY 1, 3").fetchall(),
            "parts": index.execute("SELECT * FROM sample_parts ORDER BY 1, 2, 3").fetchall(),
        }


def counts(folder: Path) -> dict[str, int]:
    return dict(json.loads((folder / ".nv-meta" / ".info.json").read_text(encoding="utf-8"))["shard_counts"])


@pytest.mark.parametrize(("kind", "fields"), [("vqa", ("context", "answers")), ("captioning", ("caption",))])
def test_its_own_types_are_read(data: Path, kind: str, fields: tuple[str, ...]) -> None:
    folder = data / "energon" / kind
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    read = samples(folder)
    assert len(read) == manifest["accounting"]["samples"]["written"] > 0
    for batch in read:
        assert batch.image.shape[:2] == (1, 3)
        assert all(getattr(batch, field)[0] for field in fields)
