"""Patterns of file names, as `.gitignore` has them: `*` and `?` within one folder, `**` across folders, `[a-c]`.

A pattern without `/` is about the file's own name in whatever folder; one with `/` is about the path from the folder of
the configuration on; one that ends in `/` is about everything in that folder.
"""

import os
import re
from functools import cache
from pathlib import Path
from re import Pattern

_PIECES = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^\]]+\]|.", re.DOTALL)


def fits(pattern: str, file: str, root: Path) -> bool:
    """Whether a file's name, as findings have it, is one that the pattern of a configuration in `root` means."""
    place = os.path.relpath(os.path.abspath(file), os.path.abspath(root))  # noqa: PTH100  links stay as they are
    return bool(_compiled(pattern).fullmatch(place.replace(os.sep, "/")))


@cache
def _compiled(pattern: str) -> Pattern[str]:
    whole = f"{pattern}**" if pattern.endswith("/") else pattern
    if "/" not in pattern.removesuffix("/"):
        whole = f"**/{whole}"
    whole = whole.removeprefix("./").removeprefix("/")
    return re.compile("".join(map(_translated, _PIECES.findall(whole))), re.DOTALL)


def _translated(piece: str) -> str:
    fixed = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(piece)
    if fixed is not None:
        return fixed
    if len(piece) > 1:  # a set of characters
        inner = piece[1:-1].replace("\\", r"\\")
        return f"[^/{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
    return re.escape(piece)
