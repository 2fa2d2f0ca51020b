"""The shapes of a conversation: whose turn it is and what is in it, under whatever names; and the media listed beside.

messages        [{role, content}]                OpenAI, ms-swift, LLaMA-Factory; content a text or a list of blocks
conversations   [{from, value}]                  ShareGPT, LLaVA, Qwen-VL and its heirs
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
    "system": "system",
}
"""The names of roles as files have them, and ours."""

LISTS: Final = ("messages", "conversations", "conversation", "paragraph")
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
_ADDRESS: Final = ("url", "path", "file", "value", "image", "video", "audio", "image_url", "video_url", "audio_url")


class Piece(NamedTuple):
    """Text, or where `kind` is not "text" a film, sound or picture: its address, or "" for the next one listed."""

    kind: str
    text: str


class Said(NamedTuple):
    """One turn: its place, whose it is, and its pieces in order."""

    at: str
    role: str
    pieces: list[Piece]


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
    said = list(_turns(row, at))
    if not said:
        raise ObjectError("CV001", at, None, "the row has no turns")
    system = row.get("system")
    if isinstance(system, str) and system.strip() and said[0].role != "system":
        said.insert(0, Said(f"{at}/system", "system", [Piece("text", system)]))
    return said


def _turns(row: dict[str, Any], at: str) -> Iterator[Said]:
    key = next((key for key in LISTS if row.get(key) is not None), None)
    if key is not None:
        turns = row[key]
        if not isinstance(turns, list):
            raise ObjectError("AN004", f"{at}/{key}", shortened(turns), f"{key!r} is no list of turns")
        for number, turn in enumerate(turns):
            yield from _turn(turn, f"{at}/{key}/{number}")
        return
    for number, turn in enumerate(row.get("history") or []):
        if not isinstance(turn, list) or len(turn) != 2:
            raise ObjectError("AN004", f"{at}/history/{number}", shortened(turn), "no question with its answer")
        yield from _exchange(turn[0], turn[1], f"{at}/history/{number}", ("0", "1"))
    pair = next((pair for pair in PAIRS if row.get(pair[0]) is not None), None)
    if pair is not None:
        asked, more = row[pair[0]], row.get("input")
        asked = f"{asked}\n{more}" if isinstance(asked, str) and isinstance(more, str) and more.strip() else asked
        yield from _exchange(asked, row.get(pair[1]), at, pair)


def _turn(turn: object, at: str) -> Iterator[Said]:
    if not isinstance(turn, dict):
        raise ObjectError("AN004", at, shortened(turn), "the turn is no object")
    for question, answer in (("human", "assistant"), ("q", "a")):
        if question in turn:
            yield from _exchange(turn[question], turn.get(answer), at, (question, answer))
            return
    name = turn.get("role", turn.get("from"))
    role = ROLES.get(name) if isinstance(name, str) else None
    if role is None:
        fact = "the turn has no role" if name is None else f"the role is {shortened(name)!r}"
        raise ObjectError("CV002", at, None if name is None else shortened(name), fact)
    key = "content" if "content" in turn else "value"
    pieces = _pieces(turn.get(key), f"{at}/{key}")
    own = _listed(turn, "image", at)  # as GLM-4V has it: the picture beside the words
    yield Said(at, role, [*(Piece("image", each) for each in own), *pieces])


def _exchange(question: object, answer: object, at: str, keys: tuple[str, str]) -> Iterator[Said]:
    for role, content, key in (("user", question, keys[0]), ("assistant", answer, keys[1])):
        yield Said(f"{at}/{key}", role, _pieces(content, f"{at}/{key}"))


def _pieces(content: object, at: str) -> list[Piece]:
    if isinstance(content, str):
        return [Piece("text", content)]
    if content is None:
        return []
    if not isinstance(content, list):
        raise ObjectError("AN004", at, shortened(content), "what is said is no text and no list of blocks")
    return [_block(block, f"{at}/{number}") for number, block in enumerate(content)]


def _block(block: object, at: str) -> Piece:
    if isinstance(block, str):
        return Piece("text", block)
    kind = block.get("type") if isinstance(block, dict) else None
    if not isinstance(block, dict) or not isinstance(kind, str):
        raise ObjectError("AN004", at, shortened(block), "the block has no type")
    if kind == "text":
        words = next((block[key] for key in ("text", "value", "content") if block.get(key) is not None), "")
        if not isinstance(words, str):
            raise ObjectError("AN004", at, shortened(words), "the block's text is no text")
        return Piece("text", words)
    if kind not in _BLOCKS:
        raise ObjectError("AN004", at, kind[:80], f"a block of the type {kind[:80]!r} cannot be carried")
    address = next((block[key] for key in (*_ADDRESS, kind) if block.get(key) is not None), "")
    return Piece(_BLOCKS[kind], _address(address, at) if address else "")


def media_of(row: dict[str, Any], at: str) -> dict[str, list[str]]:
    """The addresses that a row lists, by kind. Raises `ObjectError` for one that is no text (AN004)."""
    return {kind: _listed(row, kind, at) for kind in MEDIA}


def _listed(row: dict[str, Any], kind: str, at: str) -> list[str]:
    for key in MEDIA[kind]:
        given = row.get(key)
        if given is not None and given not in ("", []):
            several = given if isinstance(given, list) else [given]
            return [_address(each, f"{at}/{key}") for each in several]
    return []


def _address(value: object, at: str) -> str:
    if isinstance(value, dict):
        value = next((value[key] for key in _ADDRESS if isinstance(value.get(key), str)), None)
    if not isinstance(value, str) or not value.strip():
        fact = "a film as a list of frames is not carried" if isinstance(value, list) else "this is no file's name"
        raise ObjectError("AN004", at, None if value is None else shortened(value), fact)
    if value.startswith("data:"):
        raise ObjectError("IM012", at, value[:40], "the bytes stand in the row itself; write them to a file")
    return value.strip()
