"""`mmdata dedup`: which pictures are the same, by their bytes, by their pixels, or to the eye; and which texts."""

import json
import os
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from ..schemas.errors import ConfigError, InputError, OutputError
from .formats import FORMAT
from .log import log_json, logging
from .remote import LocalPath
from .terminal import shortened, visible

if TYPE_CHECKING:
    from .log import Log

_SAID = {
    "bytes": "byte for byte",
    "pixels": "pixel by pixel",
    "look": "to the eye",
    "words": "word for word",
    "sense": "nearly",
}


@click.command(short_help="Find pictures, or texts, that are the same.")
@click.argument("paths", nargs=-1, required=True, type=LocalPath(path_type=Path), metavar="PATH...")
@click.option(
    "--against",
    type=LocalPath(path_type=Path, exists=True),
    help="What must not be in here: hashes, a data set that mmdata built, a folder of pictures.",
)
@click.option("--distance", type=click.IntRange(0, 12), default=8, show_default=True, help="Bits of candidates.")
@click.option(
    "--dedup-text",
    "text",
    type=click.Choice(["off", "exact", "near"]),
    default="off",
    show_default=True,
    help="Look for captions, answers and conversations that are the same; near: also nearly.",
)
@click.option("--write-hashes", type=LocalPath(path_type=Path, dir_okay=False), help="A file of what is in here.")
@click.option("--cache/--no-cache", default=True, help="Remember the hashes of files.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@log_json
@FORMAT
def dedup(
    paths: tuple[Path, ...],
    against: Path | None,
    distance: int,
    text: str,
    write_hashes: Path | None,
    cache: bool,
    quiet: bool,
    log_json: str | None,
    shape: str,
) -> None:
    """Find pictures that are the same byte for byte, pixel by pixel or to the eye, within all PATHs and across them.

    A PATH is a folder of pictures, a picture, a data set that mmdata built, or labels, of which the pictures are taken
    that they name. A picture that was cut or shifted a little, scaled, darkened or blurred is the same; a mirrored one
    is not. With --dedup-text records that say the same are found too, whatever they show. Nothing is changed: mmdata
    convert --dedup leaves duplicates out. Exits with 1 where something was found.
    """
    from .dedup_read import Held

    inputs = [*paths, *([against] if against else [])]
    if write_hashes:
        _check_hashes(write_hashes, inputs)
    with TemporaryDirectory(prefix="mmdata-") as folder, logging(log_json, quiet=quiet, inputs=inputs) as log:
        held = Held(Path(folder), text, log.note)
        for path in paths:
            held.read(path)
        if not held.pictures and not held.places:
            raise InputError(str(paths[0]), "there are no pictures in it", "Name a folder of pictures, or labels.")
        if text != "off" and not held.places:
            fact = "there are no captions, answers or conversations in it"
            raise ConfigError(
                "--dedup-text", f"{paths[0]}: {fact}", "Name labels, rows or a data set; or leave it out."
            )
        result = _found(held.pictures, against, distance, write_hashes, log, cache=cache)
        result |= {"texts": len(held.places), "same_texts": grouped(*held.same_texts())} if text != "off" else {}
        log.result(**{name: each if isinstance(each, int) else len(each) for name, each in result.items()})
    click.echo(json.dumps(result, indent=1) if shape == "json" else "\n".join(_lines(result)))
    if result["same"] or result["known"] or result.get("same_texts"):
        sys.exit(1)


def _found(
    called: dict[Path, str], against: Path | None, distance: int, hashes: Path | None, log: "Log", *, cache: bool
) -> dict[str, Any]:
    from ..pipelines.dedup.find import kin
    from ..pipelines.dedup.hash_files import hash_lines, read_known
    from ..pipelines.dedup.hashing import looks
    from ..pipelines.lint.cache import Cache, default_folder

    pictures, names = list(called), list(called.values())
    facts = Cache(default_folder()) if cache else None
    known = read_known(against, facts) if against else None
    with log.progress() as progress:
        progress.start("looking at pictures", len(pictures))
        found = kin(pictures, near=True, distance=distance, cache=facts, told=progress.advance)
        progress.start("comparing pictures", None)
        groups = grouped(names, found.links())
        progress.done()
    contained = known.among(pictures, facts) if known else {}
    if hashes:
        with _writing(hashes):
            text = hash_lines(names, pictures, looks(pictures, facts))
            beside = hashes.with_name(f".{hashes.name}.{os.getpid()}")
            beside.write_text(text, encoding="utf-8")
            beside.replace(hashes)  # the file is whole, or as it was
    return {
        "pictures": len(pictures),
        "same": groups,
        "known": [{"path": names[place], "is": name, "by": by} for place, (name, by) in contained.items()],
    }


def grouped(names: Sequence[str], links: Iterable[tuple[int, int, str]]) -> list[list[dict[str, str | None]]]:
    """The clusters of two and more, each thing with that which it is the same as, and by what."""
    from ..pipelines.dedup.clusters import clusters

    by = {other: (one, how) for one, other, how in links}
    first = clusters(len(names), ((one, other) for other, (one, _) in by.items()))
    groups: dict[int, list[dict[str, str | None]]] = {}
    for place in sorted({*by, *first[list(by)].tolist()}):
        one, how = by.get(place, (None, None))
        told = {"path": names[place], "as": None if one is None else names[one], "by": how}
        groups.setdefault(int(first[place]), []).append(told)
    return [group for group in groups.values() if len(group) > 1]


def _check_hashes(path: Path, inputs: Sequence[Path]) -> None:
    from ..pipelines.dedup.hash_files import is_hashes
    from ..pipelines.own_files import check_own

    if path.exists() and any(each.exists() and path.samefile(each) for each in inputs):
        raise OutputError("--write-hashes", f"{path} is an input", "Name another file.")
    check_own(path, "file of hashes", is_hashes)


@contextmanager
def _writing(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        remedy = "Name another file for --write-hashes."
        raise OutputError(str(path), f"cannot be written ({error.strerror})", remedy) from None


def _lines(result: dict[str, Any]) -> Iterator[str]:
    yield from _told(result["same"], "is")
    for each in result["known"]:
        yield shortened(visible(f"{each['path']} is {_SAID[each['by']]} {each['is']}, which --against names"), 800)
    yield from _told(result.get("same_texts", []), "says")
    told = f"{result['pictures']:,} pictures; {_counted(result['same'])}"
    yield told + (f"; {len(result['known']):,} that --against names." if result["known"] else ".")
    if "texts" in result:
        yield f"{result['texts']:,} records with words; {_counted(result['same_texts'])}."


def _told(groups: list[list[dict[str, str | None]]], verb: str) -> Iterator[str]:
    for group in groups:
        head = [each for each in group if each["as"] is None] or group[:1]
        yield shortened(visible(head[0]["path"] or ""), 400)
        for each in group:
            if each is not head[0]:
                same = f"  {verb} {_SAID[each['by'] or 'sense']} {'what ' if verb == 'says' else ''}"
                yield shortened(visible(f"  {each['path']}{same}{each['as']}{' says' if verb == 'says' else ''}"), 800)


def _counted(groups: list[list[dict[str, str | None]]]) -> str:
    spare = sum(len(group) - 1 for group in groups)
    return f"{spare:,} of them the same as another, in {len(groups):,} groups"
