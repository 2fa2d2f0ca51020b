"""Nothing in the repository names a machine's folders or a package index's host."""

import re
import subprocess
from pathlib import Path

# Written in pieces, so that this file is none of its own findings.
PATTERNS = {
    "a machine's folder": re.compile(rb"(?<![\w.])/(?:wo" rb"rk|ro" rb"ot|tmp/w|opt/py" rb"pi)/"),
    "a package index": re.compile(
        rb"(?:pypi\.o" rb"rg|pythonhos" rb"ted|npm" rb"js\.org|extra-index-" rb"url|find-" rb"links)"
    ),
}
TEXT = {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".jsonl", ".xml", ".css", ".sh", ""}


def test_no_file_names_a_machine(root: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True)
    paths = [root / name for name in listed.stdout.split("\0") if name]
    found = [
        f"{path.relative_to(root)}: {what}: {match[0].decode()}"
        for path in paths
        if path.suffix in TEXT and path.is_file() and not path.is_symlink()
        for what, pattern in PATTERNS.items()
        if (match := pattern.search(path.read_bytes()))
    ]
    assert not found
