"""An ImageFolder without metadata: each picture's class is the name of its folder, `train/cat/1.jpg`.

A first folder called train, test, validation and the like is the split; a picture beside no class has none, as
`datasets` has it. Source: huggingface/datasets, folder_based_builder.py.
Known lies: folders of one name at two places are one class there and here; files that are no pictures are passed over
there in silence, here they are told (AN026). Order: by path.
"""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from ..file_names import text
from ..pictures.tree import is_picture
from ..records import Media, Question, Record
from .huggingface_layout import SPLITS

_LOOK = 20_000
"""Files that a look at a folder goes through."""

_NOTES = (".md", ".txt")
_NOT_CLASSES = frozenset({"images", "image", "imgs", "jpegimages", "img", "pictures", "photos", "labels", "data"})


class Classified(NamedTuple):
    """A file by its path below the top, its class and its split, each "" where there is none."""

    below: str
    kind: str
    split: str


def sniff_classes(path: Path) -> str | None:
    """Why a folder looks like one: pictures in two or more folders, nothing beside them but a note or two."""
    if not path.is_dir():
        return None
    files = list(islice(_files(path), _LOOK))
    others = [each for each in files if not is_picture(each.below)]
    kinds = dict.fromkeys(each.kind for each in files if is_picture(each.below))
    named = [kind for kind in kinds if kind]
    if len(others) > 2 or any(not each.below.lower().endswith(_NOTES) or "/" in each.below for each in others):
        return None
    if len(named) < 2 or len(named) < len(kinds) or _NOT_CLASSES & {kind.lower() for kind in named}:
        return None
    return f"nothing but pictures in folders named like classes: {', '.join(map(text, named[:3]))}"


def class_records(path: Path, question: str, split: str, accounting: Accounting) -> Iterator[Record]:
    """A record a picture, whose class answers the question; one without a class has no question.

    Raises `InputError` where there are no pictures, or none of that split, or no class and so nothing to ask.
    """
    files = list(_files(path))
    shown = [each for each in files if is_picture(each.below) and (not split or each.split == split)]
    if not any(each.kind for each in shown):
        fact = f"no pictures in folders of classes{f' of the split {split!r}' if split else ''}"
        raise InputError(str(path), fact, "Name a folder such as train/cat/1.jpg, or one with tables of pictures.")
    others = [each.below for each in files if not is_picture(each.below)]
    if others:
        fact = f"files that are no pictures: {len(others)}, such as {text(others[0])}"
        accounting.remark(
            "AN026", file=text(str(path / others[0])), at="", value=len(others), message=fact, count=len(others)
        )
    for each in shown:
        name = text(each.below)
        accounting.read("images")
        asked = [Question("", question, [(text(each.kind), 1)])] if each.kind else []
        accounting.read("annotations", len(asked))
        yield Record(name.rpartition(".")[0], text(str(path / each.below)), "", [Media(name)], questions=asked)


def _files(top: Path) -> Iterator[Classified]:
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each != "__MACOSX")
        below = Path(folder).relative_to(top).as_posix()
        parts = [] if below == "." else below.split("/")
        split = parts[0] if parts and parts[0].lower() in SPLITS else ""
        kind = parts[-1] if parts[bool(split) :] else ""
        for name in sorted(names):
            if not name.startswith("."):
                yield Classified("/".join((*parts, name)), kind, split)
