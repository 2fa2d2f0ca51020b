"""Every target, every box: rendered, decoded, within the grid's bound, with its words and its picture."""

import json
from collections.abc import Iterable
from itertools import accumulate, combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.converters.targets import TARGETS, load_target
from mmdata.converters.targets.protocol import Decoded, RenderOptions
from mmdata.pipelines.shards import FORMS
from mmdata.schemas.box import hull

ALL = [name for name in TARGETS if getattr(load_target(name), "CARRIES_BOXES", True)]

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1, max_size=12).filter(
    str.strip
)
share = st.floats(0, 1)
sides = st.tuples(st.integers(1, 9000), st.integers(1, 9000)).filter(lambda size: max(size) <= 200 * min(size))
limits = st.sampled_from([{}, {"max_pixels": 50176, "min_pixels": 784}, {"max_pixels": 1003520}])


def drawn(shares: list[float], size: tuple[int, int]) -> list[float]:
    (x1, x2), (y1, y2) = sorted(shares[0:2]), sorted(shares[2:4])
    return [x1 * size[0], y1 * size[1], x2 * size[0], y2 * size[1]]


@st.composite
def answers(draw: Any, place: int, size: tuple[int, int]) -> list[dict[str, Any]]:
    """Boxes on one picture, with words of their own or those of the box before."""
    boxes = draw(
        st.lists(st.tuples(st.lists(share, min_size=4, max_size=4), st.none() | words), min_size=1, max_size=4)
    )
    return [{"box": drawn(shares, size), "text": text, "media": place} for shares, text in boxes]


@st.composite
def samples(draw: Any, several: bool = True) -> dict[str, Any]:
    """A picture a question and an answer about it, or all pictures at once and one answer about all."""
    media = draw(st.lists(sides, min_size=1, max_size=3 if several else 1))
    said = [draw(answers(place, size)) for place, size in enumerate(media)]
    shown = [{"image": place} for place in range(len(media))]
    if draw(st.booleans()):
        turns: list[Any] = [
            ["user", [*shown, "Find everything."]],
            ["assistant", [box for boxes in said for box in boxes]],
        ]
    else:
        turns = [
            turn
            for image, boxes in zip(shown, said, strict=True)
            for turn in (["user", [image, "Find everything."]], ["assistant", boxes])
        ]
    return {"id": "s", "media": [[f"/d/{at}.jpg", *size] for at, size in enumerate(media)], "turns": turns}


ONE_PICTURE = {"llava", "yi-vl", "vary-toy", "minigpt-v2", "cogvlm", "cogvlm2", "glm-4v", "visualglm"}
LAST_CELL_SHORT = {"qwen-vl", "vary-toy", "cogvlm", "cogvlm2", "glm-4v", "glm-4.5v", "visualglm"}
"""Those whose largest number is 999 of 1000: the far edge comes back a whole step off."""


def carries_several(target: str) -> bool:
    return target not in ONE_PICTURE


def bounds(target: str, size: tuple[int, int], options: RenderOptions) -> tuple[float, float]:
    """The stated error in pixels across and down, however a coordinate lies."""
    part = 0.5 if options.rounding == "nearest" else 1.0
    if target in ("swift", "webdataset", "energon", "mds", "huggingface", "imagefolder"):
        return 1e-9, 1e-9
    if target in ("llava", "yi-vl"):
        return (part * max(size) / (100 if target == "llava" else 999),) * 2
    if target == "minigpt-v2":
        return part * size[0] / 100, part * size[1] / 100
    if target == "qwen2.5-vl":
        from mmdata.converters.targets.qwen2_5_vl import FACTOR, PIXELS
        from mmdata.converters.targets.smart_resize import pixel_limits, smart_resize
        from numpy import array

        new = smart_resize(array([size], float), FACTOR, pixel_limits(options, PIXELS))[0].tolist()
        return size[0] / new[0], size[1] / new[1]
    part = 1.0 if target in LAST_CELL_SHORT else part
    return part * size[0] / 1000, part * size[1] / 1000


def carried(labels: list[str | None]) -> list[str | None]:
    """A box without words has those of the box before it in its answer."""
    return list(accumulate(labels, lambda before, own: own or before))


def there_and_back(target: str, sample: dict[str, Any], options: RenderOptions, batch_of: Any) -> list[Decoded]:
    module = load_target(target)
    (row,) = module.render(batch_of([sample]), options)
    return module.decode(json.loads(row), [(width, height) for _, width, height in sample["media"]], options)


def blunted(target: str, sample: dict[str, Any]) -> dict[str, Any]:
    """The sample with labels that the target takes, as `--reserved-text blunt` makes them."""
    blunt = load_target(target).blunt

    def part(said: Any) -> Any:
        return {**said, "text": blunt(said["text"])} if isinstance(said, dict) and said.get("text") else said

    return {**sample, "turns": [[role, [part(each) for each in parts]] for role, parts in sample["turns"]]}


