"""Built: the pictures and the words of a data set that mmdata built, read back from its rows; and a folder's pictures.

Pictures that lie in the shards are put into a folder, batch by batch, so that they can be looked at like any file. A
picture that several rows bring along, byte for byte, is one.
"""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...converters.pictures.embedded import Embedded
from ...converters.pictures.fault import PictureFault
from ...converters.pictures.tree import is_picture
from .words import Words, plain

if TYPE_CHECKING:
    from ..lint.chats import Chats

_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")


class Shown(NamedTuple):
    """A picture that a row shows: its name there, and where it is now; None where it was not found."""

    name: str
    path: Path | None


class Part(NamedTuple):
    """A batch of rows: their pictures, their words, and the file and place of each row."""

    pictures: list[Shown]
    words: list[Words]
    places: list[tuple[str, str]]


def is_built(path: Path) -> bool:
    """Whether a path is a data set of ours, whole by its manifest."""
    from ..lint.build import Build

    return path.is_dir() and Build(path).whole


def pictures_below(folder: Path) -> Iterator[Path]:
    """The pictures of a folder and of those in it, in the order of their names."""
    for at, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(at) / name for name in sorted(files) if is_picture(name))


def parts(out: Path, folder: Path, *, keep: bool = True) -> Iterator[Part]:
    """The data set in batches; pictures from inside its shards are in `folder`, or there until the next batch."""
    from ..lint.chats import Chats
    from ..lint.input import recognised, views
    from ..lint.settings import Settings
    from ..lint.tally import Tally

    settings = Settings()
    tally = Tally(settings, frozenset())
    for given in recognised(out, settings):
        for view in views(given, settings, tally, raw=False):
            if isinstance(view, Chats):
                unpacked = Embedded(folder / "unpacked")
                pictures = [*_named(view), *_inside(view, unpacked)]
                yield Part(pictures, words_of_rows(view), view.places("", range(len(view.rows))))
                if not keep:
                    unpacked.remove()


def _named(chats: "Chats") -> Iterator[Shown]:
    """Pictures in files of their own; what stands under an address, on no disk, is not found."""
    inside = {row for row, each in enumerate(chats.rows) if next(_bytes_in(each.value), None)}
    media = chats.media
    for at, (name, found) in enumerate(zip(media.names, media.found, strict=True)):
        if at not in media.others and int(media.record[at]) not in inside:
            yield Shown(name, found if isinstance(found, Path) else None)
    for row, names in enumerate(chats.elsewhere):
        if row not in inside:
            yield from (Shown(name, None) for name in names)


def _inside(chats: "Chats", unpacked: Embedded) -> Iterator[Shown]:
    for row in chats.rows:
        for number, content in enumerate(_bytes_in(row.value)):
            name = f"{chats.file}#{row.at}/{number}"
            try:
                yield Shown(name, unpacked.path(unpacked.keep(sha256(content).hexdigest(), content)))
            except PictureFault:
                yield Shown(name, None)


def _bytes_in(value: Any) -> Iterator[bytes]:
    """The pictures that stand in a row as bytes."""
    if isinstance(value, bytes):
        if value.startswith(_PICTURES):
            yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _bytes_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from _bytes_in(each)


def words_of_rows(chats: "Chats") -> list[Words]:
    """The words of every row of a training file; boxes stand in its texts."""
    asked: list[list[str]] = [[] for _ in chats.rows]
    answered: list[list[str]] = [[] for _ in chats.rows]
    for text in chats.texts:
        if text.role != "system":
            (answered if text.role == "assistant" else asked)[text.row].append(text.words)
    shown: list[list[str]] = [list(names) for names in chats.elsewhere]
    for row, name in zip(chats.media.record.tolist(), chats.media.names, strict=True):
        shown[row].append(name)
    return [
        Words(_without(asked[row], names), _without(answered[row], names), "\n".join(names), bytes(16))
        for row, names in enumerate(shown)
    ]


def _without(texts: list[str], names: list[str]) -> str:
    """Texts as one, without the names of pictures, which some trainers want in them."""
    whole = "\n".join(texts)
    for name in names:
        whole = whole.replace(name, "")
    return plain(whole)
