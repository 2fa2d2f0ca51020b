"""A secret in the data.

What
    A picture's name, a caption or a turn holds what looks like a key, a token, a password in an address, or an
    address that is signed. What is shown of it are its first letters.

Why it hurts training
    Whoever has the data set has it too, and a model that is trained on it says it when it is asked. Signed
    addresses are also dead after some hours.

Example
    `https://bucket.s3.amazonaws.com/cat.jpg?X-Amz-Signature=8c1f…`, as Label Studio exports it with cloud storage.

Instead
    Revoke the secret first, then take it out: download the pictures, and export without signed addresses.

Fix safety
    None.

Sources
    The published forms of the keys of AWS, Google, GitHub, Hugging Face, OpenAI and Slack.

"""

import re
from collections.abc import Iterator

from ..chats import Chats
from ..hits import Hits
from ..labels import Labels
from ..media import Media

_KINDS = {
    "an AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a signed address of a bucket": r"[?&](?:X-Amz-Signature|X-Goog-Signature|Signature|sig)=[0-9A-Za-z%+/=_-]{16,}",
    "a GitHub token": r"\bgh[pousr]_[0-9A-Za-z]{36}\b|\bgithub_pat_[0-9A-Za-z_]{50,}",
    "a Hugging Face token": r"\bhf_[0-9A-Za-z]{30,40}\b",
    "an OpenAI key": r"\bsk-(?:proj-|svcacct-)?[0-9A-Za-z_-]{32,}",
    "a Google API key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "a Slack token": r"\bxox[abprs]-[0-9A-Za-z-]{10,}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "a JSON web token": r"\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}",
    "a password in an address": r"\b[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s:@]+@",
    "a token in an address": r"[?&](?:token|access_token|api_key|apikey)=[0-9A-Za-z._-]{16,}",
}
_SECRET = re.compile("|".join(f"({pattern})" for pattern in _KINDS.values()))
_NAMES = tuple(_KINDS)
_SHOWN = 8  # letters of the secret: what is said ends in logs


def check_media(media: Media) -> Iterator[Hits]:
    """Secrets in the names of pictures."""
    wrong = {at: found for at, name in enumerate(media.names) if (found := _SECRET.search(name))}
    yield Hits("media", list(wrong), lambda at: _said(wrong[at]), lambda at: _shortened(wrong[at]))


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Secrets in captions."""
    texts = labels.values("captions", "text")
    wrong = {at: found for at, text in enumerate(texts) if text and (found := _SECRET.search(text))}
    yield Hits("captions", list(wrong), lambda at: _said(wrong[at]), lambda at: _shortened(wrong[at]))


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Secrets in what is asked and answered."""
    wrong: dict[int, re.Match[str]] = {}
    for text, _, match in chats.find(_SECRET):
        wrong.setdefault(text, match)
    yield Hits("texts", list(wrong), lambda at: _said(wrong[at]), lambda at: _shortened(wrong[at]))


def _said(found: re.Match[str]) -> str:
    return f"{_shortened(found)} looks like {_NAMES[(found.lastindex or 1) - 1]}"


def _shortened(found: re.Match[str]) -> str:
    """Enough of it to be found, and too little to be used."""
    return f"{found[0][:_SHOWN]}…"
