"""A picture of a benchmark in the training data.

What
    A picture whose sha256 is in the file that `--against` names, as `sha256sum` writes it.

Why it hurts training
    Results on that benchmark would not count.

Example
    `mmdata lint OUT --against docvqa_test.sha256`, made by `sha256sum docvqa/test/*.png > docvqa_test.sha256`.

Instead
    Leave the picture out. Where you have the benchmark's pictures, `--against FOLDER` finds them by SP001, and under
    `--deep` what looks like them by SP002.

Fix safety
    None: other samples may go with it.

Sources
    arXiv 2508.17416 (leaks between sets that models are trained on and those by which they are measured).

"""

from collections.abc import Iterator

from ..hashes import holds_hashes, read_hashes
from ..hits import Located
from ..state_pictures import PicturesSeen

STORE = PicturesSeen


def judge(seen: PicturesSeen) -> Iterator[Located]:
    """A finding at the first row of every picture whose hash is listed."""
    against = seen.settings.against
    if against is None or not holds_hashes(against):
        return
    listed = {bytes.fromhex(each.sha256): each.name for each in read_hashes(against)}
    found = [(picture, listed[key]) for digest, picture in seen.hashes() if (key := bytes.fromhex(digest)) in listed]
    for picture, name in sorted(found, key=lambda each: each[0].row):
        file, at = seen.place(picture.row)
        yield Located(file, at, picture.name, f"the picture is listed in {against.name}{name and f' as {name}'}")
