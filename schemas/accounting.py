"""Accounting: everything read is written or rejected, and every rejection has a place, a value and a reason."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from .errors import InternalError
from .finding import Finding, Fix, finding
from .rule import RULES
from .shown import Shown, shown

Kind = Literal["annotations", "images", "samples"]
KINDS: tuple[Kind, ...] = ("annotations", "images", "samples")

FINDINGS_SHOWN = 20


class InputFile(msgspec.Struct, frozen=True):
    """One file that was read: `bytes` and `sha256` are of its whole content."""

    path: str
    bytes: int
    sha256: str


_encode = msgspec.json.Encoder(enc_hook=str).encode


@dataclass
class Accounting:
    """Counts what was read, written and rejected, per kind and rule, and passes each rejection on as a line of JSON.

    `sink` takes each rejection's bytes (one JSON object and a newline), in the order of the data; `told` each rejection
    itself; `heard` is told of every so many bytes read, and of every file that was read whole. `names` are what local
    copies are called in all that is kept.
    Annotations, images and samples are counted apart; the balance is checked by `check`.
    """

    sink: Callable[[bytes], object] = field(default=lambda _line: None)
    told: Callable[[Finding], object] = field(default=lambda _found: None)
    read_counts: Counter[str] = field(default_factory=Counter[str])
    written_counts: Counter[str] = field(default_factory=Counter[str])
    rejected: dict[str, Counter[str]] = field(default_factory=lambda: {kind: Counter[str]() for kind in KINDS})
    remarks: Counter[str] = field(default_factory=Counter[str])
    findings: list[Finding] = field(default_factory=list[Finding])
    remarks_kept: int | None = FINDINGS_SHOWN  # of a rule; None: all
    inputs: list[InputFile] = field(default_factory=list[InputFile])
    heard: Callable[[int, int], object] = field(default=lambda _bytes, _files: None)  # for whoever shows progress
    partly: dict[str, int] = field(default_factory=dict[str, int])
    examples: dict[str, Finding] = field(default_factory=dict[str, Finding])
    names: Shown = ()

    def read(self, kind: Kind, count: int = 1) -> None:
        """`count` more things of that kind were seen in the input."""
        self.read_counts[kind] += count

    def write(self, kind: Kind, count: int = 1) -> None:
        """`count` more things of that kind reached the output."""
        self.written_counts[kind] += count

    def reject(self, kind: Kind, code: str, *, file: str, at: str, value: object = None, message: str) -> None:
        """One thing that was read does not reach the output, because of rule `code`.

        `message` says what is wrong with the value in it; the rule adds the remedy.
        """
        file, value, message = shown(file, self.names), self._shown(value), shown(message, self.names)
        found = finding(RULES[code], kind=kind, file=file, at=at, value=value, message=message)
        self.rejected[kind][code] += 1
        self.examples.setdefault(f"{kind}:{code}", found)
        self.sink(_encode(found) + b"\n")
        self.told(found)

    def remark(
        self,
        code: str,
        *,
        file: str,
        at: str,
        value: object = None,
        message: str,
        count: int = 1,
        fix: Fix | None = None,
    ) -> None:
        """Something worth knowing about what is kept. `count` stands for that many of which this is the first.

        The first `remarks_kept` of a rule (20, or all) are kept in full, the rest as a number. `fix` is what would mend
        it, where only its reader can tell.
        """
        if self.room_for(code):
            file, value, message = shown(file, self.names), self._shown(value), shown(message, self.names)
            said = finding(RULES[code], kind="remark", file=file, at=at, value=value, message=message, fix=fix)
            self.findings.append(said)
        self.remarks[code] += count

    def room_for(self, code: str) -> int:
        """How many more remarks of a rule would be kept in full."""
        most = sys.maxsize if self.remarks_kept is None else self.remarks_kept
        return max(0, most - self.remarks[code])

    def input(self, path: str, size: int, sha256: str) -> None:
        """A file was read whole; `size` in bytes, `sha256` in hex."""
        self.inputs.append(InputFile(shown(path, self.names), size, sha256))
        self.heard(size - self.partly.pop(path, 0), 1)

    def input_so_far(self, path: str, size: int) -> None:
        """That many bytes of a large file were read; `input` follows at its end."""
        self.heard(size - self.partly.get(path, 0), 0)
        self.partly[path] = size

    def _shown(self, value: object) -> object:
        return shown(value, self.names) if isinstance(value, str) else value

    def faults(self, kind: Kind) -> int:
        """How many of that kind were rejected because something is wrong, not because an option says so."""
        return sum(count for code, count in self.rejected[kind].items() if not RULES[code].choice)

    def balance(self) -> dict[str, dict[str, Any]]:
        """The manifest's `accounting`: {kind: {read, written, rejected: {code: count}}}."""
        return {
            kind: {
                "read": self.read_counts[kind],
                "written": self.written_counts[kind],
                "rejected": dict(sorted(self.rejected[kind].items())),
            }
            for kind in KINDS
        }

    def check(self) -> None:
        """Raise `InternalError` unless read = written + rejected for every kind."""
        for kind, counts in self.balance().items():
            left_out = sum(counts["rejected"].values())
            if counts["read"] != counts["written"] + left_out:
                raise InternalError(
                    kind,
                    f"{counts['read']} read, {counts['written']} written and {left_out} rejected do not balance",
                    "This is a fault of mmdata's: please report it with the command and the input.",
                )
