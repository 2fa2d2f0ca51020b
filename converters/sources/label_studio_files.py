"""Files: where the tasks of an export stand, one after another, without holding a large file."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from ..json_pointer import step
from ..json_stream import stream
from ..json_top import top_level
from .beside import is_pipe, remark_pipes
from .label_studio_csv import SUFFIXES, sniff_table, table_rows
from .label_studio_min import looks_minimal
from .label_studio_shapes import looks_like_stored_annotation, looks_like_task
from .label_studio_store import STATE, is_store, store_tasks

LARGEST_OBJECT = 64 << 20
"""Bytes; a file that is one object (a task, a few tasks by id) is read whole, up to this."""

_HEAD = 1 << 20
_FEW = 8


class NotTasksError(InputError):
    """A file that is JSON, and not of Label Studio."""


def files_under(path: Path, accounting: Accounting | None = None) -> list[Path]:
    """The file or store itself, or the JSON files of a folder by name; a target storage's files have no ending.

    A folder's tables are taken where it has no JSON: beside it they are the same work once more. Pipes are remarked.

    `InputError` when there is none.
    """
    if path.is_file() or is_store(path):
        return [path]
    if not path.is_dir():
        raise InputError(str(path), "there is no such file or folder", "Check the path of the export.")
    named = [file for file in sorted(path.rglob("*")) if not file.name.startswith(".")]
    for suffixes in ((".json", ""), SUFFIXES):
        if accounting is not None:
            remark_pipes((file for file in named if file.suffix.lower() in suffixes and is_pipe(file)), accounting)
        if found := [file for file in named if file.suffix.lower() in suffixes and file.is_file()]:
            return found
    raise InputError(str(path), "no JSON or CSV file in this folder", "Give the file that Export wrote, or its folder.")


def elements(path: Path, accounting: Accounting | None, as_of: str | None = None) -> Iterator[tuple[str, object]]:
    """(place, element) of everything that may be a task: a list's elements, those under `tasks`, one task, a row, the
    tasks of a store as they were at a moment.

    Raises `InputError` where the text stops being JSON, `NotTasksError` for an object that holds no task.
    """
    if is_store(path):
        yield from store_tasks(path, as_of, accounting)
        return
    if path.suffix.lower() in SUFFIXES:
        yield from table_rows(path, accounting)
        return
    keys = top_level(path)
    if keys is not None and "" not in keys and "tasks" not in keys:
        yield from _of_object(path, accounting)
        return
    key = "tasks" if keys and "tasks" in keys else ""
    try:
        for chunk in stream(path, {key: Any}, accounting):
            for index, element in chunk.items:
                yield (f"/{key}/{index}" if key else f"/{index}"), element
    except OSError as error:
        raise InputError(str(path), f"not readable: {error.strerror}", "Check the file's permissions.") from None


def _of_object(path: Path, accounting: Accounting | None) -> Iterator[tuple[str, object]]:
    whole = _load(path, accounting)
    if looks_like_task(whole) or looks_like_stored_annotation(whole) or looks_minimal(whole):
        yield "", whole
    elif isinstance(whole, dict) and any(looks_like_task(each) for each in whole.values()):
        for key, each in whole.items():
            yield step(key), each
    else:
        held = ", ".join(map(repr, list(whole)[:6])) if isinstance(whole, dict) else type(whole).__name__
        raise not_tasks(path, f"this object holds no task: {held or 'it is empty'}")


def not_tasks(path: Path, fact: str) -> NotTasksError:
    """The error for a file of something else."""
    return NotTasksError(
        str(path), fact, "Give Label Studio's JSON, JSON_MIN or CSV export; `mmdata sources` lists other formats."
    )


def _load(path: Path, accounting: Accounting | None) -> object:
    size = path.stat().st_size
    if size > LARGEST_OBJECT:
        raise InputError(
            str(path), f"one object of {size} bytes", "Export a list of tasks: only lists are read piece by piece."
        )
    data = path.read_bytes()
    try:
        whole = json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as fault:
        place = f"{path}:{fault.lineno}:{fault.colno}"
        raise InputError(place, f"no whole JSON: {fault.msg}", "Export or copy the file again.") from None
    except UnicodeDecodeError as fault:
        raise InputError(f"{path}: byte {fault.start}", "not UTF-8", "Save the file as UTF-8.") from None
    except RecursionError:
        raise InputError(str(path), "nested too deep to be read", "Give the file that Export wrote.") from None
    if accounting is not None:
        accounting.input(str(path), size, hashlib.sha256(data).hexdigest())
    return whole


def sniff_file(path: Path) -> str | None:
    """Why a file looks like Label Studio's, from its head; None when it does not."""
    if path.suffix.lower() in SUFFIXES:
        return sniff_table(path)
    keys = top_level(path)
    if not keys:
        return None
    if "" in keys or "tasks" in keys:
        return _sniff_first(path, "" if "" in keys else "'tasks': ")
    if "data" in keys and {"annotations", "predictions", "drafts"} & keys.keys():
        return "one task with 'data' and 'annotations'"
    if {"result", "task"} <= keys.keys():
        return "one annotation with its 'result' and 'task'"
    first = next(iter(keys))
    return "tasks by their ids" if first.isdigit() and '"annotations"' in keys[first] else None


def _sniff_first(path: Path, under: str) -> str | None:
    with path.open("rb") as file:
        head = file.read(_HEAD).decode("utf-8", "replace")
    start = head.find("[", head.find('"tasks"') if under else 0)
    keys = _first_keys(head[start:])
    if "data" in keys and keys & {"annotations", "completions", "predictions", "drafts"}:
        return f"{under}a list of tasks with 'data' and 'annotations'"
    if {"annotator", "lead_time"} <= keys or {"annotator", "annotation_id"} <= keys:
        return f"{under}a list of objects with 'annotator' and 'lead_time'"
    return None


def _first_keys(text: str) -> set[str]:
    """The keys of the first object in a list, as far as the text goes."""
    keys: set[str] = set()
    depth = 0
    for match in re.finditer(r'"((?:[^"\\]|\\.)*)"(\s*:)?|[{}\[\]]', text):
        mark = match.group()
        if mark in "{[":
            depth += 1
        elif mark in "}]":
            depth -= 1
            if depth < 2:
                break
        elif depth == 2 and match.group(2) is not None:
            keys.add(match.group(1))
    return keys


def sniff_any(path: Path) -> str | None:
    """As `sniff_file`; for a folder the first few of its JSON files. Never raises."""
    try:
        if is_store(path):
            return f"{STATE} and parts of mmdata annotate pull"
        if not path.is_dir():
            return sniff_file(path)
        for file in [each for each in sorted(path.glob("*.json")) if not is_pipe(each)][:_FEW]:
            if reason := sniff_file(file):
                return f"{file.name}: {reason}"
    except (OSError, ValueError, RecursionError):
        pass
    return None
