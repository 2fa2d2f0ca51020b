"""Pages: what a rule's docstring says, taken apart into its sections.

Our own modules are read, not imported: `mmdata explain` answers without numpy.
"""

import ast
import inspect
import re
from dataclasses import dataclass
from pathlib import Path

from ...schemas.rule import RULES
from .rules import load_rule, module_name

SECTIONS = ("What", "Why it hurts training", "Example", "Instead", "Fix safety", "Sources")
"""The sections of every rule's page, in their order."""

_RULES = Path(__file__).parent / "rules"


@dataclass(frozen=True, slots=True)
class Page:
    """A rule's page: the fault in one line, and the text of every section."""

    fault: str
    sections: dict[str, str]


def page(code: str) -> Page:
    """The page of a rule; `KeyError` for a code that there is not."""
    headed = re.split(rf"^({'|'.join(SECTIONS)})$", _docstring(code), flags=re.MULTILINE)
    bodies = (inspect.cleandoc(body).strip() for body in headed[2::2])
    return Page(headed[0].strip(), dict(zip(headed[1::2], bodies, strict=True)))


def _docstring(code: str) -> str:
    if code not in RULES:
        return inspect.getdoc(load_rule(code)) or ""
    source = (_RULES / f"{module_name(RULES[code])}.py").read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(source)) or ""
