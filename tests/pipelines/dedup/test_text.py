"""Texts that say the same: word for word or nearly; exact where it judges, and nearly complete where it looks."""

import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.converters.records import (
    Caption,
    Conversation,
    Media,
    Object,
    Part,
    Phrase,
    Question,
    Record,
    Turn,
    batches,
)
from mmdata.pipelines.dedup import shingles, text
from mmdata.pipelines.dedup.policy import decide
from mmdata.pipelines.dedup.shingles import band_keys, hashed, jaccard
from mmdata.pipelines.dedup.text import ALIKE, LONG, Texts, nearly
from mmdata.pipelines.dedup.words import Words, plain, words
from mmdata.schemas.box import Box
from mmdata.schemas.errors import ConfigError

LETTERS = "The kitchen has a long wooden shelf with three blue mugs, a kettle of steel, and a row of books on the sill."
CHINESE = (
    "厨房里有一个长长的木架,上面放着三个蓝色的杯子、一个钢制水壶,窗边还有一排书。"
    "墙上挂着一幅画,画里是一片海和两条小船,远处的山被云遮住了。"
)


def say(answered, asked="", shown="", beside=b""):
    return Words(plain(asked), plain(answered), shown, beside.ljust(16))


def text_kin(held, *, near):
    texts = Texts(near=near)
    texts.add(held)
    return texts.kin()


def pairs(held, *, near=True):
    """(one, other, by what) of those that say the same."""
    return list(text_kin(held, near=near).links())


def test_case_and_white_space_are_no_difference():
    assert pairs([say(LETTERS), say(LETTERS.upper().replace(" ", " \n"))]) == [(0, 1, "words")]


@pytest.mark.parametrize(
    ("one", "other"),
    [(LETTERS, LETTERS.replace("kettle", "teapot")), (CHINESE * 2, CHINESE + CHINESE.replace("两条", "三条"))],
)
def test_a_word_that_is_another_is_nearly_the_same(one, other):
    assert pairs([say(one), say("x"), say(other)]) == [(0, 2, "sense")]
    assert pairs([say(one), say(other)], near=False) == []


def test_short_words_must_be_equal_and_long_ones_share_four_of_five_shingles():
    short = LETTERS[: LONG - 1]
    assert jaccard(short, f"{short[:-1]}x") > ALIKE
    assert nearly([short], [short]) and not nearly([short], [f"{short[:-1]}x"])
    assert nearly([LETTERS], [f"{LETTERS[:-1]}x"]) and nearly([short, LETTERS], [short, f"{LETTERS[:-1]}x"])
    assert not nearly([short, LETTERS], [f"{short[:-1]}x", LETTERS])
    more = LETTERS.replace("kettle of steel", "pan of cast iron")
    assert 0.6 < jaccard(LETTERS, more) < ALIKE and not nearly([LETTERS], [more])
    assert (LONG, ALIKE) == (100, 0.8), "as docs/dedup.md says"


def test_another_number_is_another_fact():
    assert pairs([say(LETTERS + " It cost 12.50."), say(LETTERS + " It cost 13.50.")]) == []


def test_short_words_are_the_same_only_of_the_same_pictures():
    held = [say("A red mug.", shown="a.jpg"), say("A red mug.", shown="b.jpg"), say("a red  mug.", shown="a.jpg")]
    assert pairs(held) == [(0, 2, "words")]
    assert pairs([say(LETTERS, shown="a.jpg"), say(LETTERS, shown="b.jpg")]) == [(0, 1, "words")]


def test_a_long_question_does_not_make_two_short_answers_one():
    question = f"{LETTERS} Which of these things is made of steel? Answer in a word."
    assert pairs([say("The kettle.", question), say("The mugs.", question)]) == []


def test_what_else_is_said_must_be_the_same():
    assert pairs([say(LETTERS, beside=b"one"), say(LETTERS, beside=b"two")]) == []
    assert pairs([say(LETTERS, beside=b"one"), say(LETTERS + " Yes.", beside=b"two")]) == []


def test_who_says_nothing_is_like_nobody():
    assert pairs([say(""), say(""), say("", shown="a"), say("", shown="a")]) == []
    assert pairs([]) == []


def test_records_that_are_left_out_stand_for_none():
    texts = Texts(near=True)
    texts.add([say(LETTERS), say(LETTERS), say(LETTERS.replace("kettle", "teapot"))])
    assert list(texts.kin(but=[0]).links()) == [(1, 2, "sense")]


