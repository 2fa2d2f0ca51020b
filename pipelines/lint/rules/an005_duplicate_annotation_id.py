"""Two annotations with one id.

What
    The `id` of an annotation is also that of another one of the same file. Entries of a keypoints file with the id of
    an instance are that instance, and no fault.

Why it hurts training
    Evaluation keeps one of the two, so that a model with perfect boxes scores 0; masks are taken from the wrong
    entry; whoever looks a bad sample up by its id finds the other one.

Example
    `{"id": 7, "image_id": 1, …}, {"id": 7, "image_id": 2, …}`: two files joined without numbering anew.

Instead
    Number the annotations of the whole file anew.

Fix safety
    Safe: the second gets the number behind the largest that is there. Pictures, boxes and labels stay as they are.

Sources
    facebookresearch/maskrcnn-benchmark #539 (AP 0 with good predictions); dbolya/yolact #103 (wrong masks);
    pedropro/TACO #46 (a published set).

"""

from ....schemas.finding import Edit, Finding, Fix


def mend(found: Finding) -> Fix | None:
    """Another id for the second of two."""
    if not found.at.endswith("/id"):
        return None
    return Fix("safe", "Give it an id of its own", (Edit(found.file, found.at, "renumber"),))
