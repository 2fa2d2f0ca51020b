"""Drift: the label config of a project is another one than that under which the store was pulled.

Changing it touches no task (`updated_at` stays), and the server lets labels in use be removed, so old and new
annotations would lie side by side in silence. A pull stops instead, and says which labels came and went; with
`--accept-drift` it goes on, and the part notes the new config. Spaces, the order of attributes, colours and hot keys
change nothing that an annotation says, and are no drift.
"""

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..converters.xml_reader import XmlError, parse
from ..schemas.errors import MmdataError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_LOOKS = {"background", "hotkey", "selectedColor", "style", "className"}


class DriftError(MmdataError):
    """The label config changed since the last pull, and nobody accepted that: exit code 3."""

    exit_code = 3


def check_drift(kept: Path, digest: str, config: str, out: Path, *, accept: bool) -> bool:
    """Whether the config is another one than the store's (the file `kept`, of this sha256); raises unless accepted."""
    if sha256(config.encode()).hexdigest() == digest:
        return False
    try:
        before = kept.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        before = ""
    old, new = _meaning(before), _meaning(config)
    if old is not None and old == new:
        return False
    if not accept:
        fact = f"was pulled under another label config: {_difference(before, config)}"
        remedy = (
            "Look whether old and new annotations belong together; then pull with --accept-drift, or into a new -o."
        )
        raise DriftError(str(out), fact, remedy)
    return True


def _difference(before: str, now: str) -> str:
    old, new = _named(before), _named(now)
    said = [f"{what} {_listed(names)}" for what, names in (("came", new - old), ("went", old - new)) if names]
    return "; ".join(said) or "the same labels and choices, other controls or settings"


def _listed(names: set[str]) -> str:
    shown = ", ".join(map(repr, sorted(names)[:5]))
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown


def _meaning(config: str) -> Any:
    """The config without what only the eye sees; None where it is no XML."""
    try:
        return _element(parse(config.encode()))
    except XmlError:
        return None


def _element(element: "Element") -> tuple[Any, ...]:
    told = sorted((name, value) for name, value in element.attrib.items() if name not in _LOOKS)
    text = ((element.text or "").strip(), (element.tail or "").strip())
    return (element.tag, told, text, [_element(each) for each in element])


def _named(config: str) -> set[str]:
    """Every label and choice that a config names."""
    try:
        root = parse(config.encode())
    except XmlError:
        return set()
    return {value for each in root.iter() if each.tag in ("Label", "Choice") and (value := each.get("value"))}
