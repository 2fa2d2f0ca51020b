"""What `mmdata dedup` reads: the pictures and the words of every PATH."""

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from ..converters.pictures.find import Pictures
    from ..pipelines.dedup.how import How
    from ..pipelines.dedup.words import Words


class Held:
    """The pictures of all PATHs, each file once, with what it is called; and with `text` the words of records.

    `folder` is for pictures that lie in labels or shards; `places` are the files, and places in them, of the records
    that have words; `note` is told what is good to know.
    """

    def __init__(self, folder: Path, text: str, note: Callable[[str], object]) -> None:
        from ..pipelines.dedup.text import Texts

        self.pictures: dict[Path, str] = {}
        self.places: list[str] = []
        self._folder = folder
        self._note = note
        self._texts = Texts(near=text == "near") if text != "off" else None
        self._missing = 0
        self._paths: set[str] = set()
        self._seen: set[str] = set()
        self._folder_of = cache(os.path.realpath)

    def read(self, path: Path) -> None:
        """One PATH more, once: a folder of pictures, a picture, a data set that mmdata built, or labels."""
        from ..converters.pictures.tree import is_picture
        from ..pipelines.dedup.built import is_built, pictures_below

        if (real := os.path.realpath(path)) in self._paths:
            return
        self._paths.add(real)
        self._missing = 0
        if is_built(path):
            self._read_built(path)
        elif path.is_dir() and (self._texts is None or not _is_labels(path)):
            for each in pictures_below(path):
                self._add(each, str(each))
        elif is_picture(path.name) and path.is_file():
            self._add(path, str(path))
        else:
            self._read_labels(path)
        if self._missing:
            self._note(f"{path}: {self._missing:,} of its pictures were not found; mmdata lint says which.")

    def same_texts(self) -> tuple[list[str], "Iterator[tuple[int, int, How]]"]:
        """The places of all records with words, and which of them say the same."""
        if self._texts is None:
            return [], iter(())
        return self.places, self._texts.kin().links()

    def _add(self, path: Path, called: str) -> None:
        """A picture, unless the same file is there by another path: by a link, or through a folder that is one."""
        real = os.path.realpath(path) if path.is_symlink() else f"{self._folder_of(path.parent)}/{path.name}"
        if real not in self._seen:
            self._seen.add(real)
            self.pictures[path] = called

    def _read_built(self, path: Path) -> None:
        from ..pipelines.data_sets import check_one
        from ..pipelines.dedup.built import elsewhere, parts, pictures_elsewhere

        check_one(path)
        away: list[str] = []
        found = 0
        for part in parts(path, self._folder):
            for each in part.pictures:
                if each.path is None and elsewhere(each.name):
                    away.append(each.name)
                elif each.path is None:
                    self._missing += 1
                else:
                    found += 1
                    inside = each.path.is_relative_to(self._folder)
                    self._add(each.path, each.name if inside else str(each.path))
            self._hear(part.words, part.places)
        if away and not found and self._texts is None:
            raise pictures_elsewhere(path, away)
        self._missing += len(away)

    def _read_labels(self, path: Path) -> None:
        from ..converters.pictures.embedded import Embedded
        from ..converters.pictures.find import Pictures
        from ..converters.sources import load_source
        from ..converters.sources.protocol import default_images
        from ..schemas.accounting import Accounting
        from .recognise import recognised

        way = recognised(path, self._folder)
        source = load_source(way.source)
        pictures = Pictures(default_images(source, way.path), check=True)
        pictures.embedded = Embedded(self._folder / "embedded")
        accounting = Accounting(lambda _line: None)
        for batch in source.read(way.path, source.Options(), pictures, accounting):
            self._take(batch, pictures)
        self._missing += sum(accounting.rejected["images"].values())

    def _take(self, batch: "pa.RecordBatch", pictures: "Pictures") -> None:
        from ..converters.pictures.fault import PictureFault
        from ..converters.table import entries

        for name in entries(batch, "media", "path").to_pylist():
            try:
                path = pictures.find(name)
                self._add(path, str(path))
            except PictureFault:
                self._missing += 1
        if self._texts is not None:
            from ..pipelines.dedup.words import words

            files, ats = batch.column("file").to_pylist(), batch.column("at").to_pylist()
            self._hear(words(batch), list(zip(files, ats, strict=True)))

    def _hear(self, said: "list[Words]", places: list[tuple[str, str]]) -> None:
        """Only records with words: the others would be counted and can be like none."""
        if self._texts is None:
            return
        spoken = [at for at, each in enumerate(said) if each.asked or each.answered]
        self._texts.add([said[at] for at in spoken])
        self.places += [f"{places[at][0]}:{places[at][1]}" for at in spoken]


def _is_labels(path: Path) -> bool:
    """Whether a folder is one that a source reads; without, its pictures alone are looked at."""
    from ..converters.recognise import candidates

    return bool(candidates(path))
