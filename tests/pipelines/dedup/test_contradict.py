"""Whether near duplicates are labelled alike: the same labels, and every box near one of its label, both ways."""

import numpy as np
import pytest
from mmdata.converters.records import Media, Object, Record, batches
from mmdata.pipelines.dedup.contradict import Drawn, agreeing, drawn, drawn_alike
from mmdata.schemas.box import Box


def of(*things, words=b""):
    """Labels and boxes in parts of the picture."""
    return Drawn(tuple(label for label, *_ in things), np.array([box for _, *box in things], np.float32), words)


MUG, FAR = ("mug", 0.1, 0.1, 0.3, 0.3), ("mug", 0.6, 0.6, 0.8, 0.8)


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ([MUG, FAR], [FAR, MUG], True),
        ([MUG], [("mug", 0.1, 0.1, 0.3, 0.39)], True),
        ([MUG], [("mug", 0.1, 0.1, 0.3, 0.41)], False),
        ([MUG], [("cat", 0.1, 0.1, 0.3, 0.3)], False),
        ([MUG], [MUG, MUG], False),
        ([MUG, MUG], [MUG, FAR], False),
        ([MUG, FAR], [MUG, MUG], False),
        ([MUG, ("cat", *FAR[1:])], [("cat", *MUG[1:]), FAR], False),
        ([], [], True),
        ([], [MUG], False),
    ],
)
def test_each_box_has_one_of_its_label_near_it(one, other, wanted):
    assert drawn_alike(of(*one), of(*other)) is wanted
    assert agreeing(of(*one, words=b"x"), of(*other, words=b"x")) is wanted
    assert not agreeing(of(*one, words=b"x"), of(*other, words=b"y"))


def test_boxes_on_pictures_of_one_record_are_never_near_each_other():
    """In parts of their own picture, those of the second far to the right of the first's."""
    media = [Media("a.jpg", 100, 50), Media("b.jpg", 200, 100)]
    pages = [[Object("", "mug", Box(10, 10, 50, 20), media=page)] for page in (0, 1)]
    (batch,) = batches([Record(f"{page}", "f", "/", media, objects=objects) for page, objects in enumerate(pages)])
    first, second = drawn(batch, [b"", b""])
    assert np.allclose(first.boxes, [[0.1, 0.2, 0.5, 0.4]])
    assert np.allclose(second.boxes, [[2.05, 0.1, 2.25, 0.2]])
    assert not drawn_alike(first, second)
