"""A picture by its address.

What
    The labels name a picture by a URL (http, s3, gs and the like) of which no copy is under --images, or a training
    file has a URL where a path belongs. Files for Gemini and OpenAI have addresses, and are let.

Why it hurts training
    It may be gone tomorrow, or be another picture; loaders that fetch it are slow, and where they cannot they pass
    over the sample. See also SE002.

Example
    `"image": "https://example.org/cat.jpg"`

Instead
    Download the pictures once, and name their folder with --images: the end of each address is looked for there.

Fix safety
    None: nothing is downloaded here.

Sources
    rom1504/img2dataset, downloader.py: any address is fetched, whatever it leads to.

"""

import re
from collections.abc import Iterator
from pathlib import Path

from ..chats import Chats
from ..hits import Hits
from ..labels import Labels

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_EMBEDDED = "embedded://"
_BY_ADDRESS = ("gemini", "openai")
"""Services that fetch pictures from where the rows say."""


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Addresses of which no copy is under --images."""
    media = labels.media
    places = [
        at
        for at, name in enumerate(media.names)
        if _ADDRESS.match(name) and not name.startswith(_EMBEDDED) and not isinstance(media.found[at], Path)
    ]
    yield Hits("media", places, lambda at: f"{media.names[at]} is an address, and no copy is under --images")


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Addresses in a training file, unless a service reads it that wants them."""
    if chats.dialect.NAME not in _BY_ADDRESS:
        media = chats.media
        places = [at for at, name in enumerate(media.names) if _ADDRESS.match(name)]
        yield Hits("media", places, lambda at: f"{media.names[at]} is an address, not a file")
