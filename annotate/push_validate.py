"""Checking regions against the project's label config before they leave: the server takes any with 201.

`LabelInterface` of label-studio-sdk knows most of what a control takes; it lets pass a missing size or rotation,
numbers that are texts or below zero, and what lies outside the picture (2.1.2). Those are looked at here.
"""

from math import isfinite
from typing import TYPE_CHECKING, Any

from ..schemas.errors import ConfigError
from .push_regions import UnfitError

if TYPE_CHECKING:
    from label_studio_sdk.label_interface.interface import LabelInterface

REFUSED = "AN004"
"""The rule for a region that the project's own check refuses."""

_OVER = 1e-6
"""Percent over the edge that are the rounding of a division."""
_PERCENT = ("x", "y", "width", "height", "radiusX", "radiusY")


class Validator:
    """The check of one label config. Raises `ConfigError` where the SDK cannot read it."""

    def __init__(self, config: str, place: str) -> None:
        self._interface = _open(config, place)

    def check(self, entries: list[dict[str, Any]]) -> None:
        """Raise `UnfitError` unless the project takes every entry as it stands."""
        for entry in entries:
            if fault := _fault(entry):
                raise UnfitError(REFUSED, entry["value"], fault)
        interface: Any = self._interface  # its methods have no types
        said = interface.validate_prediction({"result": entries}, return_errors=True)
        if isinstance(said, list) and said:
            raise UnfitError(REFUSED, entries[0]["value"], "; ".join(map(str, said))[:300])


def _open(config: str, place: str) -> "LabelInterface":
    from label_studio_sdk.label_interface.interface import LabelInterface

    try:
        return LabelInterface(config)
    except Exception as fault:  # whatever the SDK raises, it is the config that it could not read
        said = " ".join(str(fault).split())[:200]
        raise ConfigError(place, f"label-studio-sdk cannot read the label config: {said}", "Correct it.") from None


def _fault(entry: dict[str, Any]) -> str | None:
    value = entry["value"]
    numbers = [value[key] for key in _PERCENT if key in value]
    numbers += [axis for point in value.get("points", ()) for axis in point]
    if not all(isfinite(each) for each in (*numbers, value.get("rotation", 0.0))):
        return "a number of the region is none"
    if "original_width" in entry and min(entry["original_width"], entry["original_height"]) <= 0:
        return "the picture's size is not known"
    if entry["type"].startswith("rectangle") and min(value["width"], value["height"]) <= 0:
        return "the rectangle has no area"
    turned = value.get("rotation", 0.0) % 360 != 0 or "radiusX" in value  # corners may then be outside
    if not turned and not all(-_OVER <= each <= 100 + _OVER for each in numbers):
        return "the region lies outside the picture"
    return None
