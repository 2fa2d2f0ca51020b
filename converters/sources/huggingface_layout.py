"""Where the tables of a Hugging Face data set stand: a repository's parquet files, `save_to_disk`, an ImageFolder.

state.json, data-00000-of-00001.arrow      `Dataset.save_to_disk`; `dataset_dict.json` above it where there are splits
train-00000-of-00002.parquet               a repository; the split is the name's head, or that of the folder
train/metadata.jsonl (.csv, .parquet)      an ImageFolder; the split is the folder
train/train-00000.parquet, manifest.json   a data set that mmdata made, which says which of its tables have rows

Source: huggingface/datasets, arrow_dataset.py (`save_to_disk`), folder_based_builder.py, data_files.py.
"""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from .beside import first_files, label_files
from .huggingface_tables import ENDINGS

METADATA = ("metadata.jsonl", "metadata.csv", "metadata.parquet")
"""The files of an ImageFolder that say what is in its pictures."""

_CACHE = "cache-"
"""Begins the names of what `map` left beside a saved data set."""

SPLITS = ("train", "training", "test", "testing", "validation", "valid", "val", "dev", "eval")
"""What folders and files of a split are called."""

_SHARD = re.compile(r"(?P<split>\w[\w.-]*?)-\d{5}-of-\d{5}(?:-[0-9a-f]+)?")


class TableFile(NamedTuple):
    """One file of rows, and the split that it belongs to; "" where nothing says so."""

    path: Path
    split: str


def tables_in(path: Path, split: str = "", accounting: Accounting | None = None) -> list[TableFile]:
    """The files of rows, in order, of one split where it is named.

    Raises `InputError` where there are none, or none of that split, or the rows are chosen by an index beside them.
    """
    found = [TableFile(file, _split_of(file, path)) for file in _files(path, accounting)]
    chosen = [each for each in found if not split or each.split == split]
    if not chosen:
        had = ", ".join(sorted({each.split or "(none named)" for each in found}))
        raise InputError(str(path), f"no split {split!r} here; there are {had}", "Name another with --hub-split.")
    return chosen


def first_table(path: Path) -> Path | None:
    """A file of rows, for a look at what it is; never raises."""
    try:
        for name in METADATA:
            if path.is_dir() and (found := next((each for each in first_files(path, (name,)) if _is_one(each)), None)):
                return found
        if path.is_file():
            return path if _is_one(path) or path.suffix.lower() in ENDINGS else None
        return next((each for each in first_files(path, ENDINGS) if not each.name.startswith(_CACHE)), None)
    except OSError:
        return None


def _is_one(path: Path) -> bool:
    return path.name.lower() in METADATA


def _files(path: Path, accounting: Accounting | None) -> list[Path]:
    if path.is_file():
        return [path]
    if (path / "dataset_dict.json").is_file():
        splits = _object(path / "dataset_dict.json").get("splits")
        if not isinstance(splits, list) or not all(_is_plain(name) for name in splits):
            raise InputError(str(path / "dataset_dict.json"), "names no splits", "Save the data set again.")
        return [file for name in splits for file in _saved(path / name)]
    if (path / "state.json").is_file():
        return _saved(path)
    if ours := _ours(path):
        return ours
    try:
        listed = [file for file in label_files(path, METADATA, accounting) if _is_one(file)]
    except InputError:
        listed = []
    return listed or [file for file in label_files(path, ENDINGS, accounting) if not file.name.startswith(_CACHE)]


def _ours(folder: Path) -> list[Path]:
    """The files of rows of a data set that mmdata made, in which other tables lie too; none where it is none."""
    try:
        said: Any = json.loads((folder / "manifest.json").read_bytes())
        shards = [shard["path"] for split in said["splits"].values() for shard in split["shards"] if said["mmdata"]]
        files = [folder / name for name in shards if ".." not in Path(name).parts]
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return []
    return files if all(_is_one(file) or file.suffix in ENDINGS for file in files) else []


def _saved(folder: Path) -> list[Path]:
    """The files that a `state.json` names."""
    state = folder / "state.json"
    said = _object(state)
    if said.get("_indices_files") or said.get("_indices_data_files"):
        fact = "the rows are chosen by an index beside them, which mmdata does not read"
        raise InputError(str(state), fact, "Call flatten_indices() before save_to_disk().")
    files = said.get("_data_files")
    names = [each.get("filename") for each in files if isinstance(each, dict)] if isinstance(files, list) else []
    if not names or not all(_is_plain(name) for name in names):
        raise InputError(str(state), "names no files beside it under '_data_files'", "Save the data set again.")
    return [folder / str(name) for name in names]


def _is_plain(name: object) -> bool:
    return isinstance(name, str) and name == Path(name).name and name not in ("", "..")


def _object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}", "Save the data set again.") from None
    except (ValueError, RecursionError) as error:
        raise InputError(str(path), f"no JSON: {error}", "Save the data set again.") from None
    return value if isinstance(value, dict) else {}


def _split_of(file: Path, top: Path) -> str:
    shard = _SHARD.fullmatch(file.stem)
    if shard and shard["split"] != "data":
        return shard["split"]
    if file.stem.lower() in SPLITS:
        return file.stem
    return file.parent.name if file.parent != top and top.is_dir() else ""
