r"""Damage in a text.

What
    Letters that nobody typed: a byte order mark or a zero-width space in the middle, halves of surrogate pairs, the
    replacement character, control characters, the letters that UTF-8 becomes when it is read as Latin-1; or letters
    in another than Unicode's form C.

Why it hurts training
    The model is trained on the damage, and repeats it. Tokenizers of Qwen's family compose letters (NFC) before
    they cut them, so places counted in the text are others than those that are trained.

Example
    `CafÃ©`, `caf\ufffd`, `mug\u200b`

Instead
    Clean the text where it comes from: export it as UTF-8.

Fix safety
    Safe where only the form is another: letters are composed, which the tokenizer does anyway. Unsafe where
    invisible letters are taken out. Nothing is offered for what was lost.

Sources
    QwenLM/Qwen-VL, tokenization_qwen.py (`unicodedata.normalize("NFC", text)`).

"""

import re
from collections.abc import Iterator
from unicodedata import is_normalized, normalize

from ....schemas.finding import Fix
from ..chats import Chats
from ..hits import Hits

_INVISIBLE = re.compile("[\u200b\u2060\ufeff]")
_DAMAGE = re.compile(
    "[\u200b\u2060\ufeff\ufffd\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]"
    "|[\u00c2\u00c3][\u0080-\u00bf]|\u00e2\u20ac[\u2122\u0153\u009d\u201c\u201d\u00a6\u02dc]"
)
_SAID = {
    "\ufeff": "a byte order mark",
    "\u200b": "a zero-width space",
    "\u2060": "a word joiner",
    "\ufffd": "a lost letter",
}


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Texts with damage, and those that are not in form C."""
    if chats.joined.isascii() and not _DAMAGE.search(chats.joined.replace("\n\x00\n", "")):
        return
    found: dict[int, tuple[int, str, str]] = {}
    for number, text in enumerate(chats.texts):
        words = text.words
        if match := _DAMAGE.search(words):
            found[number] = (match.start(), match[0], _kind(match[0]))
        elif not words.isascii() and not is_normalized("NFC", words):
            at = next(at for at in range(1, len(words) + 1) if not is_normalized("NFC", words[:at]))
            found[number] = (at - 1, words[max(0, at - 2) : at], "letters that are not composed (NFC)")

    def said(number: int) -> str:
        start, letters, kind = found[number]
        return f"{kind}: {letters!a}, character {start}"

    def fix(number: int) -> Fix | None:
        words = chats.texts[number].words
        tidy = _INVISIBLE.sub("", words)
        if _DAMAGE.search(tidy):
            return None
        safe = tidy == words
        message = "Compose the letters" if safe else "Take the invisible letters out"
        return chats.reworded(number, normalize("NFC", tidy), "safe" if safe else "unsafe", message)

    yield Hits("texts", list(found), said, lambda number: found[number][1], fix)


def _kind(letters: str) -> str:
    if len(letters) > 1:
        return "UTF-8 that was read as Latin-1"
    if "\ud800" <= letters <= "\udfff":
        return "half of a surrogate pair"
    return _SAID.get(letters, "a control character")
