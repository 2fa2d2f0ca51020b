"""What a YOLO data set says of itself beside its labels: class names, where the pictures are, the shape of keypoints.

    data.yaml    Ultralytics: names (a list, or a mapping with gaps), nc, path, train, val, test, kpt_shape, task
    obj.data     darknet: `names = file`, `train = list`, `valid = list`
    classes.txt, obj.names, _darknet.labels    a name a line; the line's number, from 0, is the index
    notes.json   Label Studio's export: categories with id and name

Scalars of YAML stay the text that stands there: a class called `no` or `on` is no truth value here.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from .beside import is_pipe

LARGEST_FILE = 16 << 20
"""Bytes; twenty thousand names are half a megabyte."""

NAME_FILES = ("classes.txt", "obj.names", "notes.json", "_darknet.labels", "predefined_classes.txt", "classes.names")
"""Files of class names, in lower case; any other that ends in .names is one too."""

_DEEPEST = 50
_SPLITS = ("train", "val", "valid", "validation", "test")
_MARKS = (*_SPLITS, "nc", "path", "kpt_shape")


@dataclass(frozen=True, slots=True)
class Described:
    """A data set as a file describes it. `entries` are (split, folder or list as written); `root` is its `path`."""

    file: Path
    names: dict[int, str] | None
    entries: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    root: str = ""
    kpt_shape: str = ""
    task: str = ""
    names_file: str = ""


def is_names_file(name: str) -> bool:
    """Whether a file of this name holds class names."""
    lower = name.lower()
    return lower in NAME_FILES or lower.endswith(".names")


def describe(file: Path, shown: str, accounting: Accounting | None) -> Described | None:
    """What a .yaml, .yml or .data file describes; None where it describes no data set.

    Raises `InputError` where it cannot be read, or does but is wrong. With `accounting` it is counted as an input.
    """
    data = _bytes(file, shown, accounting)
    if file.suffix.lower() == ".data":
        return _darknet(file, _text(data, shown))
    content = _yaml(_text(data, shown), shown)
    if not isinstance(content, dict) or not any(mark in content for mark in _MARKS):
        return None
    if "names" not in content and "nc" not in content:
        return None
    entries = [(split, place) for split in _SPLITS for place in _places(content.get(split))]
    shape = content.get("kpt_shape")
    return Described(
        file,
        _yaml_names(content, shown),
        entries,
        _word(content.get("path")),
        ",".join(_word(each) for each in shape) if isinstance(shape, list) else _word(shape),
        _word(content.get("task")),
    )


def read_names(file: Path, shown: str, accounting: Accounting | None) -> dict[int, str]:
    """The class names of one file by index. `InputError` where there are none in it."""
    if file.suffix.lower() in (".yaml", ".yml"):
        described = describe(file, shown, accounting)
        names = described.names if described else None
    elif file.suffix.lower() == ".json":
        names = _notes(_bytes(file, shown, accounting), shown)
    else:
        lines = _text(_bytes(file, shown, accounting), shown).splitlines()
        while lines and not lines[-1].strip():
            lines.pop()
        names = {index: line.strip() for index, line in enumerate(lines)}
    if not names:
        raise InputError(shown, "there are no class names in it", "Name the file of the class names with --names.")
    return names


def _bytes(file: Path, shown: str, accounting: Accounting | None) -> bytes:
    if is_pipe(file):
        raise InputError(shown, "is a pipe or a device, and no file", "Save what it would say as a file.")
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise InputError(shown, f"cannot be read: {error.strerror}", "Check that it is a file you may read.") from None
    if len(data) > LARGEST_FILE:
        raise InputError(shown, f"is larger than {LARGEST_FILE} bytes", "A file of class names is a few kB.")
    if accounting is not None:
        accounting.input(shown, len(data), hashlib.sha256(data).hexdigest())
    return data


def _text(data: bytes, shown: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        fact = f"byte {data[error.start]:#04x} is no UTF-8"
        raise InputError(f"{shown}:{line}:{column}", fact, "Save the file as UTF-8.") from None


def _yaml(text: str, shown: str) -> Any:
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        _check_depth(yaml.parse(text, Loader=loader), shown)
        return yaml.load(text, Loader=loader)  # noqa: S506  text alone
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{shown}:{mark.line + 1}:{mark.column + 1}" if mark else shown
        raise InputError(place, f"broken YAML: {error.problem}", "Correct the file at that place.") from None
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(shown, f"broken YAML: {type(error).__name__}", "Correct the file.") from None


def _check_depth(events: Iterator[Any], shown: str) -> None:
    """Raise `InputError` where YAML is nested deeper than any data set's: libyaml's loader overflows the C stack."""
    from yaml import CollectionEndEvent, CollectionStartEvent

    depth = 0
    for event in events:
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > _DEEPEST:
            raise InputError(
                shown, f"nested more than {_DEEPEST} deep", "A data set's description is two or three deep."
            )


def _word(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _places(value: Any) -> list[str]:
    """The folders and lists of one split: one, several, or none where the key is empty."""
    several = value if isinstance(value, list) else [value]
    return [each for each in map(_word, several) if each and each not in ("~", "null", "None")]


def _yaml_names(content: dict[Any, Any], shown: str) -> dict[int, str] | None:
    names = content.get("names")
    if names is None:
        return _numbered(_word(content.get("nc")), shown)
    if isinstance(names, list):
        given: dict[Any, Any] = {str(index): name for index, name in enumerate(names)}
    elif isinstance(names, dict):
        given = names
    else:
        if names and not _word(content.get("names")).startswith("["):
            return None  # the path of a names file, as old forks write it: found beside the labels
        given = {}
    read: dict[int, str] = {}
    for index, name in given.items():
        if not (isinstance(index, str) and index.isascii() and index.isdigit() and len(index) < 10):
            raise InputError(f"{shown}: names", f"{_shown(index)} is no class index", "Write 0: name, 1: name …")
        if not isinstance(name, str):
            raise InputError(f"{shown}: names.{index}", f"{_shown(name)} is no name", "Write one name an index.")
        read[int(index)] = name.strip()
    return read or None


def _numbered(count: str, shown: str) -> dict[int, str] | None:
    """`nc` without names: a model can be trained on numbers, a vision-language model has nothing to say of them."""
    raise InputError(
        f"{shown}: nc",
        f"{_shown(count)} classes and no names",
        "Add names to it: a model cannot learn words from them.",
    )


def _shown(value: Any) -> str:
    return repr(value)[:40] if isinstance(value, str) else f"a {type(value).__name__}"


def _darknet(file: Path, text: str) -> Described | None:
    said: dict[str, str] = {}
    for line in text.splitlines():
        key, sign, value = line.partition("=")
        if sign:
            said[key.strip().lower()] = value.strip()
    if not {"names", "train", "valid"} & said.keys():
        return None
    entries = [(key, said[key]) for key in ("train", "valid", "test") if said.get(key)]
    return Described(file, None, entries, names_file=said.get("names", ""))


def _notes(data: bytes, shown: str) -> dict[int, str]:
    try:
        categories = json.loads(data)["categories"]
        return {int(each["id"]): str(each["name"]) for each in categories}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(
            shown, "there is no list of categories with id and name in it", "Name the class names with --names."
        ) from None
