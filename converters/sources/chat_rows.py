"""The shapes of a conversation: whose turn it is and what is in it, under whatever names; and the media listed beside.

messages        [{role, content}]                OpenAI, ms-swift, LLaMA-Factory; content a text or a list of blocks
conversations   [{from, value}]                  ShareGPT, LLaVA, Qwen-VL and its heirs
contents        [{role, parts}]                  Gemini; parts of text, fileData, inlineData
conversation    [{human, assistant}]             ms-swift
paragraph       [{q, a}]                         visualglm_finetuning
query, response, history, system                 ms-swift
instruction, input, output                       Alpaca
img, prompt, label                               VisualGLM
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from .object_error import ObjectError
from .text_lines import shortened

ROLES: Final = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "system": "system",
}
"""The names of roles as files have them, and ours."""

LISTS: Final = ("messages", "conversations", "conversation", "paragraph", "contents")
PAIRS: Final = (("instruction", "output"), ("query", "response"), ("prompt", "label"))
MEDIA: Final = {
    "image": ("image", "images", "img"),
    "video": ("video", "videos"),
    "audio": ("audio", "audios"),
}
"""For each kind of media the keys under which a row lists it."""

_BLOCKS: Final = {
    "image": "image",
    "image_url": "image",
    "video": "video",
    "video_url": "video",
    "audio": "audio",
    "audio_url": "audio",
    "input_audio": "audio",
}
_MEDIA_TYPES: Final = {"image": "image", "video": "video", "audio": "audio"}
_ADDRESS: Final = ("url", "path", "file", "value", "image", "video", "audio", "image_url", "video_url", "audio_url")


class Piece(NamedTuple):
    """Text, or where `kind` is not "text" a film, sound or picture: its address, or "" for the next one listed; `data:`
    where its bytes stand in the row.

    `at` is the place of a text's own value, or of its block.
    """

    kind: str
    text: str
    at: str = ""


class Said(NamedTuple):
    """One turn: its place, whose it is, and its pieces in order; `name` is what the row calls that role, under `key`.

    A role that is none of ours is "".
    """

    at: str
    role: str
    pieces: list[Piece]
    name: str = ""
    key: str = ""


def shape_of(row: Any) -> str | None:
    """By which keys a row is a conversation, in words; None when it is none."""
    if not isinstance(row, dict):
        return None
    for key in LISTS:
        turns = row.get(key)
        first = turns[0] if isinstance(turns, list) and turns else None
        if isinstance(first, dict) and ({"role", "from", "human", "q"} & first.keys()):
            return f"{key!r} with {_names(first)} in every row"
    pair = next((pair for pair in PAIRS if all(isinstance(row.get(key), str) for key in pair)), None)
    return f"{pair[0]!r} and {pair[1]!r} in every row" if pair else None


def _names(turn: dict[str, Any]) -> str:
    return " and ".join(repr(str(key)[:20]) for key in list(turn)[:2])


def turns_of(row: dict[str, Any], at: str) -> list[Said]:
    """The turns of a row, in order. Raises `ObjectError`: CV001 without turns, CV002 for a role that is none of ours,
    AN004 for a turn that is no turn.
    """
    said: list[Said] = []
    for each in each_turn(row, at):
        if isinstance(each, ObjectError):
            raise each
        if not each.role:
            fact = f"the role is {each.name!r}" if each.name else "the turn has no role"
            raise ObjectError("CV002", each.at, each.name or None, fact)
        if bytes_in := next(
            (piece for piece in each.pieces if piece.kind != "text" and piece.text[:5] == "data:"), None
        ):
            raise _inside(bytes_in.text, bytes_in.at)
        said.append(each)
    if not said:
        raise ObjectError("CV001", at, None, "the row has no turns")
    return said


def each_turn(row: dict[str, Any], at: str) -> Iterator[Said | ObjectError]:
    """The turns of a row as they are: roles under any name, and for what is no turn (AN004) what is wrong with it."""
    system = row.get("system")
    beside = isinstance(system, str) and bool(system.strip())
    for each in _turns(row, at):
        if beside and not (isinstance(each, Said) and each.role == "system"):
            yield Said(f"{at}/system", "system", [Piece("text", str(system), f"{at}/system")], "system")
        beside = False
        yield each


def _turns(row: dict[str, Any], at: str) -> Iterator[Said | ObjectError]:
    instruction = row.get("systemInstruction")
    if isinstance(instruction, dict) and "contents" in row:
        yield from _turn({"role": "system", **instruction}, f"{at}/systemInstruction")
    keys = ("prompt", "completion") if isinstance(row.get("completion"), list) else LISTS
    lists = [key for key in keys if row.get(key) is not None]
    for key in lists if keys is not LISTS else lists[:1]:
        turns = row[key]
        if not isinstance(turns, list):
            yield ObjectError("AN004", f"{at}/{key}", shortened(turns), f"{key!r} is no list of turns")
            continue
        for number, turn in enumerate(turns):
            yield from _turn(turn, f"{at}/{key}/{number}")
    if lists:
        return
    history = row.get("history") or []
    if not isinstance(history, list):
        yield ObjectError("AN004", f"{at}/history", shortened(history), "'history' is no list of exchanges")
        history = []
    for number, turn in enumerate(history):
        if isinstance(turn, list) and len(turn) == 2:
            yield from _exchange(turn[0], turn[1], f"{at}/history/{number}", ("0", "1"))
        else:
            yield ObjectError("AN004", f"{at}/history/{number}", shortened(turn), "no question with its answer")
    pair = next((pair for pair in PAIRS if row.get(pair[0]) is not None), None)
    if pair is not None:
        asked, more = row[pair[0]], row.get("input")
        asked = f"{asked}\n{more}" if isinstance(asked, str) and isinstance(more, str) and more.strip() else asked
        yield from _exchange(asked, row.get(pair[1]), at, pair)


def _turn(turn: object, at: str) -> Iterator[Said | ObjectError]:
    if not isinstance(turn, dict):
        yield ObjectError("AN004", at, shortened(turn), "the turn is no object")
        return
    for question, answer in (("human", "assistant"), ("q", "a")):
        if question in turn:
            yield from _exchange(turn[question], turn.get(answer), at, (question, answer))
            return
    said = "role" if "role" in turn else "from"
    name = turn.get(said)
    role = ROLES.get(name, "") if isinstance(name, str) else ""
    key = next((key for key in ("content", "parts") if key in turn), "value")
    try:
        pieces = _pieces(turn.get(key), f"{at}/{key}")
        own = _listed(turn, "image", at)  # as GLM-4V has it: the picture beside the words
    except ObjectError as fault:
        yield fault.with_traceback(None)
        return
    shown = [*(Piece("image", each) for each in own), *pieces]
    yield Said(at, role, shown, "" if name is None else shortened(name), said)


def _exchange(question: object, answer: object, at: str, keys: tuple[str, str]) -> Iterator[Said | ObjectError]:
    for role, content, key in (("user", question, keys[0]), ("assistant", answer, keys[1])):
        try:
            yield Said(f"{at}/{key}", role, _pieces(content, f"{at}/{key}"), role)
        except ObjectError as fault:
            yield fault.with_traceback(None)


def _pieces(content: object, at: str) -> list[Piece]:
    if isinstance(content, str):
        return [Piece("text", content, at)]
    if content is None:
        return []
    if not isinstance(content, list):
        raise ObjectError("AN004", at, shortened(content), "what is said is no text and no list of blocks")
    return [_block(block, f"{at}/{number}") for number, block in enumerate(content)]


def _block(block: object, at: str) -> Piece:
    if isinstance(block, str):
        return Piece("text", block, at)
    kind = block.get("type") if isinstance(block, dict) else None
    if isinstance(block, dict) and kind is None:
        return _part(block, at)
    if not isinstance(block, dict) or not isinstance(kind, str):
        raise ObjectError("AN004", at, shortened(block), "the block has no type")
    if kind == "text":
        key = next((key for key in ("text", "value", "content") if block.get(key) is not None), "")
        words = block[key] if key else ""
        if not isinstance(words, str):
            raise ObjectError("AN004", at, shortened(words), "the block's text is no text")
        return Piece("text", words, f"{at}/{key}" if key else at)
    if kind not in _BLOCKS:
        raise ObjectError("AN004", at, kind[:80], f"a block of the type {kind[:80]!r} cannot be carried")
    address = next((block[key] for key in (*_ADDRESS, kind) if block.get(key) is not None), "")
    return Piece(_BLOCKS[kind], _address(address, at) if address else "", at)


def _part(block: dict[str, Any], at: str) -> Piece:
    """A part as Gemini has it: words, or a file with its media type."""
    words = block.get("text")
    if isinstance(words, str):
        return Piece("text", words, f"{at}/text")
    for key in ("fileData", "inlineData"):
        held = block.get(key)
        if isinstance(held, dict):
            kind = _MEDIA_TYPES.get(str(held.get("mimeType", "image/")).partition("/")[0], "")
            address = held.get("fileUri") or ("data:" if held.get("data") else "")
            if kind:
                return Piece(kind, _address(address, at), at)
    raise ObjectError("AN004", at, shortened(block), "the block has no type")


def media_of(row: dict[str, Any], at: str) -> dict[str, list[str]]:
    """The addresses that a row lists, by kind. Raises `ObjectError` for one that is no text (AN004)."""
    return {kind: _listed(row, kind, at) for kind in MEDIA}


def _listed(row: dict[str, Any], kind: str, at: str) -> list[str]:
    for key in MEDIA[kind]:
        given = row.get(key)
        if given is not None and given not in ("", []):
            several = given if isinstance(given, list) else [given]
            return [_outside(_address(each, f"{at}/{key}"), f"{at}/{key}") for each in several]
    return []


def _address(value: object, at: str) -> str:
    if isinstance(value, dict):
        value = next((value[key] for key in _ADDRESS if isinstance(value.get(key), str)), None)
    if not isinstance(value, str) or not value.strip():
        fact = "a film as a list of frames is not carried" if isinstance(value, list) else "this is no file's name"
        raise ObjectError("AN004", at, None if value is None else shortened(value), fact)
    return value[:40] if value.startswith("data:") else value.strip()


def _outside(address: str, at: str) -> str:
    if address.startswith("data:"):
        raise _inside(address, at)
    return address


def _inside(address: str, at: str) -> ObjectError:
    return ObjectError("IM012", at, address, "the bytes stand in the row itself; write them to a file")
