"""Built: the pictures and the words of a data set that mmdata built, read back from its rows; and a folder's pictures.

Pictures that lie in the shards are put into a folder, batch by batch, so that they can be looked at like any file. A
picture that several rows bring along, byte for byte, is one.
"""

import os
from collections import deque
from collections.abc import Container, Iterator, Sequence
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...converters.pictures.embedded import Embedded
from ...converters.pictures.fault import PictureFault
from ...converters.pictures.tree import is_picture
from ...schemas.errors import InputError, MmdataError
from .words import Words, plain

if TYPE_CHECKING:
    from ...converters.targets.protocol import Target
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
    """The pictures of a folder and of those in it, in the order of their names; then those of folders that links lead
    to. Every folder is looked at once, whichever links lead there, and loops end.
    """
    seen: set[str] = set()
    tops = deque([str(folder)])
    while tops:
        for at, folders, files in os.walk(tops.popleft()):
            if (real := os.path.realpath(at)) in seen:
                folders.clear()
                continue
            seen.add(real)
            folders.sort()
            tops.extend(path for name in folders if Path(path := f"{at}/{name}").is_symlink())
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
                inside = dict(_inside(view, unpacked))
                pictures = [*_named(view, inside.keys()), *chain.from_iterable(inside.values())]
                yield Part(pictures, words_of_rows(view), view.places("", range(len(view.rows))))
                if not keep:
                    unpacked.remove()


def _named(chats: "Chats", inside: Container[int]) -> Iterator[Shown]:
    """Pictures in files of their own, of rows without any `inside`; what stands under an address, on no disk, is not
    found.
    """
    media = chats.media
    for at, (name, found) in enumerate(zip(media.names, media.found, strict=True)):
        if at not in media.others and int(media.record[at]) not in inside:
            yield Shown(name, found if isinstance(found, Path) else None)
    for row, names in enumerate(chats.elsewhere):
        if row not in inside:
            yield from (Shown(name, None) for name in names)


def _inside(chats: "Chats", unpacked: Embedded) -> Iterator[tuple[int, list[Shown]]]:
    """The rows that hold pictures, by their number in the batch."""
    for number, row in enumerate(chats.rows):
        held = _held(chats.dialect, row.value) or list(_bytes_in(row.value))
        if held:
            names = (f"{chats.file}#{row.at}/{at}" for at in range(len(held)))
            yield number, [_unpacked(unpacked, *each) for each in zip(names, held, strict=True)]


def _unpacked(unpacked: Embedded, name: str, content: bytes) -> Shown:
    try:
        return Shown(name, unpacked.path(unpacked.keep(sha256(content).hexdigest(), content)))
    except PictureFault:
        return Shown(name, None)


def _held(dialect: "Target", row: dict[str, Any]) -> list[bytes]:
    """The pictures inside a row as its target has them, which may be as a text; none where the row is another's."""
    read = getattr(dialect, "embedded", None)
    try:
        return [each for each in read(row) if isinstance(each, bytes)] if read else []
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, MmdataError):
        return []


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


def elsewhere(name: str) -> bool:
    """Whether a picture is named by an address, and so lies on no disk of this machine."""
    return "://" in name


def pictures_elsewhere(out: Path, names: Sequence[str]) -> InputError:
    """The error about a data set whose pictures are at addresses."""
    fact = f"{len(names):,} of its pictures are elsewhere, such as {names[0]}"
    remedy = "Name the folder here from which they were put there, or what mmdata dedup FOLDER --write-hashes wrote."
    return InputError(str(out), fact, remedy)


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
