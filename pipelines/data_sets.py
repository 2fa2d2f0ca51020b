"""OUT of several data sets, as a recipe with several targets makes it: each in a folder of its own, with a manifest.

They hold the same samples, each in its model's way, so a search for duplicates over all of them would find every sample
again. Commands that look at samples therefore look at one of them.
"""

from pathlib import Path

from ..schemas.errors import InputError
from .commit.destination import read_manifest


def sets_in(out: Path) -> list[str]:
    """The folders of the data sets in OUT, in their order; none where OUT is itself one, or nothing of ours."""
    options = (read_manifest(out) or {}).get("options")
    outputs = options.get("outputs") if isinstance(options, dict) else None
    return [str(name) for name in outputs] if isinstance(outputs, dict) else []


def check_one(out: Path) -> None:
    """Raise `InputError` where OUT holds several data sets."""
    if names := sets_in(out):
        fact = f"holds {len(names)} data sets, of the same samples: {', '.join(names)}"
        raise InputError(str(out), fact, f"Name one of them, such as {out / names[0]}.")
