"""Energon's own types of samples: one question about one picture, in words alone; all else is refused by a rule."""

import json

import pytest
import yaml
from mmdata.converters.targets import energon
from mmdata.converters.targets.protocol import RenderOptions

PHOTO = ["/d/a.jpg", 64, 48]


def sample(*turns, media=(PHOTO,)):
    return {"id": "s", "media": list(media), "turns": [list(turn) for turn in turns]}


ASKED = sample(("user", [{"image": 0}, "What is ", {"ref": "the cup"}, "?"]), ("assistant", ["Red."]))


def options(kind):
    return RenderOptions(own=energon.Options(kind))


def test_a_question_and_its_answer(batch_of):
    (row,) = energon.render(batch_of([ASKED]), options("vqa"))
    said = {"id": "s", "question": "What is the cup?", "answers": ["Red."], "images": ["jpg"]}
    assert json.loads(row) == {"__key__": "s", "json": said, "jpg": {"$file": "/d/a.jpg"}}
    assert energon.turns(json.loads(row)) == [("user", "What is the cup?"), ("assistant", "Red.")]
    assert energon.decode(json.loads(row), [(64, 48)]) == []


def test_a_caption(batch_of):
    (row,) = energon.render(batch_of([ASKED]), options("captioning"))
    assert json.loads(row)["json"] == {"id": "s", "caption": "Red.", "images": ["jpg"]}
    assert energon.turns(json.loads(row)) == [("assistant", "Red.")]


@pytest.mark.parametrize("kind", ["vqa", "captioning"])
@pytest.mark.parametrize(
    ("refused", "code"),
    [
        (sample(("user", [{"image": 0}, "Where?"]), ("assistant", [{"box": [1, 2, 3, 4], "text": "cup"}])), "TG020"),
        (sample(("user", ["Two and two?"]), ("assistant", ["Four."]), media=()), "TG020"),
        (sample(*ASKED["turns"], *ASKED["turns"]), "TG020"),
        (sample(("system", ["Be brief."]), *ASKED["turns"]), "TG020"),
        (
            sample(("user", [{"image": 0}, {"image": 1}, "Same?"]), ("assistant", ["No."]), media=(PHOTO, PHOTO)),
            "TG020",
        ),
        (sample(*ASKED["turns"], media=(["/d/a.webp", 64, 48],)), "IM014"),
        (sample(*ASKED["turns"], media=(["/d/photo", 64, 48],)), "IM014"),
    ],
)
def test_what_has_no_place_is_refused(kind, refused, code, batch_of):
    assert {each.code for each in energon.refuse(batch_of([refused]), options(kind))} == {code}
    assert energon.refuse(batch_of([ASKED]), options(kind)) == []


def test_a_chat_takes_them_all(batch_of):
    webp = sample(*ASKED["turns"], media=(["/d/a.webp", 64, 48],))
    assert energon.refuse(batch_of([webp]), options("chat")) == []
    assert b'"webp":{"$file"' in energon.render(batch_of([webp]), options("chat"))[0]


@pytest.mark.parametrize("kind", ["chat", "vqa", "captioning"])
def test_tokens_are_counted(kind, batch_of):
    rows = energon.render(batch_of([ASKED]), options(kind))
    (count,) = energon.count_tokens(rows, batch_of([ASKED]), options(kind))
    assert 8 < count < 100


@pytest.mark.parametrize(
    ("kind", "name"), [("chat", "CrudeWebdataset"), ("vqa", "VQASample"), ("captioning", "CaptioningSample")]
)
def test_the_definition_names_the_type(kind, name):
    ((path, content),) = energon.beside({"options": {"target_options": {"sample_type": kind}}}).items()
    said = yaml.safe_load(content)
    assert path == ".nv-meta/dataset.yaml"
    assert (said if kind == "chat" else said["sample_type"])["__class__"] == name
