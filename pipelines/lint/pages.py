"""Pages: what a rule's docstring says, taken apart into its sections."""

import inspect
import re
from dataclasses import dataclass

from .rules import load_rule

SECTIONS = ("What", "Why it hurts training", "Example", "Instead", "Fix safety", "Sources")
"""The sections of every rule's page, in their order."""


@dataclass(frozen=True, slots=True)
class Page:
    """A rule's page: the fault in one line, and the text of every section."""

    fault: str
    sections: dict[str, str]


def page(code: str) -> Page:
    """The page of a rule; `KeyError` for a code that there is not."""
    text = inspect.getdoc(load_rule(code)) or ""
    headed = re.split(rf"^({'|'.join(SECTIONS)})$", text, flags=re.MULTILINE)
    bodies = (inspect.cleandoc(body).strip() for body in headed[2::2])
    return Page(headed[0].strip(), dict(zip(headed[1::2], bodies, strict=True)))
