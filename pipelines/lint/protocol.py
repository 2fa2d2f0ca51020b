"""What a rule's module may have: functions by the view that they look at, and a state for what no batch shows alone."""

from collections.abc import Iterable
from typing import Any, Protocol

from ...schemas.finding import Finding, Fix
from .build import Build
from .chats import Chats
from .hits import Hits, Located
from .labels import Labels
from .media import Media
from .raw import Raw
from .settings import Settings


class RuleModule(Protocol):
    """One rule, in a file of its own: `ge001_empty_box.py` is GE001 empty-box of `schemas.rule.RULES`.

    Its docstring is its page: a first line that says the fault, then What, Why it hurts training, Example, Instead,
    Fix safety, Sources. It has those of the functions below that it needs, and none where readers say the fault
    themselves. A function looks at one batch, opens no file, changes nothing, and yields Hits; it works on columns.
    Rules that need pixels have DEEP = True and run under `--deep`.
    """

    __doc__: str

    def check_labels(self, labels: Labels) -> Iterable[Hits]:
        """Look at a batch of labels."""
        ...

    def check_media(self, media: Media) -> Iterable[Hits]:
        """Look at the pictures of a batch of labels or of rows; Hits name the column "media"."""
        ...

    def check_chats(self, chats: Chats) -> Iterable[Hits]:
        """Look at a batch of rows of a training file."""
        ...

    def check_build(self, build: Build) -> Iterable[Hits]:
        """Look at a data set that mmdata wrote."""
        ...

    def check_raw(self, raw: Raw) -> Iterable[Located]:
        """Look at values of a JSON file as they stand there, before a reader takes them for something."""
        ...

    def mend(self, found: Finding) -> Fix | None:
        """What would mend a finding of this rule that a reader said, where that can be told from the finding alone."""
        ...

    def start(self, settings: Settings) -> "State":
        """A new state for one run."""
        ...

    STORE: "type[Store] | tuple[type[Store], ...]"
    """What several rules remember together: made once a run, and asked by each of them."""

    def judge(self, *stores: Any) -> Iterable[Located]:
        """What the rule makes of its `STORE`, when all was seen."""
        ...


class Store(Protocol):
    """A state without `finish`, which rules share: `state_pictures`, `state_texts`, `state_classes`."""

    def __init__(self, settings: Settings) -> None: ...


class State(Protocol):
    """What a rule remembers of a run: O(classes), or keys in numpy or on disk, never an object a sample.

    It has those of the four that it needs.
    """

    def see_labels(self, labels: Labels) -> None:
        """A batch of labels goes by."""
        ...

    def see_chats(self, chats: Chats) -> None:
        """A batch of rows goes by; `chats.split` is its split's name, empty where there are none."""
        ...

    def see_raw(self, raw: Raw) -> None:
        """Some values of a JSON file go by as they stand there, behind the labels or rows that were read of it."""
        ...

    def finish(self) -> Iterable[Located]:
        """What was found over all."""
        ...
