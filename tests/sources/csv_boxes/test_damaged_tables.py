"""Tables of boxes that are damaged: what one cell holds costs its row at most."""

from pathlib import Path
from typing import Any

import pytest
from mmdata.schemas.errors import InputError


def test_a_nought_byte_in_one_cell_does_not_hide_the_table(reading: Any, tmp_path: Path) -> None:
    """UTF-16 without its mark has them from the first line on: that is no text here. One in a row is of that row."""
    table = tmp_path / "a.csv"
    table.write_bytes(b"image,x1,y1,x2,y2,label,width,height\na.png,1,2,3,4,cat,9,9\na.png,1,2,3,4,c\0t,9,9\n")
    assert [each["label"] for each in reading("csv", table, check=False).objects()] == ["cat", "c\0t"]
    table.write_bytes("image,x1,y1,x2,y2,label\n".encode("utf-16-le"))
    with pytest.raises(InputError, match="no table of boxes"):
        reading("csv", table, check=False)
