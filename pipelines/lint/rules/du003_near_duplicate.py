"""Two pictures that look alike.

What
    Two pictures of one split whose difference hashes differ in at most 6 of 64 bits, and whose brightness at 64 x 64
    pixels differs by less than 6 % on average. Flat pictures are not compared. Under `--deep`.

Why it hurts training
    Many of them are one picture many times; labels that differ between them contradict each other.

Example
    A burst of photos; the same photo at two sizes.

Instead
    Look at the two, and keep one where the other teaches nothing more.

Fix safety
    None: whether the small difference matters is for a person to say.

Sources
    N. Krawetz' dHash; idealo/imagededup's default for it is 10 bits, without the look at pixels that is taken here.

"""

from collections.abc import Iterator

from ..hits import Located
from ..state_looks import alike, once
from ..state_pictures import PicturesSeen, shown

DEEP = True
STORE = PicturesSeen


def judge(seen: PicturesSeen) -> Iterator[Located]:
    """A finding at every picture that looks like an earlier one of its split, the first of them."""
    for first, other, same in once(alike(seen), lambda pair: pair.first.split == pair.other.split):
        if not same and not seen.is_against(other.split):
            file, at = seen.place(other.row)
            yield Located(file, at, other.name, f"{shown(other)} looks like {shown(first)}: {seen.at(first.row)}")
