"""Golden cases of every source that has them in the common form: a folder each below `tests/sources/SOURCE/cases`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SOURCES = Path(__file__).parent
NAMES = {
    "captions": "captions",
    "csv_boxes": "csv",
    "cvat": "cvat",
    "dota": "dota",
    "labelme": "labelme",
    "ocr": "ocr",
    "openimages": "openimages",
    "via": "via",
}
"""Sources by the folder of their cases. Adding one is a line here and the folder."""

CASES = [case for folder in NAMES for case in sorted((SOURCES / folder / "cases").iterdir())]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.parent.name}-{case.name}")
def test_case(case: Path, telling: Callable[[Path, str], dict[str, Any]]) -> None:
    """What a case's files give is what its `out.json` says, to the last value."""
    expected = json.loads((case / "out.json").read_text(encoding="utf-8"))
    # as text, so that NaN equals NaN
    told = json.dumps(telling(case, NAMES[case.parent.parent.name]), indent=1)
    assert told == json.dumps(expected, indent=1)
