"""`mmdata dedup`: which pictures are the same, by their bytes, by their pixels, or to the eye."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from ..schemas.errors import InputError, OutputError
from .formats import FORMAT
from .terminal import say, shortened, visible

if TYPE_CHECKING:
    from ..pipelines.dedup.find import Kin

_SAID = {"bytes": "byte for byte", "pixels": "pixel by pixel", "look": "to the eye"}


@click.command(short_help="Find pictures that are the same.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option(
    "--against", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Hashes that must not be in here."
)
@click.option("--distance", type=click.IntRange(0, 12), default=8, show_default=True, help="Bits of candidates.")
@click.option("--write-hashes", type=click.Path(path_type=Path, dir_okay=False), help="A file of what is in here.")
@click.option("--cache/--no-cache", default=True, help="Remember the hashes of files.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@FORMAT
def dedup(
    paths: tuple[Path, ...],
    against: Path | None,
    distance: int,
    write_hashes: Path | None,
    cache: bool,
    quiet: bool,
    shape: str,
) -> None:
    """Find pictures that are the same byte for byte, pixel by pixel or to the eye, within all PATHs and across them.

    A PATH is a folder of pictures, a picture, or labels, of which the pictures are taken that they name. A picture
    that was cut or shifted a little, scaled, darkened or blurred is the same; a mirrored one is not. Nothing is
    changed: mmdata convert --dedup leaves duplicates out. Exits with 1 where something was found.
    """
    with TemporaryDirectory(prefix="mmdata-") as folder:
        pictures = list(dict.fromkeys(each for path in paths for each in _pictures(path, Path(folder))))
        if not pictures:
            raise InputError(str(paths[0]), "there are no pictures in it", "Name a folder of pictures, or labels.")
        result = _found(pictures, against, distance, write_hashes, cache=cache, quiet=quiet)
    click.echo(json.dumps(result, indent=1) if shape == "json" else "\n".join(_lines(result)))
    if result["same"] or result["known"]:
        sys.exit(1)


def _found(
    pictures: list[Path], against: Path | None, distance: int, hashes: Path | None, *, cache: bool, quiet: bool
) -> dict[str, Any]:
    from ..pipelines.dedup.find import kin
    from ..pipelines.dedup.hashing import looks
    from ..pipelines.dedup.known import hash_lines, read_known
    from ..pipelines.lint.cache import Cache, default_folder
    from ..pipelines.progress import shown_on

    known = read_known(against) if against else None
    facts = Cache(default_folder()) if cache else None
    with shown_on(sys.stderr, quiet=quiet) as progress:
        progress.start("looking at pictures", len(pictures))
        found = kin(pictures, near=True, distance=distance, cache=facts, told=progress.advance)
        progress.start("comparing pictures", None)
        groups = _groups(found)
        progress.done()
    contained = known.among(pictures, facts) if known else {}
    if hashes:
        with _writing(hashes):
            text = hash_lines([str(each) for each in pictures], pictures, looks(pictures, facts))
            beside = hashes.with_name(f".{hashes.name}.{os.getpid()}")
            beside.write_text(text, encoding="utf-8")
            beside.replace(hashes)  # the file is whole, or as it was
    return {
        "pictures": len(pictures),
        "same": groups,
        "known": [{"path": str(pictures[place]), "is": name, "by": by} for place, (name, by) in contained.items()],
    }


def _groups(found: "Kin") -> list[list[dict[str, str | None]]]:
    """The clusters of two and more, each picture with that which it is the same as, and by what."""
    links = found.links()
    first = found.clusters()
    groups: dict[int, list[dict[str, str | None]]] = {}
    by = {other: (one, how) for one, other, how in links}
    for place, head in enumerate(first.tolist()):
        one, how = by.get(place, (None, None))
        told = {"path": str(found.paths[place]), "as": None if one is None else str(found.paths[one]), "by": how}
        groups.setdefault(head, []).append(told)
    return [group for group in groups.values() if len(group) > 1]


def _pictures(path: Path, folder: Path) -> Iterator[Path]:
    """The pictures of a folder, in order of their names; a picture itself; or those that labels name."""
    from ..converters.pictures.tree import is_picture

    if path.is_dir():
        for at, folders, files in os.walk(path):
            folders.sort()
            yield from (Path(at) / name for name in sorted(files) if is_picture(name))
    elif is_picture(path.name) and path.is_file():
        yield path
    else:
        yield from _named(path, folder)


def _named(path: Path, folder: Path) -> Iterator[Path]:
    from ..converters.pictures.embedded import Embedded
    from ..converters.pictures.fault import PictureFault
    from ..converters.pictures.find import Pictures
    from ..converters.sources import load_source
    from ..converters.sources.protocol import default_images
    from ..converters.table import entries
    from ..schemas.accounting import Accounting
    from .recognise import recognised

    way = recognised(path, folder)
    source = load_source(way.source)
    pictures = Pictures(default_images(source, way.path), check=True)
    pictures.embedded = Embedded(folder / "embedded")
    accounting = Accounting(lambda _line: None)
    missing = 0
    for batch in source.read(way.path, source.Options(), pictures, accounting):
        for name in entries(batch, "media", "path").to_pylist():
            try:
                yield pictures.find(name)
            except PictureFault:
                missing += 1
    missing += sum(accounting.rejected["images"].values())
    if missing:
        say(visible(f"{path}: {missing:,} of its pictures were not found; mmdata lint says which."))


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        remedy = "Name another file for --write-hashes."
        raise OutputError(str(path), f"cannot be written ({error.strerror})", remedy) from None


def _lines(result: dict[str, Any]) -> Iterator[str]:
    for group in result["same"]:
        head = [each for each in group if each["as"] is None] or group[:1]
        yield shortened(visible(head[0]["path"]), 400)
        for each in group:
            if each is not head[0]:
                same = f"  is {_SAID[each['by']]} " if each["by"] else "  is "
                yield shortened(visible(f"  {each['path']}{same}{each['as']}"), 800)
    for each in result["known"]:
        yield shortened(visible(f"{each['path']} is {_SAID[each['by']]} {each['is']}, which --against names"), 800)
    spare = sum(len(group) - 1 for group in result["same"])
    told = f"{result['pictures']:,} pictures; {spare:,} of them the same as another, in {len(result['same']):,} groups"
    yield told + (f"; {len(result['known']):,} that --against names." if result["known"] else ".")
