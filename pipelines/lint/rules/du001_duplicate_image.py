"""Two picture files of the same bytes, labelled alike.

What
    Files of the same bytes under two names, in one split, of which the labels say the same. Conversion keeps one copy
    under `--dedup exact`; lint tells all others.

Why it hurts training
    It counts twice: rare scenes become common, and a split may part the copies.

Example
    `img1.png` and `img4.png` of data-juicer's test data.

Instead
    `--dedup exact`, or delete the copies.

Fix safety
    None in lint; `--dedup exact` of conversion keeps the first.

Sources
    Lee et al., arXiv 2107.06499 (what repetition does to language models); data-juicer and imagededup look for it.

"""

from collections.abc import Iterator

from ..hits import Located
from ..state_pictures import PicturesSeen, shown

STORE = PicturesSeen


def judge(seen: PicturesSeen) -> Iterator[Located]:
    """A finding at every copy after the first of one split, where labels do not say otherwise."""
    for group in seen.copies:
        for split in dict.fromkeys(each.split for each in group):
            first, *others = [each for each in group if each.split == split]
            for each in () if seen.is_against(split) else others:
                if each.said == first.said:
                    file, at = seen.place(each.row)
                    yield Located(
                        file, at, each.name, f"{shown(each)} has the bytes of {shown(first)}: {seen.at(first.row)}"
                    )
