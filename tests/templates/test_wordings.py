"""Wordings: ours in both languages, and a user's own file, good and bad."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from mmdata.converters.templates.wordings import PAGES, TASKS, load_wordings
from mmdata.schemas.errors import ConfigError

WRONG = yaml.safe_load((Path(__file__).parent / "cases" / "wrong.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_ours_have_several_wordings_of_every_question(lang: str) -> None:
    lists = load_wordings(lang).lists
    assert set(lists) == set(TASKS)
    for task in TASKS:
        ask = lists[task].get("ask")
        assert ask is None or len(set(ask)) == len(ask) >= 2


def test_the_two_languages_have_the_same_lists() -> None:
    english, chinese = (load_wordings(lang).lists for lang in ("en", "zh"))
    assert {task: set(lists) for task, lists in english.items()} == {task: set(each) for task, each in chinese.items()}


def test_chinese_is_chinese() -> None:
    for lists in load_wordings("zh").lists.values():
        for wording in (each for name, held in lists.items() if name.startswith(("ask", "none")) for each in held):
            assert wording == "{question}" or any("\u4e00" <= letter <= "\u9fff" for letter in wording)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nobody_who_sees_several_pictures_is_asked_about_the_image(lang: str) -> None:
    """Whatever is worded for one picture by naming it has a list of its own for several."""
    one = re.compile(r"\b(?:the|this) (?:image|picture)\b(?! by picture)|这张图|图片里|图片中|图中")
    several = re.compile("这几张图[中里]|[各每]张图片[中里]|这些图片里|所有图片里|[两一]张图中|Picture")
    for task, lists in load_wordings(lang).lists.items():
        for name, wordings in lists.items():
            used = lists.get(f"{name}{PAGES}", wordings)
            for wording in used:
                assert not one.search(several.sub("", wording)), (task, name, wording)


def test_a_user_s_file_replaces_the_lists_it_names_and_no_others(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text('en:\n  join: " and "\n  ground:\n    ask: ["Show me {label}."]\nzh: {}\n')
    ours, theirs = load_wordings("en"), load_wordings("en", own)
    assert theirs.join == " and "
    kept = {name: ours.lists["ground"][name] for name in ("none", "none_pages")}
    assert theirs.lists["ground"] == {"ask": ("Show me {label}.",), **kept}  # for several pictures too
    assert {task: theirs.lists[task] for task in TASKS if task != "ground"} == {
        task: ours.lists[task] for task in TASKS if task != "ground"
    }
    assert load_wordings("zh", own) == load_wordings("zh")


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case["why"])
def test_a_file_that_cannot_be_followed_is_told_with_its_place(tmp_path: Path, case: dict[str, Any]) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(case["text"], encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_wordings("en", own)
    if case.get("wrong_yaml"):  # YAML itself refuses such a character; where it lets it pass, we do not
        assert str(own) in caught.value.place
        return
    assert case["place"] in caught.value.place
    assert str(own) in caught.value.place
    assert case["fact"] in caught.value.fact
    assert caught.value.remedy


def test_a_file_nested_too_deep_is_told(tmp_path: Path) -> None:
    """libyaml's loader would end the process."""
    own = tmp_path / "own.yaml"
    own.write_text("en: " + "[" * 100_000 + "]" * 100_000)
    with pytest.raises(ConfigError, match="nested too deep"):
        load_wordings("en", own)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_wordings("en", tmp_path / "own.yaml")
