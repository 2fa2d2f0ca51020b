"""One way of asking for everything.

What
    50 rows and more whose questions are the same but for what stands in tags or quotation marks, and numbers.

Why it hurts training
    The model answers that one sentence, and no other that means the same.

Example
    `Detect all objects.` a hundred thousand times.

Instead
    Ask in several ways: conversion draws from templates, `--templates FILE` takes your own.

Fix safety
    None.

Sources
    Wei et al., arXiv 2109.01652 (FLAN: ten templates a task); Liu et al., arXiv 2304.08485 (LLaVA draws its questions
    from lists).

"""

from collections.abc import Iterator

from ..hits import Located
from ..state_texts import TextsSeen

STORE = TextsSeen
LEAST = 50


def judge(seen: TextsSeen) -> Iterator[Located]:
    """One finding, at the first row."""
    if seen.templates == 1 and seen.rows_asked >= LEAST:
        told = f"{seen.rows_asked} questions, one wording"
        yield Located(*seen.place(seen.first_asked), seen.words_asked, told)
