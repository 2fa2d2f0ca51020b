"""Golden cases of CVAT, LabelMe, VIA, Open Images and tables: a folder each below `tests/sources/SOURCE/cases`.

A case is `in/`, perhaps `options.json` (`input` and `check` beside the source's own options), and `out.json`.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mmdata.schemas.errors import MmdataError

SOURCES = Path(__file__).parent.parent
NAMES = {"cvat": "cvat", "labelme": "labelme", "via": "via", "openimages": "openimages", "csv_boxes": "csv"}
CASES = sorted(
    case.relative_to(SOURCES).as_posix() for folder in NAMES for case in (SOURCES / folder / "cases").iterdir()
)
PATHS = ("class_descriptions", "sizes")


def outcome(case: Path, source: str, reading: Callable[..., Any]) -> dict[str, Any]:
    """What reading the case gives, as its `out.json` holds it: what is null, false or empty is left out."""
    options_file = case / "options.json"
    options = json.loads(options_file.read_text()) if options_file.exists() else {}
    path = case / "in" / options.pop("input", ".")
    options = {key: case / "in" / value if key in PATHS else value for key, value in options.items()}
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    try:
        result = reading(source, path, **options)
    except MmdataError as error:
        told = [error.place, error.fact, error.remedy]
        return {"error": [type(error).__name__, *(each.replace(f"{case}/", "") for each in told)]}
    result.assert_balanced()
    keys = ("code", "kind", "file", "at", "value", "message")
    return {
        "records": [short(row) for row in result.rows],
        "rejected": [[_below(case, found[key]) for key in keys] for found in result.rejected],
        "remarks": [
            [_below(case, getattr(found, key)) for key in keys if key != "kind"] for found in result.accounting.findings
        ],
    }


def short(row: dict[str, Any]) -> dict[str, Any]:
    def kept(thing: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in thing.items() if key[:1] in "xy" or value not in (None, False, [], 0)}

    lists = {name: [kept(each) for each in row[name]] for name in ("media", "objects", "captions") if row[name]}
    for thing in lists.get("objects", []):
        if "attributes" in thing:
            thing["attributes"] = json.loads(thing["attributes"])
    return {"id": row["id"], "at": row["at"], **({"group": row["group"]} if row["group"] else {}), **lists}


def _below(case: Path, value: object) -> object:
    return value.replace(f"{case}/", "") if isinstance(value, str) else value


@pytest.mark.parametrize("case", CASES)
def test_case(case: str, reading: Callable[..., Any]) -> None:
    """What a case's files give is what its `out.json` says, to the last value."""
    found = outcome(SOURCES / case, NAMES[case.partition("/")[0]], reading)
    expected = json.loads((SOURCES / case / "out.json").read_text(encoding="utf-8"))
    # as text, so that NaN equals NaN
    assert json.dumps(found, indent=1) == json.dumps(expected, indent=1)