def test_the_first_is_kept():
    held = [say(LETTERS), say("other"), say(LETTERS.replace("kettle", "teapot")), say(LETTERS)]
    decided = decide(text_kin(held, near=True), "keep-first", [1] * 4, lambda *_: True)
    assert decided.kept.tolist() == [True, True, False, False]
    assert decided.instead == {2: (0, "sense"), 3: (0, "words")}


def test_words_of_the_annotation_table():
    turns = [
        Turn("system", [Part("text", "You are helpful.")]),
        Turn("user", [Part("image"), Part("text", " Where is the  Mug?")]),
        Turn("assistant", [Part("ref", "It"), Part("box", None, box=Box(1.0, 2.0, 30.4, 40.0))]),
    ]
    full = Record(
        "r", "f", "/0", [Media("a.jpg"), Media("b.jpg")],
        captions=[Caption("/0", "A Shelf.")],
        questions=[Question("/1", "What?", [("mugs", 2), ("cups", 1)]), Question("/2", "Why?", [])],
        conversations=[Conversation("/3", turns)],
    )  # fmt: skip
    bare = Record("s", "f", "/1", [Media("a.jpg")])
    boxed = Record("t", "f", "/2", [], [Object("/0", "mug", Box(1, 2, 3, 4))])
    meant = replace(boxed, phrases=[Phrase("/0", "the red one", [0])])
    (batch,) = batches([full, bare, boxed, meant])
    one, other, third, fourth = words(batch)
    assert one[:3] == ("what? why? where is the mug?", "a shelf. mugs cups it 1 2 30 40", "a.jpg\nb.jpg")
    assert other[:3] == ("", "", "a.jpg") and one.beside == other.beside != third.beside
    assert fourth.beside != third.beside, "phrases are part of what else is said"
    assert words(batch.slice(0, 0)) == []


texts_drawn = st.lists(st.sampled_from("aé木 5"), max_size=40).map("".join)


@settings(max_examples=100, deadline=None)
@given(st.lists(texts_drawn.filter(lambda each: len(each) >= 5), min_size=1, max_size=8))
def test_shingles_are_cut_at_the_borders_of_texts(drawn):
    hashes, edges = hashed(drawn)
    alone = [hashed([each])[0].tolist() for each in drawn]
    assert [hashes[int(a) : int(b)].tolist() for a, b in pairwise(edges)] == alone
    assert [len(set(each)) for each in alone] == [len(shingles.shingles(each)) for each in drawn]


@settings(max_examples=100, deadline=None)
@given(texts_drawn, texts_drawn)
def test_jaccard(one, other):
    assert jaccard(one, other) == jaccard(other, one)
    assert jaccard(one, one) == 1
    assert (jaccard(one, other) == 1) == (shingles.shingles(one) == shingles.shingles(other))


def edited(random, count):
    """Texts of 60 words, and others with some of their words changed."""
    words_ = ["".join(map(chr, random.integers(97, 123, random.integers(2, 9)))) for _ in range(3000)]
    drawn = [[words_[at] for at in random.integers(0, 3000, 60)] for _ in range(count)]
    for one in list(drawn):
        other = list(one)
        for _ in range(random.integers(1, 12)):
            other[random.integers(60)] = words_[random.integers(3000)]
        drawn.append(other)
    return [" ".join(each) for each in drawn]


def test_no_pair_is_false_and_few_are_missed_beside_looking_at_all():
    drawn = edited(np.random.default_rng(5), 90)
    held = [say(each) for each in drawn]
    true = {
        (one, other)
        for one in range(len(held))
        for other in range(one + 1, len(held))
        if nearly(held[one][:2], held[other][:2])
    }
    kin = text_kin(held, near=True)
    found = {
        (one, other) for one, others in kin.near.items() for other in others if one < other and kin.how(one, other)
    }
    assert found <= true
    assert len(found) >= 0.99 * len(true) > 20


def test_a_crowd_of_one_mould_costs_no_square(monkeypatch):
    monkeypatch.setattr(text, "CROWD", 8)
    held = [say(f"{LETTERS} {word}") for word in map(chr, range(97, 123))]
    kin = text_kin(held, near=True)
    assert sum(map(len, kin.near.values())) / 2 < 26 * text.FEW * shingles.BANDS
    assert len(set(kin.clusters().tolist())) == 1


def test_without_the_extra_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "rensa", None)
    with pytest.raises(ConfigError) as raised:
        band_keys([LETTERS])
    assert "mmdata[dedup]" in raised.value.remedy
