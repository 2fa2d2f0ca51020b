"""Words: what annotations say, as one text each, and in which scripts.

The script of a text stands for its language, since nothing light tells French from English, and in the languages that
most data sets are in it is what differs. A word is a run of letters of one script, of Han and kana a single letter:
so a Chinese sentence with an English name in it is Chinese. Letters of any other script count as words in none.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..converters.table import entries

_NAMED = ("Latin", "Hangul", "Cyrillic", "Greek", "Arabic", "Hebrew", "Devanagari", "Thai")
_KANA = r"\p{Hiragana}\p{Katakana}ー"  # the mark of a long vowel belongs to no script
WORD = {
    **{name.lower(): rf"\p{{{name}}}[\p{{{name}}}\p{{M}}]*" for name in _NAMED},
    "han": r"\p{Han}",
    "kana": f"[{_KANA}]",
}
"""By script, the regular expression (RE2) of one word."""

_OTHER = r"[^\P{L}\p{Han}" + _KANA + "".join(rf"\p{{{name}}}" for name in _NAMED) + "]+"


def words_of(batch: pa.RecordBatch, column: str) -> pa.Array:
    """The words of every entry of a list column, one string each; null where it says nothing.

    A question is followed by its answers; of a conversation it is all that is said, whoever says it.
    """
    if column == "conversations":
        return _said(entries(batch, column, "turns"))
    if column == "questions":
        answers = entries(batch, column, "answers")
        given = _joined(_edges(answers), pc.struct_field(answers.flatten(), "text"))
        return pc.binary_join_element_wise(entries(batch, column, "question"), given, " ")
    return entries(batch, column, "text")


def script_shares(words: pa.Array, scripts: Sequence[str]) -> NDArray[np.float64]:
    """For each text the share of its words that are in one of the scripts; 1 where it has no words or is null."""
    found = {script: _count(words, pattern) for script, pattern in WORD.items()}
    total = sum(found.values(), _count(words, _OTHER))
    wanted = sum((found[script] for script in dict.fromkeys(scripts)), np.zeros(len(words)))
    return np.divide(wanted, total, out=np.ones(len(words)), where=total > 0)


def _count(words: pa.Array, pattern: str) -> NDArray[np.float64]:
    counted = pc.fill_null(pc.count_substring_regex(words, pattern), 0)
    return np.asarray(counted.to_numpy(zero_copy_only=False), np.float64)


def _said(turns: pa.ListArray) -> pa.Array:
    parts = pc.struct_field(turns.flatten(), "parts")
    texts = pc.struct_field(parts.flatten(), "text").cast(pa.string())
    return _joined(_edges(parts)[_edges(turns)], texts)


def _edges(lists: pa.ListArray) -> NDArray[np.int64]:
    offsets = lists.offsets.to_numpy().astype(np.int64)
    return np.asarray(offsets - offsets[0])


def _joined(edges: NDArray[np.int64], texts: pa.Array) -> pa.Array:
    """The texts between each two edges as one, with spaces between; nulls, which are pictures, leave none."""
    said = np.concatenate([[0], np.cumsum(texts.is_valid().to_numpy(zero_copy_only=False))])
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(said[edges].astype(np.int32)), texts.drop_null()), " ")
