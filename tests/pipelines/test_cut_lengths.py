"""What a trainer would cut in silence is said where nobody gave a length."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata
from PIL import Image


def lint_of(home: Path, words: str, *more: str) -> dict[str, int]:
    tmp_path = home / "in"
    tmp_path.mkdir()
    Image.new("RGB", (64, 48)).save(tmp_path / "a.png")
    turns = [{"from": "human", "value": "<image>\nTell."}, {"from": "gpt", "value": words}]
    (tmp_path / "a.json").write_text(json.dumps([{"id": "1", "image": "a.png", "conversations": turns}]))
    asked = ["convert", "chat", str(tmp_path / "a.json"), "--images", str(tmp_path), "-q", *more]
    done = CliRunner().invoke(mmdata, [*asked, "-o", str(home / "out")], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    counts: dict[str, int] = json.loads((home / "out/lint.json").read_text())["counts"]
    return counts


@pytest.mark.parametrize("target", ["llava", "vary-toy", "glm-4v", "cogvlm2", "minigpt-v2", "trl"])
def test_a_long_answer_is_remarked(tmp_path, target):
    assert lint_of(tmp_path, "many words " * 1400, "--to", target)["TK001"] == 1


@pytest.mark.parametrize("target", ["llava", "glm-4v", "cogvlm2"])
def test_a_short_one_is_not(tmp_path, target):
    assert "TK001" not in lint_of(tmp_path, "A mug.", "--to", target)


def test_a_length_that_was_given_counts(tmp_path):
    assert "TK001" not in lint_of(tmp_path, "many words " * 1400, "--to", "llava", "--max-length", "40000")
