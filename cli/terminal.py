"""Text for a terminal: what comes from data is shown, never obeyed."""

import re

import click

_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters, the escape that begins a terminal command among them
    "\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"  # marks that turn the direction of text, line separators
    "\ud800-\udfff]"  # bytes of a file name that are no UTF-8
)


def visible(text: object) -> str:
    """The text on one line, with everything that a terminal would act on written as an escape (ESC as x1b)."""
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), str(text))


def visible_lines(text: str, indent: str = "") -> str:
    """The same for text of several lines, each indented."""
    return "\n".join(indent + visible(line) for line in text.split("\n"))


def say(text: str) -> None:
    """One message on stderr: everything that is no result goes there. A stderr on a full disk changes no result."""
    try:
        click.echo(text, err=True)
    except BrokenPipeError:
        raise
    except OSError:
        return


def shortened(text: str, most: int = 200) -> str:
    """The text, cut in the middle where it is longer than `most` characters: both ends of a path say something."""
    if len(text) <= most:
        return text
    half = (most - 1) // 2
    return f"{text[:half]}…{text[-half:]}"
