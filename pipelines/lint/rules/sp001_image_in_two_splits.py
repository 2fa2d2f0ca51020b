"""A picture in two splits.

What
    One file that rows of two splits show, or two files of the same bytes in two splits. Splits are those of a data set
    of mmdata's, those that the names of files tell (`train.json` and `val.json`), and what `--against` names.

Why it hurts training
    Nothing is hurt in training; its measure is. A test picture that was trained on is answered from memory, and of
    two models the one that remembers more looks better.

Example
    `images/0007.jpg` in `train.jsonl` and again in `val.jsonl`; one photo as `a.jpg` here and `b.jpg` there.

Instead
    Keep it in one split. `mmdata convert --split` does: pictures and groups are never torn apart. With `--dedup exact`
    copies under other names stay together too.

Fix safety
    None: which split it belongs to is for a person to say.

Sources
    Barz and Denzler, arXiv 1902.00423: 3.3 % and 10 % of CIFAR's test pictures are in its training sets, and accuracy
    falls by 9 to 14 % of itself without them; arXiv 2508.17416 finds leaks in every set that it looks at.

"""

from collections.abc import Iterator

from ..hits import Located
from ..state_pictures import Picture, PicturesSeen, shown

STORE = PicturesSeen


def judge(seen: PicturesSeen) -> Iterator[Located]:
    """A finding for every split after the first that holds a picture, at its first row there."""
    for group in seen.shared():
        yield from _said(seen, group, "is")
    for group in seen.copies:
        by_split = {each.split: each for each in reversed(group)}
        yield from _said(seen, [each for each in group if by_split[each.split] is each], "is, byte by byte,")


def _said(seen: PicturesSeen, group: list[Picture], how: str) -> Iterator[Located]:
    first, *others = sorted(group, key=lambda each: seen.rank(each.split))
    for other in others:
        if seen.differ(first.split, other.split):
            file, at = seen.place(other.row)
            told = f"{shown(other)} of {seen.name(other.split)} {how} {shown(first)} of {seen.name(first.split)}"
            yield Located(file, at, other.name, f"{told}: {seen.at(first.row)}")
