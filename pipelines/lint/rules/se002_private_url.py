"""An address of a machine that only you can reach.

What
    A picture is named by an address on this machine (loopback, in whatever form: 127.1, 2130706433, 0x7f000001,
    [::ffff:127.0.0.1]), on a private network (10.0.0.0/8, 192.168.0.0/16, fc00::/7 and the like), link-local such
    as a cloud's metadata service at 169.254.169.254, a name without a dot or under .local, .internal or .localhost;
    or by file:, gopher: and the like. Names are not looked up.

Why it hurts training
    Nobody else can fetch it, and a loader that follows any address asks whatever listens there: a server inside
    your network, or the service that hands out your cloud's credentials.

Example
    `http://169.254.169.254/latest/meta-data/iam/x.jpg`; `http://labels.internal:8080/data/upload/cat.jpg`.

Instead
    Download the pictures once, and name them by their files.

Fix safety
    None.

Sources
    OWASP's cheat sheet on server-side request forgery; RFC 1918, 3927, 4193, 6598, 6890; Label Studio
    CVE-2022-36551 and CVE-2023-47116.

"""

from collections.abc import Iterator

from ..addresses import private
from ..chats import Chats
from ..hits import Hits
from ..media import Media


def check_chats(chats: Chats) -> Iterator[Hits]:
    """The same in rows whose pictures are addresses by their form."""
    wrong: dict[int, tuple[str, str]] = {}
    for row, names in enumerate(chats.elsewhere):
        for name in names:
            if not name.startswith("data:") and (why := private(name)):
                wrong.setdefault(row, (name, why))
    yield Hits("", list(wrong), lambda row: f"{wrong[row][0]} is {wrong[row][1]}", lambda row: wrong[row][0])


def check_media(media: Media) -> Iterator[Hits]:
    """Pictures by addresses that mean this machine or this network."""
    wrong = {at: why for at, name in enumerate(media.names) if ":" in name and (why := private(name))}
    yield Hits("media", list(wrong), lambda at: f"{media.names[at]} is {wrong[at]}", lambda at: media.names[at])
