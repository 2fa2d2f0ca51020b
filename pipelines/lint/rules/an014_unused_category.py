"""A category without one annotation.

What
    A name of the category list (COCO), or of the file of names (YOLO), that no object of what is linted has. All
    files of a folder count together; one finding names them.

Why it hurts training
    The model is asked about a class, or lists it, and never sees one. Often it was misspelt, or was left behind by a
    subset.

Example
    80 categories in a file of which 36 are annotated

Instead
    Take the name off, or find out where its objects went.

Fix safety
    None.

Sources
    openvinotoolkit/datumaro, validator "LabelDefinedButNotFound".

"""

from collections.abc import Iterator

import numpy as np

from ..hits import Located
from ..labels import Labels
from ..settings import Settings

_NAMED = 8


def start(_settings: Settings) -> "_Unused":
    """Names over the whole set."""
    return _Unused()


class _Unused:
    """Every name that a batch's dictionary has, and whether an object bears it: O(classes)."""

    def __init__(self) -> None:
        self.used: dict[str, bool] = {}
        self.file = ""

    def see_labels(self, labels: Labels) -> None:
        """Note the names of a batch and those it uses."""
        counts = np.bincount(labels.labels, minlength=len(labels.label_names))
        for name, count in zip(labels.label_names, counts.tolist(), strict=True):
            if name:
                self.used[name] = self.used.get(name, False) or count > 0
        if not self.file and len(labels.label_names) > 0 and len(labels.batch):
            self.file = labels.places("", [0])[0][0]

    def finish(self) -> Iterator[Located]:
        """All unused names in one finding."""
        unused = [name for name, used in self.used.items() if not used]
        if unused and len(unused) < len(self.used):
            more = f" and {len(unused) - _NAMED} more" if len(unused) > _NAMED else ""
            named = ", ".join(map(repr, unused[:_NAMED]))
            said = f"{len(unused)} of {len(self.used)} categories have no annotation: {named}{more}"
            yield Located(self.file, "", unused[:_NAMED], said)
