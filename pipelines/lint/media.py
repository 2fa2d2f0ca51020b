"""Media: the pictures of one batch as rules look at them: their names, where they were found, what their headers say.

Headers are read once a file and remembered by `LintPictures`, which decodes too under `--deep`. A batch whose pictures
are not looked at (there are none to be found, `--no-check-images`) has None in `facts`, and so have films and sounds.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...converters.pictures.fault import PictureFault
from ...converters.pictures.find import Pictures
from ...converters.pictures.header import PictureFacts
from ...schemas.box import upright_size
from .hits import Ints
from .light import Light
from .pictures import LintPictures
from .settings import Settings


class Media:
    """The pictures of one batch, in order; several of a record stand side by side.

    `names` are as the labels have them, `declared` the widths and heights that they say, (n, 2), 0 where they do not;
    `record` the row of the batch that each belongs to. `pictures` is None where pictures are not looked at. `others`
    are the entries that are films or sounds: looked for, not opened.
    """

    def __init__(
        self,
        names: Sequence[str],
        declared: NDArray[np.float64],
        record: Ints,
        pictures: Pictures | None,
        settings: Settings,
        others: frozenset[int] = frozenset(),
    ) -> None:
        self.names = names
        self.declared = declared
        self.record = record
        self.pictures = pictures
        self.settings = settings
        self.others = others

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def found(self) -> list[Path | PictureFault | None]:
        """Where each picture is, or why it cannot be; None where pictures are not looked at."""
        return [None if self.pictures is None else _found(self.pictures, name) for name in self.names]

    @cached_property
    def facts(self) -> list[PictureFacts | PictureFault | None]:
        """What each picture's header says, or why it cannot be used; None where pictures are not looked at."""
        if isinstance(self.pictures, LintPictures):
            self.pictures.look(
                [path for at, path in enumerate(self.found) if isinstance(path, Path) and at not in self.others]
            )
        return [_facts(self.pictures, path, other=at in self.others) for at, path in enumerate(self.found)]

    @cached_property
    def light(self) -> list[Light | None]:
        """How bright and varied each picture is; None where it was not decoded."""
        pictures, sound = self.pictures, [isinstance(facts, PictureFacts) for facts in self.facts]
        if not isinstance(pictures, LintPictures):
            return [None] * len(self)
        known = zip(self.found, sound, strict=True)
        return [pictures.light(path) if isinstance(path, Path) and there else None for path, there in known]

    def faults(self, code: str) -> dict[int, PictureFault]:
        """The pictures that cannot be used because of that rule, each with what is wrong."""
        looked = enumerate(self.facts)
        return {at: fault for at, fault in looked if isinstance(fault, PictureFault) and fault.code == code}

    @cached_property
    def upright(self) -> NDArray[np.float64]:
        """(n, 2) widths and heights in upright pixels: the file's where it was looked at, else the declared ones."""
        sizes = self.declared.copy()
        for at, facts in enumerate(self.facts):
            if isinstance(facts, PictureFacts):
                sizes[at] = upright_size(facts.orientation, facts.width, facts.height)
        return sizes


def _found(pictures: Pictures, name: str) -> Path | PictureFault:
    try:
        return pictures.find(name)
    except PictureFault as fault:
        return fault.with_traceback(None)


def _facts(
    pictures: Pictures | None, path: Path | PictureFault | None, *, other: bool
) -> PictureFacts | PictureFault | None:
    if pictures is None or other or not isinstance(path, Path):
        return path if isinstance(path, PictureFault) else None
    try:
        return pictures.facts(path)
    except PictureFault as fault:
        return fault.with_traceback(None)
