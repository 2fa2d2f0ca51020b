"""Media: the pictures of one batch as rules look at them: their names, where they were found, what their headers say.

Headers are read once a file and remembered by `LintPictures`, which decodes too under `--deep`. A batch whose pictures
are not looked at (there are none to be found, `--no-check-images`) has None in `facts`, and so have films and sounds.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path, PurePath
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...converters.pictures.fault import PictureFault
from ...converters.pictures.find import Pictures
from ...converters.pictures.header import PictureFacts
from ...converters.pictures.upright import house_name
from ...schemas.box import upright_size
from ...schemas.finding import Edit, Fix, Safety
from .hits import Ints
from .light import Light
from .pictures import LintPictures
from .settings import Settings

_ABSOLUTE = re.compile(r"/|[A-Za-z]:[/\\]|\\\\|file:", re.IGNORECASE)

How = Literal["copy", "upright", "rgb", "first-frame", "no-location"]
"""How a fix writes a picture: its bytes as they are, its pixels turned, in eight bits of RGB, of its first frame alone,
or its bytes without the position."""


class Media:
    """The pictures of one batch, in order; several of a record stand side by side.

    `names` are as the labels have them, `declared` the widths and heights that they say, (n, 2), 0 where they do not;
    `record` the row of the batch that each belongs to. `pictures` is None where pictures are not looked at. `others`
    are the entries that are films or sounds: looked for, not opened. `where` gives the file and the place in it of
    some entries, which fixes need.
    """

    def __init__(
        self,
        names: Sequence[str],
        declared: NDArray[np.float64],
        record: Ints,
        pictures: Pictures | None,
        settings: Settings,
        others: frozenset[int] = frozenset(),
        where: Callable[[Sequence[int]], list[tuple[str, str]]] | None = None,
    ) -> None:
        self.names = names
        self.declared = declared
        self.record = record
        self.pictures = pictures
        self.settings = settings
        self.others = others
        self._where = where

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

    def is_absolute(self, at: int) -> bool:
        """Whether a picture is named by an absolute path, of this machine or of any other."""
        return bool(_ABSOLUTE.match(self.names[at]))

    def sound(self) -> Iterator[tuple[int, PictureFacts]]:
        """The pictures that can be used, each with what its header says."""
        return ((at, facts) for at, facts in enumerate(self.facts) if isinstance(facts, PictureFacts))

    def renamed(self, at: int, name: str, safety: Safety, message: str) -> Fix | None:
        """The fix that lets the labels name a picture otherwise."""
        edit = self._rename(at, name)
        return Fix(safety, message, (edit,)) if edit else None

    def rewritten(self, at: int, how: How, suffix: str, safety: Safety, message: str) -> Fix | None:
        """The fix that writes a picture anew, under another suffix if its own is none of `suffix`'s format."""
        path = self.found[at]
        if not isinstance(path, Path) or self.pictures is None or self._where is None:
            return None
        root, over = self.pictures.root, getattr(self.pictures, "over", None)
        under = next((folder for folder in (over, root) if folder and path.is_relative_to(folder)), None)
        old = path.relative_to(under).as_posix() if under else path.name
        new = old if PurePath(old).suffix.lower() == suffix else PurePath(old).with_suffix(suffix).as_posix()
        if under is None or (new != old and (root / new).exists()):
            new = f"images/{house_name(str(path), suffix)}"
        write = Edit(str(path), "", "rewrite", {"to": new, "how": how, "root": str(root)})
        name = f"{over or root}/{new}" if self.names[at].startswith("/") else new
        if new == old and under:
            return Fix(safety, message, (write,))
        rename = self._rename(at, name)
        return Fix(safety, message, (write, rename)) if rename else None

    def _rename(self, at: int, name: str) -> Edit | None:
        if self._where is None:
            return None
        file, place = self._where([at])[0]
        return Edit(file, place, "rename", {"from": self.names[at], "to": name})

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
