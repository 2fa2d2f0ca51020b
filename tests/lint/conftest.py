"""Cases of rules: tests/lint/CODE.yml holds `fail`, `pass` and `fix` cases, each a small folder written as data.

fail:
  - name: a box without width           # what is wrong, in words
    files:                              # by name: an object or list is written as JSON, as JSON Lines under .jsonl,
      instances.json: {images: [...]}   # a text as it stands; {repeat: [[60, ROW], ...]} each row so many times, with
                                        # its number for #
    pictures: {a.jpg: 64x48}            # drawn; "64x48 CMYK JPEG" says more, in any order: a mode, a format, and
                                      # EXIF6 (an orientation), GPS, CUT (in the middle), FRAMES (two), NOISE,
                                      # SAYS9x9 (a BMP of other sides than it says),
                                      # photo7 (shades; the same of that number at every size)
    made: qwen-vl                       # a data set for that target: folders are splits, and it gets its manifest
  spoilt: {train/train.json: "["}     # files as they are after that; null takes one away, an object puts a part of
                                      # the manifest in the place of what it said
  path: instances.json                # what is linted; by default the first file, of a data set the whole
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

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from mmdata.pipelines.lint.run import Report, lint
from mmdata.pipelines.lint.settings import Settings
from mmdata.pipelines.lint.shard_files import shard_file
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
    made: str = ""
    spoilt: dict[str, Any] = field(default_factory=dict)
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
        if self.made:
            seal(folder / (self.path or "."), self.made)
        for name, content in self.spoilt.items():
            spoil(folder / name, content)
        return folder / (self.path or (next(iter(self.files), ".") if not self.made else "."))

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
    content = repeated(content)
    if isinstance(content, str):
        return content.encode("utf-8", "surrogateescape")
    if name.endswith((".tar", ".parquet")):
        return tarred(content) if name.endswith(".tar") else parquet(content)
    if name.endswith(".jsonl"):
        return b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in content)
    return json.dumps(content, ensure_ascii=False).encode() + b"\n"


def repeated(content: Any) -> Any:
    """With `{repeat: [[times, row], ...]}` written out, `#` in a row its number: lines, or a list of objects."""
    if not isinstance(content, dict):
        return content
    if content.keys() != {"repeat"}:
        return {name: repeated(value) for name, value in content.items()}
    rows = [json.dumps(row) for times, row in content["repeat"] for _ in range(times)]
    numbered = [
        json.loads(row.replace('"#"', str(number)).replace("#", str(number))) for number, row in enumerate(rows)
    ]
    return "\n".join([*numbered, ""]) if isinstance(numbered[0], str) else numbered


def tarred(names: list[str | list[str]]) -> bytes:
    """A tar of members by their names, each with its text if that is said."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for each in names:
            name, text = (each, "x") if isinstance(each, str) else each
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return held.getvalue()


def parquet(said: dict[str, Any]) -> bytes:
    """A Parquet file of a column of numbers: so many `rows`, so many in each `group`."""
    held = pa.BufferOutputStream()
    table = pa.table({"number": list(range(said["rows"]))})
    pq.write_table(table, held, row_group_size=said["group"], use_dictionary=False, compression="NONE")
    return held.getvalue().to_pybytes()


def seal(folder: Path, target: str) -> None:
    """Give a folder its manifest: what stands in folders are the files of splits."""
    splits: dict[str, Any] = {}
    files = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, content = path.relative_to(folder).as_posix(), path.read_bytes()
        entry = {"path": name, "bytes": len(content), "sha256": sha256(content).hexdigest()}
        files.append(entry)
        if "/" in name and not name.startswith("images/"):
            samples = shard_file(path).samples or 0
            split = splits.setdefault(name.partition("/")[0], {"samples": 0, "shards": []})
            split["samples"] += samples
            split["shards"].append({**entry, "samples": samples})
    total = sum(split["samples"] for split in splits.values())
    balance = {"read": total, "written": total, "rejected": {}}
    manifest = {
        "mmdata": "0.1.0",
        "format": 1,
        "accounting": dict.fromkeys(("annotations", "images", "samples"), balance),
        "splits": splits,
        "inputs": [],
        "options": {"target": target, "source": "coco", "tasks": ["detect"]},
        "versions": {},
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))


def spoil(path: Path, content: Any) -> None:
    """Another content for a file; None takes it away, a number cuts it, parts of a manifest replace its own."""
    if content is None:
        path.unlink()
    elif isinstance(content, int):
        path.write_bytes(path.read_bytes()[:content])
    elif isinstance(content, dict) and path.name == "manifest.json":
        path.write_text(json.dumps(json.loads(path.read_bytes()) | content))
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(path.name, content))


def draw(path: Path, said: str) -> None:
    """A picture as its words say: WxH, and in any order a mode of Pillow's and a format."""
    size, *words = said.split()
    width, height = map(int, size.split("x"))
    mode = next((word for word in words if word in ("RGB", "L", "CMYK", "P", "RGBA", "I;16", "LA", "1")), "RGB")
    form = next((word for word in words if word in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")), None)
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = sum(map(ord, path.name))
    picture = Image.new("RGB", (width, height), (seed % 256, seed * 7 % 256, seed * 31 % 256)).convert(mode)
    if drawn := next((word for word in words if word.startswith("photo")), None):
        coarse = Image.frombytes("RGB", (6, 5), hashlib.shake_128(drawn.encode()).digest(90))
        picture = coarse.resize((width, height), Image.Resampling.BICUBIC).convert(mode)
    if "NOISE" in words:
        picture = Image.effect_noise((width, height), 120).convert(mode)
    exif = Image.Exif()
    if turned := next((word for word in words if word.startswith("EXIF")), None):
        exif[0x0112] = int(turned[4:])
    if "GPS" in words:
        exif[0x8825] = {1: "N", 2: (48.0, 12.0, 36.5), 3: "E", 4: (11.0, 34.0, 1.25)}
    frames = {"save_all": True, "append_images": [picture.rotate(180)]} if "FRAMES" in words else {}
    picture.save(path, form, **({"exif": exif} if len(exif) else {}), **frames)
    if told := next((word for word in words if word.startswith("SAYS")), None):  # a BMP's header, of other sides
        sides = b"".join(int(side).to_bytes(4, "little") for side in told[4:].split("x"))
        path.write_bytes(path.read_bytes()[:18] + sides + path.read_bytes()[26:])
    if "CUT" in words:
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])


def cases(kind: str) -> list[Any]:
    """All cases of one kind as pytest parameters."""
    found = []
    for file in sorted(HERE.glob("*.yml")):
        for number, each in enumerate((yaml.safe_load(file.read_text("utf-8")) or {}).get(kind) or []):
            name = each.pop("name", str(number))
            found.append(pytest.param(Case(file.stem, kind, name, **each), id=f"{file.stem}-{name}"))
    return found
