"""Answers that are JSON and not what was asked for: taken in as they must be, or one error that says where."""

import json
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.annotate.pull_bodies import bodies
from mmdata.annotate.pull_listing import changed, dense_range, newest_change
from mmdata.annotate.server import Server, ServerFault
from mmdata.schemas.errors import InputError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(1 << 80) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
TASK: dict[str, Any] = {
    "id": 7,
    "updated_at": "2026-11-23T08:00:00.000001Z",
    "data": {"image": "/7.jpg"},
    "annotations": [{"id": 70, "result": [], "was_cancelled": False}],
    "predictions": [],
}
ROW = {"id": 7, "updated_at": "2026-11-23T08:00:00.000001Z", "total_annotations": 1}


class Saying(Server):
    """A server of which only the answer is there; everything that looks at it is as ever."""

    def __init__(self, answer: Any) -> None:
        self.url, self.answer = "http://127.0.0.1:1", answer

    def get(self, path: str, params: Any = None, *_more: Any, **_named: Any) -> Any:
        return self.answer


@st.composite
def damaged(draw: st.DrawFn, sound: Any) -> Any:
    """The sound value with one thing in it exchanged, added or taken away."""
    if draw(st.booleans()) or not isinstance(sound, (dict, list)) or not sound:
        return draw(JSON)
    if isinstance(sound, list):
        return [draw(damaged(sound[0])), *sound[1:], *draw(st.sampled_from([[], sound]))]
    key = draw(st.sampled_from(sorted(sound)))
    left = {name: value for name, value in sound.items() if name != key}
    return left if draw(st.booleans()) else left | {key: draw(damaged(sound[key]))}


@given(damaged([TASK]))
@settings(max_examples=300, deadline=None)
def test_bodies_are_whole_or_refused(answer: Any) -> None:
    try:
        found = [body for some in bodies(Saying(answer), 1, [7], []) for body in some]
    except ServerFault as error:
        assert "/api/projects/1/export" in error.place
    else:
        for body in found:
            assert body.task == 7
            assert json.loads(body.text)["id"] == 7
            assert len(body.annotations) == len(json.loads(body.text)["annotations"])


@given(damaged({"total": 1, "tasks": [ROW]}))
@settings(max_examples=300, deadline=None)
def test_listings_are_read_or_refused(answer: Any) -> None:
    server = cast(Server, Saying(answer))
    for look in (lambda: newest_change(server, 1), lambda: dense_range(server, 1), lambda: changed(server, 1, None)):
        try:
            look()
        except InputError as error:
            assert error.remedy


def test_a_text_that_is_no_unicode_is_kept_by_its_escape() -> None:
    ((body,),) = bodies(Saying([TASK | {"data": {"image": "x\ud83dy", "more": "看板"}}]), 1, [7], [])
    assert body.text.isascii()
    assert json.loads(body.text)["data"] == {"image": "x\ud83dy", "more": "看板"}


def test_the_same_task_has_the_same_text_whatever_the_order() -> None:
    other = dict(reversed(TASK.items())) | {"annotations": [{"id": 71, "result": []}, *TASK["annotations"]]}
    both = [TASK | {"annotations": other["annotations"][::-1]}, other]
    texts = {body.text for task in both for (body,) in bodies(Saying([task]), 1, [7], [])}
    assert len(texts) == 1
