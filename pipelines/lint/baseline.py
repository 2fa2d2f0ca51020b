"""The baseline: the findings that an old data set is known for, so that only new ones count.

A file of JSON: `{"mmdata_lint_baseline": 1, "findings": {FINGERPRINT: count}}`. A fingerprint is a hash of the rule,
the file's name relative to the baseline, and the message with its value: not of the place, which moves when a line is
put in above. As many findings of one fingerprint are forgiven as were there when it was written.
"""

import json
import os
from collections import Counter
from hashlib import sha256
from pathlib import Path

from ...schemas.errors import InputError
from ...schemas.finding import Finding

_KEY = "mmdata_lint_baseline"


def is_baseline(path: Path) -> bool:
    """Whether a file is one, of whatever version."""
    try:
        held = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(held, dict) and _KEY in held


class Baseline:
    """Known findings; `forgives` uses one up each time, `knows` adds one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._folder = os.path.realpath(path.parent)
        self.left: Counter[str] = Counter()

    def read(self) -> "Baseline":
        """Itself with what the file holds. Raises `InputError` where it is none."""
        try:
            held = json.loads(self.path.read_bytes())
            self.left = Counter({str(key): int(count) for key, count in held["findings"].items()})
            if held[_KEY] != 1:
                raise ValueError(f"version {held[_KEY]}")
        except OSError as fault:
            remedy = "Write one with --write-baseline."
            raise InputError(str(self.path), f"cannot be read ({fault.strerror})", remedy) from None
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise InputError(str(self.path), f"is no baseline: {fault}", "Write one with --write-baseline.") from None
        return self

    def forgives(self, found: Finding) -> bool:
        """Whether one more of this finding is known; it is used up by being asked."""
        key = self._fingerprint(found)
        if self.left[key] <= 0:
            return False
        self.left[key] -= 1
        return True

    def knows(self, found: Finding) -> None:
        """From now on one more of this finding is known."""
        self.left[self._fingerprint(found)] += 1

    def write(self) -> None:
        """Put what is known into the file, whole or not at all. Raises `OutputError`."""
        from ..report.atomic import write_whole

        text = json.dumps({_KEY: 1, "findings": dict(sorted(self.left.items()))}, indent=1) + "\n"
        write_whole(self.path, lambda file: file.write(text.encode()))

    def _fingerprint(self, found: Finding) -> str:
        file = os.path.relpath(os.path.realpath(found.file), self._folder) if found.file else ""
        said = "\0".join((found.code, file.replace(os.sep, "/"), found.message))
        return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:24]
