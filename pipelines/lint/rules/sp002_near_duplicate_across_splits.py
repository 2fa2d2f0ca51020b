"""Nearly the same picture in two splits.

What
    Two pictures of two splits that look alike: their difference hashes differ in at most 6 of 64 bits, and at 64 x 64
    pixels their brightness differs by less than 6 % on average. Flat pictures are not compared. Under `--deep`.

Why it hurts training
    As SP001: what differs only by a re-encoding, a resize or a moment was trained on all the same.

Example
    A photo in `train` and its copy at half the size in `val`; two frames of one film, a second apart.

Instead
    Keep pictures of one scene in one split.

Fix safety
    None: which split it belongs to is for a person to say.

Sources
    Barz and Denzler, arXiv 1902.00423 (most of CIFAR's leaks are near duplicates); the hash is N. Krawetz' dHash.

"""

from collections.abc import Iterator

from ..hits import Located
from ..state_looks import alike, once
from ..state_pictures import PicturesSeen, shown

DEEP = True
STORE = PicturesSeen


def judge(seen: PicturesSeen) -> Iterator[Located]:
    """A finding at the later of two pictures of two splits that have names."""
    for one, other, same in once(alike(seen), lambda pair: seen.differ(pair.first.split, pair.other.split)):
        first, second = sorted((one, other), key=lambda each: seen.rank(each.split))
        file, at = seen.place(second.row)
        how = "has the pixels of" if same else "looks like"
        told = f"{shown(second)} of {seen.name(second.split)} {how} {shown(first)} of {seen.name(first.split)}"
        yield Located(file, at, second.name, f"{told}: {seen.at(first.row)}")
