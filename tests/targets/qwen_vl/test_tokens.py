"""Token counts against the whole text given to the tokenizer at once, and the bound against the count."""

import json
import subprocess
import sys
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.converters.targets.qwen_vl_tags import RESERVED, blunt, reserved_in
from mmdata.converters.targets.qwen_vl_tokens import (
    LONGEST_PIECE,
    PICTURE,
    SYSTEM,
    TURN,
    bound_tokens,
    count_tokens,
    encoding,
    token_basis,
)
from mmdata.schemas.errors import ConfigError, InputError

pytest.importorskip("tiktoken", reason="the extra `tokens` is not installed")

START, END, PAD = 151857, 151858, 151859
"""Ids of <img>, </img>, <imgpad>, as the public tokenizer gives them."""

pieces = st.one_of(
    st.sampled_from(RESERVED),
    st.sampled_from(
        ["<", ">", "dog", " cat", "\u0338", "e\u0301", "小狗", "\n", "\r\n", " ", "1234", "it's", "👩‍👩‍👧"]
    ),
    st.text(max_size=8),
)
nasty_texts = st.lists(pieces, max_size=12).map("".join)
labels = nasty_texts.map(blunt)
points = st.tuples(st.integers(0, 1200), st.integers(0, 1200)).map(lambda point: f"({point[0]},{point[1]})")


def _elements(count, tag):
    return st.lists(points, min_size=count, max_size=count).map(lambda drawn: f"<{tag}>{','.join(drawn)}</{tag}>")


answers = st.lists(
    st.one_of(
        labels.map(lambda words: f"<ref>{words}</ref>"),
        _elements(2, "box"),
        _elements(4, "quad"),
        _elements(3, "quad"),
        labels.map(lambda path: f"<img>{path}</img>"),
        labels,
    ),
    max_size=8,
).map("".join)


def _row(*turns):
    return json.dumps({"id": "s", "conversations": [{"from": role, "value": value} for role, value in turns]}).encode()


def _ids(text):
    """The whole text through the tokenizer, the ids of every picture replaced by its 256 positions."""
    ids, out = encoding().encode(normalize("NFC", text), allowed_special="all"), []
    while START in ids:
        start = ids.index(START)
        end = ids.index(END, start)
        out += [*ids[:start], START, *[PAD] * 256, END]
        ids = ids[end + 1 :]
    return out + ids


def _controls(text):
    return [
        identity for identity in encoding().encode(normalize("NFC", text), allowed_special="all") if identity >= 151643
    ]


def test_the_vocabulary_is_qwen_vls():
    tokens = encoding()
    assert tokens.n_vocab == 151860
    ids = {"<|endoftext|>": 151643, "<|im_end|>": 151645, "<ref>": 151851, "</quad>": 151856, "<imgpad>": PAD}
    assert {text: tokens.encode_single_token(text) for text in ids} == ids
    assert tokens.eot_token == 151643


def test_the_frame_of_a_conversation():
    system = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
    assert len(_ids(system)) == SYSTEM
    assert {len(_ids(f"<|im_start|>{role}\n<|im_end|>\n")) for role in ("user", "assistant")} == {TURN}


def test_a_row_of_known_length():
    """Counted by finetune.py's own `preprocess` (docs/proofs.md)."""
    turns = [
        ("user", "Picture 1: <img>a.jpg</img>\nPicture 2: <img>b.jpg</img>\nCompare."),
        ("assistant", "Picture 1: <ref>x</ref><box>(1,2),(3,4)</box>"),
        ("user", "Picture 3: <img>" + "字" * 84 + "ab</img>\nAnd?"),
        ("assistant", "None."),
    ]
    assert count_tokens([_row(*turns)]) == [848]


