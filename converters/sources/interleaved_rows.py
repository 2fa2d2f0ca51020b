"""The shapes of a document: which keys make a row one, and its texts and pictures in reading order.

images, texts                  OBELICS: lists of one length, at every index a picture or a text
text_list, image_info          MMC4: sentences, and pictures each matched to one of them
text with <__dj__image>        data-juicer: the tag is the place of the next of `images` (`videos`, `audios`)
segments [{t, …}]              our own target `segments`
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, cast

from ...schemas.box import Box, hull
from ..records import Part, Turn
from .object_error import ObjectError
from .text_lines import shortened
from .turn_order import out_of_order


class Piece(NamedTuple):
    """A text; where `kind` is not "text" the address of a picture, film or sound, and its bytes if they stand here."""

    kind: str
    text: str
    data: bytes | None = None


class Shown(NamedTuple):
    """One picture, film or sound, in order: its address; its size in pixels, or its bytes, where the row has them."""

    kind: str
    address: str
    width: int = 0
    height: int = 0
    data: bytes | None = None


class Document(NamedTuple):
    """The turns that a row holds, one `document` or those of a conversation, and what they show."""

    turns: list[Turn]
    shown: list[Shown]


TAG: Final = re.compile(r"[ \t]*(?:<__dj__(image|video|audio)>|<\|__dj__eoc\|>)[ \t]*")
_MEDIA: Final = {"image": "images", "video": "videos", "audio": "audios"}
_BETWEEN = "\n\n"


def shape_of(row: Any) -> str | None:
    """By which keys a row is a document, in words; None when it is none."""
    if not isinstance(row, dict):
        return None
    row = cast(dict[str, Any], row)
    if isinstance(row.get("images"), list) and isinstance(row.get("texts"), list):
        texts = row["texts"]
        plain = all(text is None or isinstance(text, str) for text in texts)
        return "'images' and 'texts' of one length (OBELICS)" if plain and len(row["images"]) == len(texts) else None
    if isinstance(row.get("text_list"), list) and isinstance(row.get("image_info"), list):
        return "'text_list' and 'image_info' (MMC4)"
    if isinstance(row.get("text"), str) and "__dj__" in row["text"]:
        return "<__dj__…> in 'text' (data-juicer)"
    segments = row.get("segments")
    first = segments[0] if isinstance(segments, list) and segments else None
    return "'segments' with marks" if isinstance(first, dict) and "t" in first else None


def document_of(row: dict[str, Any], at: str) -> Document:
    """What a row holds. Raises `ObjectError`: AN004 for a value of another kind, AN023 for a field that is not there,
    CV006 for tags and media in different numbers, CV001 for a row that says and shows nothing.
    """
    if "segments" in row:
        return _segments(row["segments"], f"{at}/segments")
    for keys, read in _READERS:
        if all(key in row for key in keys):
            return _as_document(list(read(row, at)), at)
    raise ObjectError("AN023", at, sorted(map(str, row))[:20], "the row has none of the keys that make a document")


def media_listed(row: Any) -> int:
    """How many pictures, films and sounds a row lists, whatever else is wrong with it."""
    if not isinstance(row, dict):
        return 0
    held = cast(dict[str, Any], row)
    lists = [held.get(key) for key in (*_MEDIA.values(), "image_info")]
    if "segments" in held and isinstance(held["segments"], list):
        return sum(isinstance(each, dict) and "file" in each for each in held["segments"])
    return sum(sum(each is not None for each in found) for found in lists if isinstance(found, list))


def _as_document(pieces: list[Piece], at: str) -> Document:
    """One turn of nobody's: texts that follow each other have a blank line between."""
    parts: list[Part] = []
    shown: list[Shown] = []
    for piece in pieces:
        if piece.kind != "text":
            parts.append(Part(piece.kind, None, len(shown)))
            shown.append(Shown(piece.kind, piece.text, data=piece.data))
        elif piece.text:
            last = parts[-1] if parts and parts[-1].kind == "text" else None
            if last is None:
                parts.append(Part("text", piece.text))
            else:
                last.text = f"{last.text}{_BETWEEN}{piece.text}"
    if not any(part.kind != "text" or (part.text or "").strip() for part in parts):
        raise ObjectError("CV001", at, None, "the document says and shows nothing")
    return Document([Turn("document", parts)], shown)


