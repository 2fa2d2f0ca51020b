"""Films, sounds and points in ms-swift's and LLaMA-Factory's rows, and on which picture a box is said to lie."""

import json

import pytest
from mmdata.converters.targets import load_target
from mmdata.converters.targets.protocol import RenderOptions

PLAIN = RenderOptions()
MEDIA = [["/d/a.jpg", 640, 480], ["/d/b.mp4", 0, 0], ["/d/c.wav", 0, 0]]
ALL = {
    "id": "all",
    "media": MEDIA,
    "turns": [
        ["user", [{"video": 1}, {"audio": 2}, {"image": 0}, "What is it?"]],
        ["assistant", ["A mug: ", {"box": [1, 2, 30, 40], "text": "mug"}]],
    ],
}
WORDS = {"id": "words", "media": [], "turns": [["user", ["Two and two?"]], ["assistant", ["Four."]]]}


def rows(target, batch):
    module = load_target(target)
    assert module.refuse(batch, PLAIN) == []
    return [json.loads(row) for row in module.render(batch, PLAIN)]


def test_ms_swift_has_a_list_for_every_kind_of_medium_that_is_shown(batch_of):
    every, words = rows("swift", batch_of([ALL, WORDS]))
    assert every["messages"][0]["content"] == "<video><audio><image>What is it?"
    assert (every["images"], every["videos"], every["audios"]) == (["/d/a.jpg"], ["/d/b.mp4"], ["/d/c.wav"])
    assert every["objects"] == {"ref": ["mug"], "bbox": [[1, 2, 30, 40]]}  # one picture: no image_id, no heading
    assert set(words) == {"id", "messages"}


def test_llama_factory_has_every_list_in_every_row_and_names_them(batch_of):
    every, words = rows("llama-factory", batch_of([ALL, WORDS]))
    assert every["messages"][0]["content"] == "<video>\n<audio>\n<image>\nWhat is it?"
    assert (words["images"], words["videos"], words["audios"]) == ([], [], [])
    beside = load_target("llama-factory").beside({"splits": {"train": {"shards": [{"path": "t.jsonl"}]}}})
    (entry,) = json.loads(beside["dataset_info.json"]).values()
    assert set(every) - {"id"} == set(entry["columns"].values())


def test_a_point_of_ms_swift_is_two_numbers(batch_of):
    answer = [{"point": [320, 120], "text": "spoon"}, " and ", {"box": [1, 2, 30, 40], "text": "mug"}]
    sample = {"id": "p", "media": MEDIA[:1], "turns": [["user", [{"image": 0}, "Point."]], ["assistant", answer]]}
    batch = batch_of([sample])
    module = load_target("swift")
    (row,) = rows("swift", batch)
    assert row["objects"] == {"ref": ["spoon", "mug"], "bbox": [[320, 120], [1, 2, 30, 40]]}
    assert [(each.label, tuple(each.box)) for each in module.decode(row, [(640, 480)])] == [
        ("spoon", (320, 120, 320, 120)),
        ("mug", (1, 2, 30, 40)),
    ]


def test_a_box_names_its_picture_by_the_place_where_it_is_first_shown(batch_of):
    pictures = [["/d/film.mp4", 0, 0], ["/d/a.jpg", 640, 480], ["/d/b.jpg", 100, 100]]
    shown = [{"video": 0}, {"image": 1}, {"image": 1}, {"image": 2}, "Where?"]
    boxes = [{"box": [1, 2, 30, 40], "text": "mug", "media": 2}, ", ", {"box": [5, 6, 7, 8], "text": "cup", "media": 1}]
    (row,) = rows("swift", batch_of([{"id": "s", "media": pictures, "turns": [["user", shown], ["assistant", boxes]]}]))
    assert row["images"] == ["/d/a.jpg", "/d/a.jpg", "/d/b.jpg"]
    assert row["objects"]["image_id"] == [2, 0]
    assert "Picture 3: <ref-object><bbox>" in row["messages"][1]["content"]


@pytest.mark.parametrize("target", ["swift", "llama-factory"])
def test_lengths_rise_with_films_and_sounds_and_never_fall_below_without_the_batch(target, batch_of):
    module = load_target(target)
    without = ALL | {"turns": [["user", [{"image": 0}, "What is it?"]], ALL["turns"][1]], "media": MEDIA[:1]}
    batch = batch_of([ALL, without])
    lines = module.render(batch, PLAIN)
    (every, plain), most = module.count_tokens(lines, batch), module.count_tokens(lines)
    assert every > plain + 750
    assert most[0] >= every
    assert most[1] >= plain