@settings(deadline=None)
@given(answers, st.booleans())
def test_counting_by_pieces_is_counting_the_whole(answer, user_first):
    question = "Picture 1: <img>/data/图 1.jpg</img>\nFind."
    turns = [("user", question), ("assistant", answer)]
    dropped = [] if user_first else [("assistant", "dropped by the trainer")]
    whole = len(_ids(question)) + len(_ids(answer)) + SYSTEM + 2 * TURN
    row = _row(*dropped, *turns)
    assert count_tokens([row]) == [whole]
    assert bound_tokens([row])[0] >= whole


@settings(deadline=None)
@given(st.text())
def test_the_bound_holds_for_any_text(text):
    row = _row(("user", text), ("assistant", text))
    assert bound_tokens([row])[0] >= count_tokens([row])[0]


@settings(deadline=None)
@given(nasty_texts)
def test_a_blunted_label_adds_no_control_token(label):
    def row(words):
        return f"<ref>{words}</ref><box>(1,2),(3,4)</box>{words}<box>(5,6),(7,8)</box>"

    assert _controls(row(blunt(label))) == _controls(row("dog"))
    if reserved_in(label) is None:
        assert blunt(label) == label


def test_what_would_be_swallowed_without_blunting():
    assert _controls("<ref>\u0338dog</ref>") != _controls("<ref>dog</ref>")


def test_a_picture_costs_the_same_whatever_its_path():
    short, long = (_row(("user", f"<img>{path}</img>"), ("assistant", "A")) for path in ("a", "字" * 84))
    assert count_tokens([short]) == count_tokens([long]) == bound_tokens([short])[:1]
    assert count_tokens([short]) == [SYSTEM + 2 * TURN + PICTURE + 1]


def test_no_length_of_text_breaks_the_tokenizer():
    endless = _row(("user", " " * 1_000_000), ("assistant", "A"))
    assert count_tokens([endless]) == bound_tokens([endless])
    long = _row(("user", "a" * LONGEST_PIECE), ("assistant", "A"))
    assert count_tokens([long]) < bound_tokens([long])


@pytest.mark.parametrize("row", [b"", b"[]", b'{"conversations": [{"from": "user"}]}', b'{"conversations": null}'])
def test_a_row_of_another_form_is_named(row):
    with pytest.raises(InputError) as caught:
        count_tokens([_row(("user", "Hi"), ("assistant", "A")), row])
    assert caught.value.place == "row 1"


def test_the_basis_names_what_counts():
    assert token_basis().startswith("exact, Qwen-VL's tokenizer (tiktoken ")


@pytest.mark.parametrize("absent", ["tiktoken", "dashscope"])
def test_without_the_extra_the_bound_is_used_and_said(absent, monkeypatch):
    row = _row(("user", "Picture 1: <img>a.jpg</img>\nFind the umbrella stand."), ("assistant", "None."))
    exact = count_tokens([row])
    monkeypatch.setitem(sys.modules, absent, None)
    assert count_tokens([row]) == bound_tokens([row]) > exact
    assert token_basis() == (
        f"upper bound, a token a byte of UTF-8 between tags ({absent} is not installed: pip install 'mmdata[tokens]')"
    )


@pytest.mark.parametrize(
    ("ranks", "said"), [(None, "the file is not there"), ("IQ== 0\nIg== 1\n", "2 ranks, Qwen-VL has 151643")]
)
def test_another_vocabulary_is_not_counted_with(tmp_path, monkeypatch, ranks, said):
    folder = tmp_path / "dashscope" / "resources"
    folder.mkdir(parents=True)
    (tmp_path / "dashscope" / "__init__.py").touch()
    if ranks:
        (folder / "qwen.tiktoken").write_text(ranks)
    monkeypatch.syspath_prepend(tmp_path)
    encoding.cache_clear()
    with pytest.raises(ConfigError) as caught:
        encoding()
    assert (caught.value.place, caught.value.fact) == (str(folder / "qwen.tiktoken"), said)


def test_counting_imports_no_dashscope():
    program = f"""
import sys
from mmdata.converters.targets.qwen_vl_tokens import count_tokens
assert "tiktoken" not in sys.modules
count_tokens([{_row(("user", "Hi"), ("assistant", "A"))!r}])
print("dashscope" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