def _obelics(row: dict[str, Any], at: str) -> Iterator[Piece]:
    images, texts = _list(row, "images", at), _list(row, "texts", at)
    if len(images) != len(texts):
        fact = f"{len(images)} images and {len(texts)} texts, which must be of one length"
        raise ObjectError("AN004", f"{at}/texts", [len(images), len(texts)], fact)
    for number, (image, text) in enumerate(zip(images, texts, strict=True)):
        if (image is None) == (text is None):
            said = "neither a picture nor" if image is None else "both a picture and"
            fact = f"at index {number} there is {said} a text"
            raise ObjectError("AN004", f"{at}/texts/{number}", text and shortened(text), fact)
        yield _picture(image, f"{at}/images/{number}") if text is None else _text(text, f"{at}/texts/{number}")


def _mmc4(row: dict[str, Any], at: str) -> Iterator[Piece]:
    """Each picture right before the sentence that it was matched to: its own place is lost in MMC4."""
    sentences, images = _list(row, "text_list", at), _list(row, "image_info", at)
    before: list[list[Piece]] = [[] for _ in sentences]
    for number, info in enumerate(images):
        place = f"{at}/image_info/{number}"
        if not isinstance(info, dict):
            raise ObjectError("AN004", place, shortened(info), "what should tell of a picture is no object")
        matched = info.get("matched_text_index")
        if not isinstance(matched, int) or isinstance(matched, bool) or not 0 <= matched < len(sentences):
            fact = f"matched_text_index is {shortened(matched)}, and there are {len(sentences)} sentences"
            raise ObjectError("AN004", f"{place}/matched_text_index", shortened(matched), fact)
        if info.get("image_base64") and not info.get("image_name"):
            raise ObjectError(
                "IM012", f"{place}/image_base64", None, "the bytes stand in the row; write them to a file"
            )
        name = info.get("image_name") or info.get("raw_url")
        before[matched].append(_picture(name, f"{place}/image_name"))
    run: list[str] = []
    for number, (sentence, pictures) in enumerate(zip(sentences, before, strict=True)):
        if pictures and run:
            yield Piece("text", " ".join(run))
            run = []
        yield from pictures
        run.append(_text(sentence, f"{at}/text_list/{number}").text)
    yield Piece("text", " ".join(run))


def _data_juicer(row: dict[str, Any], at: str) -> Iterator[Piece]:
    text = _text(row["text"], f"{at}/text").text
    waiting = {kind: iter(enumerate(_list(row, key, at, missing=[]))) for kind, key in _MEDIA.items()}
    tags = {kind: text.count(f"<__dj__{kind}>") for kind in _MEDIA}
    for kind, key in _MEDIA.items():
        listed = len(_list(row, key, at, missing=[]))
        if tags[kind] != listed:
            raise ObjectError(
                "CV006", f"{at}/text", tags[kind], f"{tags[kind]} <__dj__{kind}> in the text, {listed} {key}"
            )
    start = 0
    for found in TAG.finditer(text):
        yield Piece("text", text[start : found.start()].strip())
        start = found.end()
        if found[1]:
            number, address = next(waiting[found[1]])
            yield _picture(address, f"{at}/{_MEDIA[found[1]]}/{number}", found[1])
    yield Piece("text", text[start:].strip())


_Reader = Callable[[dict[str, Any], str], Iterator[Piece]]
_READERS: Final[tuple[tuple[tuple[str, ...], _Reader], ...]] = (
    (("text_list", "image_info"), _mmc4),
    (("images", "texts"), _obelics),
    (("text",), _data_juicer),
)


def _list(row: dict[str, Any], key: str, at: str, missing: list[Any] | None = None) -> list[Any]:
    value = row.get(key)
    if value is None and missing is not None:
        return missing
    if not isinstance(value, list):
        raise ObjectError("AN004", f"{at}/{key}", shortened(value), f"{key!r} is no list")
    return value


