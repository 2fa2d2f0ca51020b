"""Findings as commands that GitHub's runners turn into annotations of the lines they name.

`::error file=…,line=…,col=…,title=…::message`; `%`, line breaks and, in properties, `:` and `,` are escaped by the
runner's own rule (actions/toolkit, command.ts).
"""

from collections.abc import Iterator

from ..lines import located
from ..run import Report

_WORDS = {"error": "error", "warning": "warning", "info": "notice"}


def lines(report: Report) -> Iterator[str]:
    """A command a finding."""
    for found, place in zip(report.findings, located(report.findings), strict=True):
        where = f",line={place[0]},col={place[1]}" if place else ""
        title = _property(f"{found.code} {found.name}")
        at = f"{found.at}: " if found.at and not place else ""
        said = _data(f"{at}{found.message}. {found.remedy}")
        yield f"::{_WORDS[found.severity]} file={_property(found.file)}{where},title={title}::{said}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
