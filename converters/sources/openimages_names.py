"""The words of Open Images' label codes: `/m/01g317,Person`, with or without the header LabelName,DisplayName."""

import re
from pathlib import Path

from ...schemas.accounting import Accounting
from ...schemas.errors import ConfigError
from .csv_rows import csv_rows, head_rows

_CODE = re.compile(r"/[a-z]/[A-Za-z0-9_]+")


def is_code(label: str) -> bool:
    """Whether a label is a code of the Knowledge Graph (`/m/…`, `/g/…`) and no words."""
    return bool(_CODE.fullmatch(label))


def find_descriptions(boxes: Path, top: Path) -> Path | None:
    """The class-descriptions CSV beside the boxes, else above them up to the input folder; None where there is none.

    Of several the one with the shortest name: `class-descriptions-boxable.csv` stands beside longer lists of more.
    """
    folders = [boxes.parent, *(folder for folder in boxes.parent.parents if folder == top or top in folder.parents)]
    for folder in folders:
        named = sorted(folder.glob("*class-descriptions*.csv"), key=lambda file: (len(file.name), file.name))
        if found := next((file for file in named if _has_codes(file)), None):
            return found
    return None


def _has_codes(file: Path) -> bool:
    return any(len(row) == 2 and is_code(row[0]) for row in head_rows(file, 2))


class ClassNames:
    """The words by their codes. Raises `ConfigError` when the file is not there or holds no code."""

    def __init__(self, path: Path, accounting: Accounting) -> None:
        if not path.is_file():
            raise ConfigError(f"--class-descriptions {path}", "there is no such file", "Give the CSV of code,words.")
        self.path = path
        self._words = {cells[0]: cells[1] for _, cells in csv_rows(path, accounting) if len(cells) > 1}
        if not any(map(is_code, self._words)):
            raise ConfigError(f"--class-descriptions {path}", "no row is code,words", "Give the CSV of code,words.")

    def words(self, code: str) -> str:
        """The words of a code, "" where there are none."""
        return self._words.get(code, "")
