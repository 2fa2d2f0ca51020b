"""Two answers to one question about one picture, or two ways to label it.

What
    Rows with the same pictures and the same question and different answers, where both are short (six words) or hold
    coordinates: of longer ones, as of captions, several may be right. And picture files of the same bytes whose labels
    differ.

Why it hurts training
    The model is punished for either answer, and learns that things are there at random.

Example
    Receipts 012 and 015 of ICDAR 2019 SROIE are one file; one has 47 boxes, the other 44.

Instead
    Look at both and correct one.

Fix safety
    None: which of them is right is for a person to say. Conversion under `--dedup exact` keeps the first and lists the
    other.

Sources
    Northcutt et al., arXiv 2103.14749 (label errors in ten test sets); the receipts are of zzzDavid/ICDAR-2019-SROIE.

"""

from collections.abc import Iterator

from ..hits import Located
from ..state_pictures import PicturesSeen, shown
from ..state_texts import OTHER, ROW, SPLIT, TextsSeen

STORE = (PicturesSeen, TextsSeen)


def judge(pictures: PicturesSeen, texts: TextsSeen) -> Iterator[Located]:
    """A finding at every picture, and at every row, that says other than the first of its kind."""
    for group in pictures.copies:
        first, *others = sorted(group, key=lambda each: not pictures.is_against(each.split))
        for each in others:
            one = pictures.one_set(first.split, each.split)
            if one and each.said != first.said and not pictures.is_against(each.split):
                file, at = pictures.place(each.row)
                told = f"{shown(each)} has the bytes of {shown(first)}, which is labelled otherwise"
                told += f": {pictures.at(first.row)}"
                yield Located(file, at, each.name, told)
    for rows in texts.in_order(texts.asked.groups()):
        known = {int(rows[0, OTHER])}
        for row in rows[1:]:
            if int(row[OTHER]) not in known and not texts.is_against(int(row[SPLIT])):
                known.add(int(row[OTHER]))
                file, at = texts.place(int(row[ROW]))
                first_said = texts.said[int(rows[0, ROW])]
                told = f"{texts.at(int(rows[0, ROW]))} answers the same question about the same picture {first_said!r}"
                yield Located(file, at, texts.said[int(row[ROW])], told)
