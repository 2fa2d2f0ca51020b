"""A segment that is no thing.

What
    Segments of a panoptic set whose category says `isthing: 0`: sky, road, grass. One finding a file counts them.

Why it hurts training
    The box around the sky is the upper half of the picture: it teaches little, and "where is the wall" has no one
    answer.

Example
    `{"id": 119, "name": "sky-other-merged", "isthing": 0}`

Instead
    Leave them out with `--stuff drop`, or keep them on purpose.

Fix safety
    None.

Sources
    A. Kirillov et al., "Panoptic Segmentation", 2019.

"""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pyarrow.compute as pc

from ....converters.table import entries
from ..hits import Located
from ..labels import Labels
from ..settings import Settings

_STUFF = '"isthing":false'
_NAMED = 4


def start(_settings: Settings) -> "_Stuff":
    """Stuff over a whole file."""
    return _Stuff()


class _Stuff:
    """By file where the first segment of stuff is, and how many there are of each name: O(classes)."""

    def __init__(self) -> None:
        self.first: dict[str, str] = {}
        self.count: dict[str, Counter[str]] = {}

    def see_labels(self, labels: Labels) -> None:
        """Count the stuff of a batch."""
        said = entries(labels.batch, "objects", "attributes")
        if said.null_count == len(said):
            return
        stuff = pc.fill_null(pc.match_substring(said, _STUFF), False).to_numpy(zero_copy_only=False)
        places = np.flatnonzero(stuff)
        if len(places):
            file, at = labels.places("objects", [int(places[0])])[0]
            self.first.setdefault(file, at)
            names = (labels.label_names[code] for code in labels.labels[places].tolist())
            self.count.setdefault(file, Counter()).update(names)

    def finish(self) -> Iterator[Located]:
        """One finding a file."""
        for file, at in self.first.items():
            count = self.count[file]
            named = ", ".join(repr(name) for name, _ in count.most_common(_NAMED))
            yield Located(file, at, count.total(), f"{count.total()} segments are no things: {named}")
