"""vqa, phrase, describe and chat: what is asked, what is answered, and what nothing can be made of."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdata.converters.records import Conversation, Media, Object, Part, Phrase, Question, Record, Turn, batches
from mmdata.converters.targets import load_target
from mmdata.converters.targets.protocol import RenderOptions
from mmdata.converters.templates.exchanges import Exchanges, to_conversations
from mmdata.converters.templates.ready import Ready
from mmdata.converters.templates.scene import Asking, Scene
from mmdata.converters.templates.tasks import MAKERS
from mmdata.converters.templates.wordings import Wordings, load_wordings
from mmdata.pipelines.convert import convert
from mmdata.pipelines.job import Job, Limit
from mmdata.pipelines.progress import Silent
from mmdata.schemas.box import Box
from mmdata.schemas.conversation import CONVERSATIONS, KINDS, ROLES
from PIL import Image

PLAIN = Wordings(
    ", ",
    {
        "vqa": {"ask": ("{question}",), "ask_short": ("{question} (short)",)},
        "phrase": {"ask": ("where {phrase}?",), "none": ("no {phrase}",)},
        "describe": {
            "ask": ("what {box}?",),
            "answer": ("it is {phrase}",),
            "answer_attributes": ("{label}: {attributes}",),
        },
    },
)
A, B, C = Box(30, 30, 40, 40), Box(0, 0, 10, 10), Box(20, 0, 25, 10)


def record(**given_: Any) -> Record:
    objects = [Object("o", name, box) for name, box in (("mug", A), ("cup", B), ("pot", C))]
    return Record(given_.pop("id", "r"), "f.json", "/0", [Media("p.jpg", 100, 100)], objects, **given_)


def made(task: str, *records: Record, rows: int = 2048, wordings: Wordings = PLAIN, **asking: Any) -> dict[str, Any]:
    """By sample id its turns in words; under `unfit` what nothing was made of; under `uses` all that is spoken of."""
    found: dict[str, Any] = {"unfit": {}, "uses": []}
    for batch in batches(records, rows):
        makes = MAKERS[task](Scene(batch, Asking(wordings, **asking)))
        found["unfit"] |= makes.unfit
        samples = makes.batch if isinstance(makes, Ready) else to_conversations(makes, batch)
        assert samples.schema == CONVERSATIONS
        turns = samples.column("turns").flatten()
        assert turns.field("role").dictionary.to_pylist() == list(ROLES)  # targets read the numbers alone
        assert turns.field("parts").flatten().field("kind").dictionary.to_pylist() == list(KINDS)
        for sample in samples.to_pylist():
            found[sample["id"]] = ["".join(map(said, turn["parts"])) for turn in sample["turns"]]
            found["uses"] += sample["uses"]
    return found


def said(part: dict[str, Any]) -> str:
    if part["kind"] == "text":
        return str(part["text"])
    if part["kind"] == "image":
        return f"<{part['media']}>"
    return f"[{part['text'] or ''} {part['x1']:g},{part['y1']:g}]"


def question(words: str, *answers: tuple[str, int]) -> Question:
    return Question("/0", words, list(answers))


TIE = question("what?", ("net", 1), ("racket", 3), ("bat", 3))


@pytest.mark.parametrize(
    ("answers", "given_"),
    [("majority", {"r-vqa": "racket"}), ("first", {"r-vqa": "net"})],
)
def test_one_answer_is_given(answers: str, given_: dict[str, str]) -> None:
    found = made("vqa", record(questions=[TIE]), answers=answers)
    assert {name: found[name][1] for name in given_} == given_


def test_a_sampled_answer_is_as_likely_as_it_has_votes_and_the_same_in_every_run() -> None:
    many = [record(id=str(number), questions=[TIE]) for number in range(700)]
    first, again = (made("vqa", *many, rows=rows_, answers="sampled") for rows_ in (2048, 13))
    told = [turns[1] for name, turns in first.items() if "-vqa" in name]
    assert told == [turns[1] for name, turns in again.items() if "-vqa" in name]
    seen = Counter(told)
    assert set(seen) == {"net", "racket", "bat"}  # 1, 3 and 3 votes of 7
    for word, wanted in (("net", 100), ("racket", 300), ("bat", 300)):
        assert abs(seen[word] - wanted) < 60, seen
    other = made("vqa", *many, answers="sampled", seed=1)
    assert [turns[1] for name, turns in other.items() if "-vqa" in name] != told


def test_an_answer_without_words_is_never_sampled() -> None:
    asked = [question("blank?", ("", 99), ("tea", 1))]
    assert made("vqa", record(questions=asked), answers="sampled")["r-vqa"][1] == "tea"


def test_all_answers_are_a_sample_each() -> None:
    found = made("vqa", record(questions=[TIE, question("and?", ("yes", 1))]), answers="all")
    assert {name: turns[1] for name, turns in found.items() if name not in ("unfit", "uses")} == {
        "r-vqa-0": "net",
        "r-vqa-1": "racket",
        "r-vqa-2": "bat",
        "r-vqa-3": "yes",
    }
    assert found["uses"] == [3, 3, 3, 4]  # behind three objects


def test_questions_about_one_picture_are_turns_of_one_sample() -> None:
    long = "because the lamp beside it is broken"
    asked = [question("what?", ("a net", 2)), question("why?", (long, 1))]
    found = made("vqa", record(questions=asked))
    assert [turn.removesuffix(" (short)") for turn in found["r-vqa"]] == ["<0>what?", "a net", "why?", long]
    assert not found["r-vqa"][2].endswith("(short)")


def test_a_question_that_nobody_answered_is_said() -> None:
    asked = [question("blank?", ("", 2), (" ", 1)), question("some?", ("", 9), ("tea", 1)), question("none?")]
    found = made("vqa", record(questions=asked))
    assert found["r-vqa"][1:] == ["tea"]
    assert {place: code for place, (code, _) in found["unfit"].items()} == {3: "CV004", 5: "CV004"}


def test_unanswerable_is_an_answer() -> None:
    found = made("vqa", record(questions=[question("?", ("unanswerable", 6), ("cat", 4))]))
    assert found["r-vqa"][1] == "unanswerable"


def test_braces_in_a_question_are_no_slots() -> None:
    found = made("vqa", record(questions=[question("what is {question} {0}?", ("{x}", 1))]))
    assert found["r-vqa"][0].removesuffix(" (short)") == "<0>what is {question} {0}?"
    assert found["r-vqa"][1] == "{x}"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_short_answer_may_be_asked_for_a_long_one_never(lang: str) -> None:
    words = load_wordings(lang)
    short = {wording.partition("{question}")[2] for wording in words.lists["vqa"]["ask_short"]}
    many = [record(id=str(number), questions=[question("q?", ("yes", 1))]) for number in range(40)]
    long = [record(id=str(number), questions=[question("q?", ("one two three four", 1))]) for number in range(40)]
    ends = {turns[0].partition("q?")[2] for name, turns in made("vqa", *many, wordings=words).items() if "-" in name}
    assert ends == short | {""}
    ends = {turns[0].partition("q?")[2] for name, turns in made("vqa", *long, wordings=words).items() if "-" in name}
    assert ends == {""}


def test_a_phrase_is_answered_with_its_boxes_or_that_there_is_none() -> None:
    phrases = [Phrase("/0", "the vessels", [0, 1]), Phrase("/1", "a dog"), Phrase("/2", "the pot", [2])]
    found = made("phrase", record(phrases=phrases))
    # reading order, whatever the order in the phrase; the words stand once
    assert found["r-phrase"] == [
        "<0>where the vessels?",
        "[the vessels 0,0][ 30,30]",
        "where a dog?",
        "no a dog",
        "where the pot?",
        "[the pot 20,0]",
    ]
    assert found["uses"] == [3, 4, 5]


def test_the_order_of_answers_is_the_user_s() -> None:
    phrases = [Phrase("/0", "vessels", [2, 0, 1])]
    assert made("phrase", record(phrases=phrases), order="category")["r-phrase"][1] == "[vessels 0,0][ 30,30][ 20,0]"


def test_half_an_answer_is_none() -> None:
    phrases = [Phrase("/0", "all", [0, 1, 2]), Phrase("/1", "one", [1])]
    found = made("phrase", record(phrases=phrases), max_objects=2)
    assert found["r-phrase"] == ["<0>where one?", "[one 0,0]"]
    assert found["unfit"] == {3: ("AN024", "it means 3 objects, more than 2")}


def test_what_is_in_a_box_is_told_where_the_phrase_means_that_alone() -> None:
    phrases = [Phrase("/0", "both", [0, 1]), Phrase("/1", "none"), Phrase("/2", "the mug", [0])]
    found = made("describe", record(phrases=phrases))
    assert found["r-describe"] == ["<0>what [ 30,30]?", "it is the mug"]
    assert found["uses"] == [5]


def test_without_phrases_a_box_is_told_by_its_label_and_its_attributes_in_words() -> None:
    said = {"colour": " red ", "pose": "Unspecified", "occluded": True, "truncated": False, "area": 12.5, "n": ["x"]}
    things = [
        Object("o", "mug", A, attributes=said),
        Object("o", "sign", B, text=" STOP "),
        Object("o", "pot", C, attributes={"area": 3}),  # numbers describe nothing
    ]
    found = made("describe", Record("r", "f", "/0", [Media("p.jpg", 100, 100)], things))
    assert found["r-describe"] == [
        "<0>what [ 0,0]?",
        'sign: text "STOP"',
        "what [ 30,30]?",
        "mug: colour red, occluded",
    ]
    assert found["uses"] == [1, 0]


def test_phrases_written_for_qwen_vl_are_decoded_as_what_was_meant() -> None:
    (batch,) = batches([record(phrases=[Phrase("/0", "the vessels", [1, 0])])])
    makes = MAKERS["phrase"](Scene(batch, Asking(load_wordings("en"))))
    assert isinstance(makes, Exchanges)
    target = load_target("qwen-vl")
    (row,) = target.render(to_conversations(makes, batch), RenderOptions())
    boxes = target.decode(json.loads(row), [(100, 100)])
    assert [(each.label, tuple(each.box)) for each in boxes] == [("the vessels", tuple(B)), ("the vessels", tuple(A))]


def chatter(*turns: tuple[str, str]) -> Conversation:
    return Conversation("/0", [Turn(role, [Part("text", words)]) for role, words in turns])


def test_conversations_are_passed_on_as_they_are() -> None:
    talk = [Turn("user", [Part("image"), Part("text", "what?")]), Turn("assistant", [Part("box", "a", 0, A)])]
    records = [
        Record("talk", "f", "/0", [Media("p.jpg", 9, 9)], conversations=[Conversation("/0", talk)]),
        Record("none", "f", "/1", [Media("q.jpg", 9, 9)]),
        Record("two", "f", "/2", [], conversations=[chatter(("assistant", "a")), chatter(("system", "s"))]),
    ]
    found = made("chat", *records)
    assert {name: turns for name, turns in found.items() if name not in ("unfit", "uses")} == {
        "talk-chat": ["<0>what?", "[a 30,30]"],
        "two-chat-0": ["a"],
        "two-chat-1": ["s"],
    }


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
ANSWERS = st.lists(st.tuples(WORDS, st.integers(1, 9)), max_size=3)
QUESTIONS = st.lists(st.builds(lambda words, given_: question(words, *given_), WORDS, ANSWERS), max_size=3)
PHRASES = st.lists(st.builds(Phrase, st.just("/0"), WORDS, st.lists(st.integers(0, 2), unique=True)), max_size=3)
TALK = st.lists(st.builds(chatter, st.tuples(st.sampled_from(["user", "assistant", "system"]), WORDS)), max_size=2)
RECORDS = st.lists(
    st.builds(lambda questions, phrases, talk: (questions, phrases, talk), QUESTIONS, PHRASES, TALK), max_size=6
)


@given(RECORDS, st.sampled_from(["vqa", "phrase", "describe", "chat"]), st.integers(1, 4), st.integers(0, 2))
def test_the_size_of_batches_changes_nothing(held: list[Any], task: str, rows: int, cap: int) -> None:
    records = [
        record(id=str(number), questions=questions, phrases=phrases, conversations=talk)
        for number, (questions, phrases, talk) in enumerate(held)
    ]
    whole = made(task, *records, max_objects=cap, wordings=load_wordings("en"))
    parts = made(task, *records, rows=rows, max_objects=cap, wordings=load_wordings("en"))
    kept = [{name: each for name, each in found.items() if "-" in name} for found in (whole, parts)]
    assert kept[0] == kept[1]
    column = {"vqa": "questions", "chat": "conversations"}.get(task, "phrases")
    asked = sum(len(getattr(each, column)) for each in records)
    if task != "describe":  # which leaves out phrases of none and of several
        assert len(whole["unfit"]) + len(set(whole["uses"])) == asked


# through the whole conversion


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """Two pictures, four questions: one with two answers, one that nobody answered."""
    for name in ("a.png", "b.png"):
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    rows = [
        {"image": "a.png", "question": "what?", "answers": ["net", "bat", "bat"]},
        {"image": "b.png", "question": "who?", "answers": ["he"]},
        {"image": "a.png", "question": "why?", "answers": []},
        {"image": "a.png", "question": "is <box> a tag?", "answers": ["yes"]},
    ]
    (tmp_path / "q.json").write_text(json.dumps(rows))
    return tmp_path


@pytest.mark.parametrize(("answers", "samples"), [("majority", 2), ("first", 2), ("sampled", 2), ("all", 3)])
def test_questions_are_converted_and_accounted_for(asked: Path, answers: Any, samples: int) -> None:
    job = Job("vqa", asked / "q.json", asked / "out", answers=answers, max_rejected=Limit(share=1.0))
    accounting = convert(job, Silent()).manifest["accounting"]
    assert accounting["annotations"] == {"read": 4, "written": 2, "rejected": {"CV004": 1, "TG008": 1}}
    assert accounting["images"] == {"read": 2, "written": 2, "rejected": {}}
    assert accounting["samples"] == {"read": samples, "written": samples, "rejected": {}}
    rows = json.loads((asked / "out" / "train" / "train.json").read_text())
    told = [turn["value"] for row in rows for turn in row["conversations"] if turn["from"] == "assistant"]
    wanted = {"majority": ["bat", "he"], "first": ["net", "he"], "all": ["net", "bat", "he"]}
    assert told in ([["net", "he"], ["bat", "he"]] if answers == "sampled" else [wanted[answers]])


def test_films_are_refused_by_name_where_the_target_has_no_place_for_them(tmp_path: Path) -> None:
    (tmp_path / "v.mp4").write_bytes(b"not looked at")
    turns = [{"from": "human", "value": "What happens?"}, {"from": "gpt", "value": "Rain."}]
    rows = [{"conversations": turns}, {"video": "v.mp4", "conversations": turns}]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    job = Job("chat", tmp_path / "rows.json", tmp_path / "out", max_rejected=Limit(share=1.0))
    accounting = convert(job, Silent()).manifest["accounting"]
    assert accounting["samples"] == {"read": 2, "written": 1, "rejected": {"TG020": 1}}
    assert accounting["annotations"] == {"read": 2, "written": 1, "rejected": {"TG020": 1}}


def test_a_conversation_is_not_cut_in_pieces(tmp_path: Path) -> None:
    turns = [{"role": role, "content": "word " * 50} for role in ("user", "assistant") * 3]
    short = [{"role": role, "content": "a"} for role in ("user", "assistant")]
    (tmp_path / "rows.json").write_text(json.dumps([{"messages": turns}, {"messages": short}]))
    job = Job("chat", tmp_path / "rows.json", tmp_path / "out", max_length=200, max_rejected=Limit(share=1.0))
    accounting = convert(job, Silent()).manifest["accounting"]
    assert accounting["samples"] == {"read": 2, "written": 1, "rejected": {"TK001": 1}}
