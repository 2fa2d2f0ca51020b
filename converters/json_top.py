"""What stands at the top of a JSON file, from its head alone: for telling formats apart."""

import json
import re
from functools import lru_cache
from pathlib import Path

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"(\s*:)?|[{}\[\]]')


def top_level(path: Path, limit: int = 1 << 20) -> dict[str, str] | None:
    """What stands at the top of a JSON file, from its first `limit` bytes: {key: the first characters of its value}.

    A top-level array is {"": the first characters of it}. None when the head is not JSON. For sniffing; never raises
    for bad content.
    """
    try:
        with path.open("rb") as file:
            head = file.read(limit)
    except OSError:
        return None
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").lstrip(" \t\r\n")
    if text.startswith("["):
        return {"": text[:4096]}
    return dict(_keys_at_top(text)) if text.startswith("{") else None


@lru_cache(maxsize=2)  # every source that might read a file asks this of the same head
def _keys_at_top(text: str) -> dict[str, str]:
    """Keys of the outermost object as far as the head goes; nesting is followed, strings are skipped."""
    found: dict[str, str] = {}
    depth = 0
    for match in _TOKENS.finditer(text):
        mark = match.group()
        if mark in "{[":
            depth += 1
        elif mark in "}]":
            depth -= 1
        elif depth == 1 and match.group(1) is not None:
            try:
                key = json.loads(mark[: mark.rindex('"') + 1])
            except ValueError:
                continue
            found.setdefault(key, text[match.end() : match.end() + 4096].lstrip())
    return found