def _text(value: object, at: str) -> Piece:
    if not isinstance(value, str):
        raise ObjectError("AN004", at, shortened(value), "the text is no text")
    return Piece("text", value)


def _picture(value: object, at: str, kind: str = "image") -> Piece:
    """A path or address, or `datasets`' {bytes, path}."""
    data: object = None
    if isinstance(value, dict):
        held = cast(dict[str, Any], value)
        data, value = held.get("bytes"), held.get("path") or held.get("url") or ""
    if isinstance(data, bytes):
        return Piece(kind, value if isinstance(value, str) else "", data)
    if not isinstance(value, str) or not value.strip():
        raise ObjectError("AN004", at, None if value is None else shortened(value), "this is no file's name")
    if value.startswith("data:"):
        raise ObjectError("IM012", at, value[:40], "the bytes stand in the row itself; write them to a file")
    return Piece(kind, value.strip())


def _segments(value: object, at: str) -> Document:
    """Our own marks: `turn` begins a turn, without one the row is a document; BOS, BOI and their like say nothing."""
    if not isinstance(value, list):
        raise ObjectError("AN004", at, shortened(value), "'segments' is no list")
    turns: list[Turn] = []
    shown: list[Shown] = []
    for number, segment in enumerate(value):
        place = f"{at}/{number}"
        mark = segment.get("t") if isinstance(segment, dict) else None
        if mark in ("BOS", "EOS", "BOI", "EOI"):
            continue
        if mark == "turn":
            if segment.get("role") not in ("user", "assistant", "system"):
                raise ObjectError("CV002", f"{place}/role", shortened(segment.get("role")), "this is no role")
            turns.append(Turn(segment["role"], []))
            continue
        if not turns:
            turns.append(Turn("document", []))
        turns[-1].parts.append(_part(segment, mark, place, shown))
    _check(turns, at)
    return Document(turns, shown)


def _check(turns: list[Turn], at: str) -> None:
    """Raise `ObjectError` unless a document stands alone, or a user and an assistant take turns that say something."""
    if not turns:
        raise ObjectError("CV001", at, None, "the row says and shows nothing")
    roles = [turn.role for turn in turns]
    alone = roles in (["document"], ["system", "document"])
    if not alone and (fault := out_of_order(roles)):
        raise ObjectError(fault.code, at, roles[fault.turn], f"{fault.message} (turn {fault.turn + 1})")
    if empty := next((turn.role for turn in turns if not turn.parts), None):
        raise ObjectError("CV005", at, empty, f"a turn of the {empty} says nothing")


def _part(segment: Any, mark: object, at: str, shown: list[Shown]) -> Part:
    if mark in ("text", "ref"):
        return Part(str(mark), _text(segment.get("v"), f"{at}/v").text)
    if mark == "image":
        size = [segment.get(side) for side in ("w", "h")]
        known = all(isinstance(side, int) and 0 < side < 1 << 31 for side in size)
        picture = _picture(segment.get("file"), f"{at}/file")
        width, height = size if known else (0, 0)
        shown.append(Shown("image", picture.text, width, height))
        return Part("image", None, len(shown) - 1)
    if mark not in ("box", "quad"):
        raise ObjectError("AN004", f"{at}/t", shortened(mark), "no segment of ours has this mark")
    numbers, medium, label = segment.get("v"), segment.get("image", 0), segment.get("of")
    wanted = 4 if mark == "box" else 8
    if not isinstance(numbers, list) or len(numbers) != wanted or not all(_is_number(each) for each in numbers):
        raise ObjectError("AN004", f"{at}/v", shortened(numbers), f"a {mark} has {wanted} numbers")
    if not isinstance(medium, int) or isinstance(medium, bool) or not 0 <= medium < len(shown):
        raise ObjectError(
            "CV006", f"{at}/image", shortened(medium), "it lies on a picture that was not shown before it"
        )
    if label is not None and not isinstance(label, str):
        raise ObjectError("AN004", f"{at}/of", shortened(label), "its words are no text")
    corners = [float(each) for each in numbers]
    box = Box(*corners) if mark == "box" else hull(corners)
    return Part(str(mark), label, medium, box, corners if mark == "quad" else None)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
