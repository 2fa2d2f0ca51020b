r"""A path that holds on one machine alone.

What
    The name of a picture has backslashes, is absolute (in labels; training files often name pictures so), is not in
    Unicode's form NFC, or has `<`, `>` or a control character in it. Conversion also says it of paths that a
    trainer cannot be given.

Why it hurts training
    The picture is not found on the machine that trains, or the tokenizer takes a piece of its name for a tag.

Example
    `images\\cat.jpg`; `/home/ann/set/cat.jpg`; `cafe` with its accent as a letter of its own, as macOS writes it.

Instead
    Name pictures relative to the folder of --images, with /, as they are spelt on disk.

Fix safety
    Safe: the same file is named relative to the folder of the pictures, where it was found under a name with which
    nothing is wrong. Files are not renamed.

Sources
    RFC 3986 and POSIX against Windows; Unicode Standard Annex 15; Qwen-VL's tokenizer normalises to NFC.

"""

import re
from collections.abc import Iterator
from pathlib import Path
from unicodedata import is_normalized

from ....schemas.finding import Fix
from ..chats import Chats
from ..hits import Hits
from ..labels import Labels
from ..media import Media

_ODD = re.compile(r"[\x00-\x1f\x7f<>]")
_NO_FILE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")  # addresses, and data in the name


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Names that another machine cannot follow; an absolute one, unless the source writes addresses of its own."""
    addressed = hasattr(labels.source, "describe_addresses")
    yield _odd(labels.media, absolute=not addressed)


def check_chats(chats: Chats) -> Iterator[Hits]:
    """The same in training files, which often name pictures by absolute paths and are let."""
    yield _odd(chats.media, absolute=False)


def _odd(media: Media, *, absolute: bool) -> Hits:
    said: dict[int, str] = {}
    for at, name in enumerate(media.names):
        if not _NO_FILE.match(name[2:] if name[1:2] == ":" else name) and (words := _what(name, absolute=absolute)):
            said[at] = words

    def fix(at: int) -> Fix | None:
        name = _portable(media, at)
        return media.renamed(at, name, "safe", f"Name it {name}") if name else None

    return Hits("media", list(said), lambda at: f"{media.names[at]!r} {said[at]}", lambda at: media.names[at], fix)


def _what(name: str, *, absolute: bool) -> str:
    """What is wrong with a name, in words; empty where nothing is."""
    if "\\" in name:
        return "has backslashes, which are letters of a name but on Windows"
    if absolute and name.startswith("/"):
        return "is absolute: it is nowhere on another machine"
    if _ODD.search(name):
        return "has < or > or a control character, which tags and shells take for their own"
    if not name.isascii() and not is_normalized("NFC", name):
        return "is not in NFC: its accents are letters of their own, and other systems do not find it"
    return ""


def _portable(media: Media, at: int) -> str | None:
    """A name for the same file with which nothing is wrong, if there is one."""
    path = media.found[at]
    if media.pictures is None:
        name = media.names[at].replace("\\", "/")
    elif isinstance(path, Path) and path.is_relative_to(media.pictures.root):
        name = path.relative_to(media.pictures.root).as_posix()
    else:
        return None
    return None if _what(name, absolute=True) or name[1:2] == ":" else name
