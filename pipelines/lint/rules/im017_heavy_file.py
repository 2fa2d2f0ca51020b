"""A picture of more bytes than the service takes.

What
    A file of more bytes than the service that tunes the model takes of one picture: with --target gemini or openai,
    and in files for them. Conversion to them leaves it out, with this code.

Why it hurts training
    The service passes over the picture, and the sample, and says so at best in a log.

Example
    A PNG of 24 MB for a limit of 20 MB.

Instead
    Write it as JPEG, or smaller.

Fix safety
    None.

Sources
    The limits that the targets openai and gemini state, each with its source.

"""

from collections.abc import Iterator

from ....converters.targets import gemini_limits, openai_limits
from ..chats import Chats
from ..hits import Hits
from ..labels import Labels
from ..media import Media

_MOST = {"gemini": gemini_limits.PICTURE_BYTES, "openai": openai_limits.PICTURE_BYTES}


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Pictures over the limit of the service that --target names."""
    yield from _over(labels.media, labels.settings.target)


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Pictures over the limit of the service that reads such rows."""
    yield from _over(chats.media, chats.settings.target or chats.dialect.NAME)


def _over(media: Media, target: str) -> Iterator[Hits]:
    if (most := _MOST.get(target)) is not None:
        wrong = {at: facts.bytes for at, facts in media.sound() if facts.bytes > most}

        def said(at: int) -> str:
            return f"{media.names[at]} has {wrong[at]:,} bytes, the service takes {most:,}"

        yield Hits("media", list(wrong), said, wrong.__getitem__)
