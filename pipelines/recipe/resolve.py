"""Resolving what a recipe says: `${NAME}` by the environment, paths from the recipe's folder, patterns to files.

Only variables that the recipe names are looked at, and what each text became is remembered, since it is said before
the build and kept in its manifest. For the same reason a variable whose name tells of a secret is refused: nothing in
a recipe wants one. `$${` stands for `${` itself.
"""

import os
import re
from collections.abc import Callable, Mapping
from glob import glob
from pathlib import Path
from typing import Any, NamedTuple

from ...converters.yaml_reader import Place
from ...schemas.errors import ConfigError, InputError
from ...schemas.suggest import closest
from .faults import Lines, dotted

_VARIABLE = re.compile(r"\$(\$?)\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET = re.compile(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|(?:^|_)(?:KEY|APIKEY|PAT)(?:_|$)", re.IGNORECASE
)
_PATTERN = re.compile(r"[*?[]")


Fetch = Callable[[str], Path]
"""Makes a local file or folder of an address. Raises `ConfigError` where that is not allowed, `InputError`."""


class Resolved(NamedTuple):
    """One text of a recipe that stands for another: where, what it says, what it became."""

    at: str
    said: str
    became: str


class Resolver:
    """Resolves the texts of one recipe and remembers what became of each, by its place."""

    def __init__(self, lines: Lines, environment: Mapping[str, str], fetch: Fetch | None = None) -> None:
        self.lines = lines
        self.environment = environment
        self.fetch = fetch
        self.fetched = False
        self.folder = lines.file.parent
        self._said: dict[Place, str] = {}
        self._became: dict[Place, str] = {}

    def resolved(self) -> tuple[Resolved, ...]:
        """What was resolved so far, in the order of the file."""
        ordered = sorted(self._became, key=lambda at: (self.lines.line(at), dotted(at)))
        return tuple(Resolved(dotted(at), self._said[at], self._became[at]) for at in ordered)

    def variables(self, value: Any, at: Place = ()) -> Any:
        """The values of the file with the variables of all texts filled in. Raises `ConfigError` with the line."""
        if isinstance(value, dict):
            return {name: self.variables(each, (*at, name)) for name, each in value.items()}
        if isinstance(value, list):
            return [self.variables(each, (*at, number)) for number, each in enumerate(value)]
        if not isinstance(value, str) or "${" not in value:
            return value
        filled = _VARIABLE.sub(lambda found: "${" + found[2] + "}" if found[1] else self._filled(found[2], at), value)
        self._remember(at, value, filled)
        return filled

    def _filled(self, name: str, at: Place) -> str:
        if not _NAME.fullmatch(name):
            fact = f"${{{name}}} names no variable: letters, digits and _"
            raise self.lines.error(at, fact, "Write ${NAME}; for the signs themselves, $${.")
        if _SECRET.search(name):
            fact = f"${{{name}}} looks like a secret, and what it stands for would be in the manifest"
            raise self.lines.error(at, fact, "Give the variable another name if it holds none, or leave it out.")
        found = self.environment.get(name, "")
        if not found:
            fact = f"the variable {name} is {'empty' if name in self.environment else 'not set'}"
            raise self.lines.error(at, fact, f"Set it for the command: {name}=VALUE mmdata build …")
        return found

    def path(self, text: str, at: Place) -> Path:
        """A path from the recipe's folder. Raises `ConfigError` for an address, and for a home folder of nobody."""
        if "://" in text:
            fact = f"{text} is an address, which only `input` and `images` of a source may be"
            remedy = "Name a file or folder; to send the data set to an address, give it by -o."
            raise self.lines.error(at, fact, remedy)
        meant = os.path.expanduser(text)  # noqa: PTH111  a Path would take ./~ for ~
        if meant.startswith("~"):
            fact = f"{text}: nobody here has the home folder {Path(text).parts[0]}"
            raise self.lines.error(at, fact, "Write the folder out; for a name that begins so, ./~…")
        path = Path(os.path.normpath(self.folder / meant))
        self._remember(at, text, str(path))
        return path

    def place(self, text: str, at: Place) -> Path:
        """A path as `path` says, or the local copy of an address where there is somebody to fetch it. What that raises
        has the line.
        """
        if "://" not in text or self.fetch is None:
            return self.path(text, at)
        self.fetched = True
        try:
            return self.fetch(text)
        except (ConfigError, InputError) as error:
            raise self.lines.error(at, f"{error.place}: {error.fact}", error.remedy) from error

    def folder_at(self, text: str, at: Place) -> Path:
        """A folder that is there."""
        path = self.place(text, at)
        if not path.is_dir():
            raise self._absent(path, at, "is no folder")
        return path

    def file_at(self, text: str, at: Place) -> Path:
        """A file that is there."""
        path = self.path(text, at)
        if not path.is_file():
            raise self._absent(path, at, "is no file")
        return path

    def there(self, text: str, at: Place) -> Path:
        """A file or folder that is there."""
        path = self.path(text, at)
        if not path.exists():
            raise self._absent(path, at, "is not there")
        return path

    def inputs(self, text: str, at: Place) -> list[Path]:
        """A file or folder that is there, or all that a pattern fits, in the order of their names."""
        path = self.place(text, at)
        if path.exists() or not _PATTERN.search(text):
            if not path.exists():
                raise self._absent(path, at, "is not there")
            return [path]
        found = sorted(Path(each) for each in glob(str(path), recursive=True))  # noqa: PTH207  patterns may begin with /
        if not found:
            raise self.lines.error(at, f"nothing fits the pattern {path}", "Check the pattern and the folder.")
        self._remember(at, text, ", ".join(map(str, found)))
        return found

    def _remember(self, at: Place, said: str, became: str) -> None:
        self._said.setdefault(at, said)
        if became != self._said[at]:
            self._became[at] = became

    def _absent(self, path: Path, at: Place, fact: str) -> ConfigError:
        try:
            near = closest(path.name, (each.name for each in path.parent.iterdir()))
        except OSError:
            near = None
        home = os.path.abspath(self.folder)  # noqa: PTH100  links stay as they are
        meant = f"Did you mean {path.parent / near}?" if near else f"Paths are relative to the recipe's folder, {home}."
        return self.lines.error(at, f"{path} {fact}", meant)