@pytest.mark.parametrize("rounding", ["nearest", "floor"])
@pytest.mark.parametrize("target", ALL)
def test_every_box_comes_back_within_the_bound(target, rounding, batch_of):
    @settings(deadline=None, max_examples=60)
    @given(sample=samples(carries_several(target)), pixels=limits)
    def check(sample, pixels):
        mine = blunted(target, sample)
        options = RenderOptions(rounding, **pixels)
        assert load_target(target).refuse(batch_of([mine]), options) == []
        found = there_and_back(target, mine, options, batch_of)
        said = [boxes for role, boxes in mine["turns"] if role == "assistant"]
        labels = [label for boxes in said for label in carried([box["text"] for box in boxes])]
        things = [box for boxes in said for box in boxes]
        assert [(each.label, each.media) for each in found] == list(
            zip(labels, [thing["media"] for thing in things], strict=True)
        )
        for each, thing in zip(found, things, strict=True):
            size = sample["media"][thing["media"]][1:]
            for at, (back, given_) in enumerate(zip(each.box, thing["box"], strict=True)):
                assert abs(back - given_) <= bounds(target, size, options)[at % 2] * (1 + 1e-9) + 1e-9

    check()


@settings(deadline=None, max_examples=40)
@given(sample=samples(several=False))
def test_another_target_gives_the_same_boxes(sample, batch_of):
    options = RenderOptions()
    found = {target: there_and_back(target, blunted(target, sample), options, batch_of) for target in ALL}
    size = sample["media"][0][1:]
    for one, other in combinations(ALL, 2):
        most = [a + b for a, b in zip(bounds(one, size, options), bounds(other, size, options), strict=True)]
        assert len(found[one]) == len(found[other])
        for mine, theirs in zip(found[one], found[other], strict=True):
            for at, (a, b) in enumerate(zip(mine.box, theirs.box, strict=True)):
                assert abs(a - b) <= most[at % 2] * (1 + 1e-9) + 1e-9


@settings(deadline=None, max_examples=100)
@given(
    text=st.text()
    | st.lists(
        st.sampled_from(
            [
                "<image>",
                "<bbox>",
                "[1, 2, 3, 4]",
                "</s>",
                "<|im_end|>",
                "a",
                "ASSISTANT: ",
                '"bbox_2d"',
                "[",
                "<",
                "1, 2, 3, 4]",
                "[[001,002,003,004]]",
                "{<1><2><3><4>}",
                "<p>",
                "!@#",
                "###",
                "<|begin_of_box|>",
                "<EOI>",
            ]
        )
    ).map("".join)
)
def test_blunted_text_holds_nothing_reserved(text):
    for target in ALL:
        module = load_target(target)
        blunted_text = module.blunt(text)
        assert module.reserved_in(blunted_text) is None, target
        if module.reserved_in(text) is None:
            assert blunted_text == text, target


@pytest.mark.parametrize("target", ALL)
def test_every_reserved_string_is_found(target):
    module = load_target(target)
    for text in module.RESERVED:
        assert module.reserved_in(f"a {text} b"), text


@pytest.mark.parametrize("conversation", ["one_picture", "several_pictures", "quads", "words"])
@pytest.mark.parametrize("target", ALL)
def test_boxes_of_questions_and_of_several_pictures_come_back(target, conversation, batch_of):
    place = Path(__file__).parent / "conversations" / conversation / "in.json"
    module, options = load_target(target), RenderOptions()
    for sample in json.loads(place.read_text(encoding="utf-8")):
        if module.refuse(batch_of([sample]), options):
            continue
        said = [
            carried_in(part for part in parts if isinstance(part, dict) and ("box" in part or "quad" in part))
            for _, parts in sample["turns"]
        ]
        things = [thing for turn in said for thing in turn]
        found = there_and_back(target, sample, options, batch_of)
        assert [(each.label, each.media) for each in found] == [(label, media) for label, media, _ in things]
        for each, (_, media, box) in zip(found, things, strict=True):
            size = sample["media"][media][1:]
            for at, (back, given_) in enumerate(zip(each.box, box, strict=True)):
                assert abs(back - given_) <= bounds(target, size, options)[at % 2] * (1 + 1e-9) + 1e-9


def carried_in(things: Iterable[dict[str, Any]]) -> list[tuple[str | None, int, list[float]]]:
    """Label, picture and hull of a turn's boxes."""
    held = list(things)
    labels = carried([thing["text"] for thing in held])
    hulls = [thing.get("box") or list(hull(thing["quad"])) for thing in held]
    return list(zip(labels, [thing.get("media", 0) for thing in held], hulls, strict=True))


@pytest.mark.parametrize("target", ALL)
def test_every_target_says_how_it_counts(target):
    module = load_target(target)
    assert "exact" in module.token_basis() or "upper bound" in module.token_basis()
    assert module.FORM in FORMS
