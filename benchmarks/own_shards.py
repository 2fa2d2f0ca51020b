"""Shards as mmdata writes them, of drawn rows: planned, written file by file, hashed, fsynced, committed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from mmdata.converters.targets import energon
from mmdata.pipelines.commit.commit import Staging
from mmdata.pipelines.shards import load_form
from mmdata.pipelines.shards.json_lines import compressed
from mmdata.pipelines.shards.parquet import PICTURE
from mmdata.pipelines.shards.protocol import WHOLE

COLUMNS = pa.schema([("id", pa.string()), ("said", pa.string()), ("images", pa.list_(PICTURE))])


def row(form: str, number: int, path: str, said: dict[str, Any]) -> bytes:
    """One sample as the form takes it."""
    file = {"$file": path}
    name = f"{number:09d}"
    if form in ("webdataset", "energon"):
        sample: dict[str, Any] = {"__key__": name, "json": {"id": name, **said}, "jpg": file}
    elif form.startswith("json"):
        sample = {"id": name, **said, "images": [path]}
    elif form == "parquet":
        sample = {"id": name, "said": json.dumps(said), "images": [file]}
    else:
        sample = {"id": name, "conversation": said, "images": file}
    return json.dumps(sample).encode()


def write(form: str, files: list[str], out: str, said: dict[str, Any]) -> None:
    """One split of one form."""
    module = load_form(form.partition(".")[0])
    shards_of = module.files("train", WHOLE, COLUMNS if form == "parquet" else None)
    if form == "jsonl.zst":
        shards_of = compressed(shards_of)
    with Staging(Path(out)) as staging:
        rows = [row(form, number, path, said) for number, path in enumerate(files)]
        sizes = [shards_of.size(each, staging) for each in rows]
        plan = shards_of.plan(np.array(sizes, np.int64))
        made = [
            shards_of.write(staging, at, start, rows[start:end], sizes[start:end])
            for at, (start, end) in enumerate(plan)
        ]
        shards = [shard._asdict() for shard in made]
        manifest = {
            "mmdata": "0",
            "format": 1,
            "options": {},
            "splits": {"train": {"samples": len(files), "shards": shards}},
        }
        if finish := getattr(module, "finish", None):
            finish(staging, manifest)
        if form == "energon":
            for name, content in energon.beside(manifest).items():
                with staging.open(name) as file:
                    file.write(content)
        staging.publish(manifest)
