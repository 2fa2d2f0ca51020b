"""Two different files of the same pixels.

What
    Pictures that are equal pixel by pixel once decoded, in files that are not. Under `--deep`.

Why it hurts training
    As DU001, and no comparison of files finds it.

Example
    A PNG saved anew with another compression; a JPEG whose EXIF was stripped.

Instead
    Keep one of the two.

Fix safety
    None: which name is to stay is for a person to say.

Sources
    imagededup's and cleanvision's exact duplicates are by content, not by bytes.

"""

from collections.abc import Iterator

from ..hits import Located
from ..state_looks import alike, once
from ..state_pictures import PicturesSeen, shown

DEEP = True
STORE = PicturesSeen


def judge(seen: PicturesSeen) -> Iterator[Located]:
    """A finding at every picture after the first of its kind and split."""
    for first, other, same in once(alike(seen), lambda pair: pair.same and pair.first.split == pair.other.split):
        if same and not seen.is_against(other.split):
            file, at = seen.place(other.row)
            yield Located(
                file, at, other.name, f"{shown(other)} has the pixels of {shown(first)}: {seen.at(first.row)}"
            )
