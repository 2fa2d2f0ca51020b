"""`--reserved-text blunt` reaches conversations that were there already, as TG008's remedy says."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata
from PIL import Image

SAID = [
    [["user", "<image>What is it?"], ["assistant", "A mug."]],
    [["user", "<image>What is @@ here?"], ["assistant", "A token."], ["user", "Sure?"], ["assistant", "Yes."]],
    [["user", "Hello"], ["assistant", "Hi."], ["user", "<image>And?"], ["assistant", "It is @@."]],
]


def converted(folder: Path, token: str, *options: str) -> Path:
    """The folder made of the conversations above, with the token where @@ stands."""
    Image.new("RGB", (64, 48), "white").save(folder / "a.jpg")
    rows = [
        {
            "messages": [{"role": role, "content": text.replace("@@", token)} for role, text in turns],
            "images": ["a.jpg"],
        }
        for turns in SAID
    ]
    (folder / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    out = folder / "out"
    asked = ["convert", "chat", str(folder / "in.jsonl"), "--to", "llava", "--max-rejected", "100%", "-q"]
    done = CliRunner().invoke(mmdata, [*asked, *options, "-o", str(out)], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return out


@pytest.mark.parametrize("token", ["</s>", "ASSISTANT: "])
def test_control_tokens_in_chats_are_blunted_each_with_a_remark(tmp_path, token):
    out = converted(tmp_path, token, "--reserved-text", "blunt")
    accounting = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["accounting"]
    assert accounting["samples"] == {"read": 3, "written": 3, "rejected": {}}
    rows = json.loads((out / "train" / "train.json").read_text(encoding="utf-8"))
    said = [[turn["value"] for turn in row["conversations"]] for row in rows]
    assert token not in json.dumps(said)
    assert [len(each) for each in said] == [2, 4, 4]
    assert said[0] == ["<image>\nWhat is it?", "A mug."]
    assert said[1][1:] == ["A token.", "Sure?", "Yes."]
    assert said[1][0].startswith("<image>\nWhat is ")
    assert said[2][:3] == ["Hello", "Hi.", "<image>\nAnd?"]
    findings = json.loads((out / "lint.json").read_text(encoding="utf-8"))["findings"]
    assert [(each["code"], each["at"].partition("/")[0]) for each in findings] == [("TG008", "2:1"), ("TG008", "3:1")]


def test_they_are_left_out_unless_it_is_asked_for(tmp_path):
    out = converted(tmp_path, "</s>")
    accounting = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["accounting"]
    assert accounting["samples"] == {"read": 3, "written": 1, "rejected": {"TG008": 2}}
