"""Cases of rules: tests/lint/CODE.yml holds `fail`, `pass` and `fix` cases, each a small folder written as data.

fail:
  - name: a box without width           # what is wrong, in words
    files:                              # by name: an object or list is written as JSON, as JSON Lines under .jsonl,
      instances.json: {images: [...]}   # a text as it stands
    pictures: {a.jpg: 64x48}            # drawn; "64x48 CMYK JPEG" says more, in any order
    path: instances.json                # what is linted; by default the first file
    settings: {source: coco}            # fields of pipelines.lint.settings.Settings, as a rule's case needs them
    expect:                             # the findings of this rule, in order, no more and no fewer:
      - /annotations/0                  # a place, or
      - {at: /annotations/1, message: no area, value: [1, 2, 1, 4]}
pass:
  - …                                   # as above without `expect`: the rule finds nothing
fix:
  - files: …                            # `after` is what the files hold once the fixes were applied
    unsafe: true                        # also unsafe fixes
    after: {instances.json: …}
"""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from mmdata.pipelines.lint.run import Report, lint
from mmdata.pipelines.lint.settings import Settings
from PIL import Image

HERE = Path(__file__).parent


@dataclass
class Case:
    """One case of one rule."""

    code: str
    kind: str
    name: str
    files: dict[str, Any]
    pictures: dict[str, str] = field(default_factory=dict)
    path: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    expect: list[Any] = field(default_factory=list)
    unsafe: bool = False
    after: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """The case's files in a folder; the path that is linted."""
        for name, content in self.files.items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(written(name, content))
        for name, said in self.pictures.items():
            draw(folder / name, said)
        return folder / (self.path or next(iter(self.files), "."))

    def lint(self, folder: Path, **settings: Any) -> Report:
        """Lint the case by its own rule alone."""
        return lint(self.write(folder), replace(self.chosen(folder), **settings))

    def chosen(self, folder: Path) -> Settings:
        """The settings of the case, its own rule alone selected."""
        said = {"select": (self.code,), "shown": None, **self.settings}
        for name in ("images", "against"):
            if name in said:
                said[name] = folder / said[name]
        return Settings(**said)


def written(name: str, content: Any) -> bytes:
    """A file's bytes: text as it stands, anything else as JSON, a value a line where the name says so."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return content.encode("utf-8", "surrogateescape")
    if name.endswith(".jsonl"):
        return b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in content)
    return json.dumps(content, ensure_ascii=False).encode() + b"\n"


def draw(path: Path, said: str) -> None:
    """A picture as its words say: WxH, and in any order a mode of Pillow's and a format."""
    size, *words = said.split()
    width, height = map(int, size.split("x"))
    mode = next((word for word in words if word in ("RGB", "L", "CMYK", "P", "RGBA", "I;16", "LA", "1")), "RGB")
    form = next((word for word in words if word in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")), None)
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = sum(map(ord, path.name))
    picture = Image.new("RGB", (width, height), (seed % 256, seed * 7 % 256, seed * 31 % 256)).convert(mode)
    picture.save(path, form)


def cases(kind: str) -> list[Any]:
    """All cases of one kind as pytest parameters."""
    found = []
    for file in sorted(HERE.glob("*.yml")):
        for number, each in enumerate((yaml.safe_load(file.read_text("utf-8")) or {}).get(kind) or []):
            name = each.pop("name", str(number))
            found.append(pytest.param(Case(file.stem, kind, name, **each), id=f"{file.stem}-{name}"))
    return found
