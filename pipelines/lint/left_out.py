"""What a manifest says was left out because a recipe says so, as findings of the rules that did."""

from collections.abc import Iterator

from ...schemas.accounting import KINDS
from .build import Build
from .hits import Hits


def left_out(build: Build, code: str, what: str) -> Iterator[Hits]:
    """One finding where the accounting of a data set counts things rejected by `code`; `what` is one such thing."""
    accounting = build.manifest.get("accounting") or {}
    counts = {kind: ((accounting.get(kind) or {}).get("rejected") or {}).get(code, 0) for kind in KINDS}
    told = [f"{count:,} {kind}" for kind, count in counts.items() if count]
    if told:
        said = f"{' and '.join(told)} were left out by the recipe ({what})"
        yield Hits("", [0], lambda _place: said, lambda _place: max(counts.values()))
