"""Pictures as lint looks at them: nothing is written, facts are learned once and remembered, a training file may name
its pictures by absolute paths, and what a fix wrote into a copy stands before what it replaces.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from pathlib import Path
from typing import Any

import msgspec

from ... import __version__
from ...converters.pictures.fault import PictureFault
from ...converters.pictures.find import Pictures
from ...converters.pictures.header import PICTURE_SUFFIXES, PictureFacts, read_facts
from ...converters.pictures.names import shown
from .cache import Cache, stamps
from .light import Light, light_of

_LASTING = ("IM002", "IM005", "IM006", "IM008")  # faults of a file's bytes, not of rights or of Pillow's version


class Learned(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was learned of a picture, as the cache has it: facts of its head, light of its pixels, or its fault."""

    facts: PictureFacts | None = None
    light: Light | None = None
    fault: tuple[str, Any, str] | None = None


_encode = msgspec.json.Encoder(enc_hook=str).encode
_decode = msgspec.json.Decoder(Learned).decode


class LintPictures(Pictures):
    """`Pictures` with a cache; `deep` decodes each as well, `over` is a copy's folder with pictures that fixes wrote.

    With `absolute`, as for training files, an absolute name outside the root is that file, if it is named as a picture.
    """

    def __init__(
        self,
        root: Path,
        *,
        deep: bool = False,
        cache: Cache | None = None,
        over: Path | None = None,
        absolute: bool = False,
    ) -> None:
        super().__init__(root)
        self.deep = deep
        self._cache = cache
        self.over = over
        self._absolute = absolute
        self._kind = f"{'deep' if deep else 'head'}-{__version__}"
        self._learned: dict[str, Learned] = {}

    def find(self, name: str) -> Path:
        """As `Pictures.find`."""
        if path := self._written(name):
            return path
        if self._absolute and name.startswith("/") and name.lower().endswith(PICTURE_SUFFIXES):
            return self._elsewhere(Path(name))
        path = super().find(name)
        within = self.over is not None and path.is_relative_to(self.root)
        return self._written(path.relative_to(self.root).as_posix()) or path if within else path

    def look(self, paths: Sequence[Path]) -> None:
        """Learn of several pictures at once what `facts` and `light` will be asked, decoding on all cores."""
        wanted = [key for key in dict.fromkeys(map(str, paths)) if key not in self._learned]
        now = stamps(wanted) if self._cache else {}
        known = self._cache.recall(self._kind, now) if self._cache else {}
        new = [key for key in wanted if key not in known]
        if self.deep and len(new) > 1:
            with ThreadPoolExecutor(cpu_count()) as cores:
                learned = list(cores.map(self._learn, new))
        else:
            learned = [self._learn(key) for key in new]
        if len(self._learned) > _REMEMBERED:
            self._learned.clear()
        self._learned |= {key: _decode(fact) for key, fact in known.items()}
        self._learned |= dict(zip(new, learned, strict=True))
        if self._cache:
            lasting = {key: _encode(each) for key, each in zip(new, learned, strict=True) if _lasts(each)}
            self._cache.keep(self._kind, lasting, now)

    def facts(self, path: Path) -> PictureFacts:
        """As `Pictures.facts`; under `deep` also a fault that only its pixels show."""
        learned = self._of(path)
        if learned.facts is None:
            code, value, message = learned.fault or ("IM014", None, "it cannot be read")
            raise PictureFault(code, value, message)
        return learned.facts

    def light(self, path: Path) -> Light | None:
        """How bright and how varied a picture is, where it was decoded."""
        return self._of(path).light

    def _of(self, path: Path) -> Learned:
        if str(path) not in self._learned:
            self.look([path])
        return self._learned[str(path)]

    def _learn(self, key: str) -> Learned:
        try:
            facts = read_facts(key)
            return Learned(facts, light_of(Path(key)) if self.deep else None)
        except PictureFault as fault:
            return Learned(fault=(fault.code, fault.value, fault.message))

    def _written(self, name: str) -> Path | None:
        """The picture of that name that a fix wrote: into the copy's folder, under the name it had below the root."""
        if self.over is None or ".." in name or "\0" in name:
            return None
        for folder in (self.over, self.root):
            name = name.removeprefix(f"{folder}/")
        path = self.over / name
        return path if not name.startswith("/") and path.is_file() else None

    def _elsewhere(self, path: Path) -> Path:
        try:
            there = path.is_file()
        except (OSError, ValueError):  # too long a name, a NUL in it, or half a surrogate pair
            there = False
        if not there:
            raise PictureFault("IM001", shown(str(path)), f"there is no file {shown(str(path))}")
        return path


_REMEMBERED = 200_000


def _lasts(learned: Learned) -> bool:
    return learned.fault is None or learned.fault[0] in _LASTING
