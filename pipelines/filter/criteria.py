"""What a recipe keeps of a source, as data; `keep.py` does it."""

from dataclasses import dataclass
from typing import Literal

Script = Literal["latin", "han", "kana", "hangul", "cyrillic", "greek", "arabic", "hebrew", "devanagari", "thai"]


@dataclass(frozen=True)
class Keep:
    """What is kept of one source; the default is everything.

    `labels` are those that are kept (empty: all) less `drop_labels`. Sides and pixels are of upright pictures: the
    shorter side at least, the longer one at most. Areas are of the part of a box inside its picture, in pixels or as
    a share of the picture. `scripts` keeps what has at least half of its words in one of them; `min_text` and
    `max_text` count characters. `lint` are codes, beginnings of codes or names of rules.
    """

    labels: tuple[str, ...] = ()
    drop_labels: tuple[str, ...] = ()
    min_side: int | None = None
    max_side: int | None = None
    min_pixels: int | None = None
    max_pixels: int | None = None
    min_area: float | None = None
    max_area: float | None = None
    min_area_share: float | None = None
    max_area_share: float | None = None
    scripts: tuple[Script, ...] = ()
    min_text: int | None = None
    max_text: int | None = None
    lint: tuple[str, ...] = ()


EVERYTHING = Keep()
