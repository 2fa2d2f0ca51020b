"""Dialogues: what `<Paragraphs>` and `<Chat>` show, and what an annotator wrote on in a chat, as one conversation.

A dialogue is a list of objects under a data key, author and words by the keys that the configuration names (`author`
and `text` for paragraphs, `role` and `content` for a chat), else by the usual ones. A chat's messages
(`chatmessage`) come after what stood in the data. User and assistant must take turns and the last turn must be an
answer, as in any source of conversations; authors with names of their own are no roles (CV002).
"""

from collections.abc import Sequence
from typing import Any

from ..json_pointer import step
from ..records import Conversation, Media, Part, Turn
from .chat_rows import ROLES
from .label_studio_config import Labelling
from .label_studio_geometry import PlaceError
from .label_studio_regions import Region
from .label_studio_shapes import Task
from .own_names import group_of_turns, group_of_words
from .turn_order import out_of_order

_AUTHORS = ("role", "author", "from", "speaker", "name")
_WORDS = ("content", "text", "value", "message", "utterance")
_NAMES = ROLES | {"client": "user", "customer": "user", "agent": "assistant", "model": "assistant", "ai": "assistant"}


def dialogue_of(task: Task, labelling: Labelling) -> tuple[str, list[tuple[object, object]]] | None:
    """The data key of a task's dialogue, and (author, words) of each of its turns; None where it has none."""
    keys = labelling.dialogues or dict.fromkeys(task.data, ("", ""))
    for key, (author, words) in keys.items():
        given = task.data.get(key)
        if not isinstance(given, list) or not given or not all(isinstance(each, dict) for each in given):
            continue
        names = [(author, *_AUTHORS), (words, *_WORDS)]
        found = [next((name for name in each if any(name in turn for turn in given)), "") for each in names]
        if all(found):
            return key, [(turn.get(found[0]), turn.get(found[1])) for turn in given]
    return None


def conversation(
    task: Task, labelling: Labelling, messages: Sequence[Region], media: Sequence[Media]
) -> Conversation | None:
    """The conversation of a task with an annotator's messages, its media at the head of the first question.

    None where there is neither. Raises `PlaceError`: CV002 for an author that is no role, CV003 for turns out of
    order, CV004 without an answer at the end, CV005 for one without words.
    """
    dialogue = dialogue_of(task, labelling)
    spoken = list(dialogue[1]) if dialogue else []
    for region in messages:
        raw = region.first.value.get("chatmessage")
        message: dict[str, Any] = raw if isinstance(raw, dict) else {}
        spoken.append((message.get("role"), message.get("content")))
    if not spoken:
        return None
    turns = [_turn(author, words) for author, words in spoken]
    if fault := out_of_order([turn.role for turn in turns]):
        raise PlaceError(fault.code, turns[fault.turn].role, f"{fault.message} (turn {fault.turn + 1})")
    first = next(turn for turn in turns if turn.role == "user")
    first.parts[:0] = [Part(each.kind, media=number) for number, each in enumerate(media)]
    at = messages[0].first.at if messages else task.data_at + step(dialogue[0] if dialogue else "")
    return Conversation(at, turns)


def group_of(
    task: Task, labelling: Labelling, said: Sequence[Conversation], media: Sequence[Media], *, separate: bool
) -> str | None:
    """What holds the records of a task together: its id, where each annotator has one (`separate`).

    Where a task has no id of its own it is what is said; nothing, where there are pictures, which do so themselves.
    """
    if not task.placed:
        return task.id if separate else None
    if media:
        return None
    if dialogue := dialogue_of(task, labelling):  # the same for all annotators, whatever each wrote on in it
        return group_of_words(str(each) for turn in dialogue[1] for each in turn)
    return group_of_turns([turn for each in said for turn in each.turns])


def _turn(author: object, words: object) -> Turn:
    role = _NAMES.get(author.strip().lower()) if isinstance(author, str) else None
    if role is None:
        raise PlaceError("CV002", str(author)[:200], "the author of a turn is neither user nor assistant")
    if not isinstance(words, str) or not words.strip():
        raise PlaceError("CV005", str(words)[:200], "a turn has no words")
    return Turn(role, [Part("text", words)])
