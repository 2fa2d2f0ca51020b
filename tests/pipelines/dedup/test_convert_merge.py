"""--dedup-policy merge and --dedup-text through a whole conversion: everything is written once or listed."""

import json

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata

LONG = "A long shelf of dark wood with several blue mugs on it, a kettle, two books and a small plant in a pot of clay."


def convert(folder, rows, *options):
    """(pictures with answers, by split; {code: how many} of what was left out) of LLaVA's rows."""
    (labels := folder / "in").mkdir(exist_ok=True)
    (labels / "rows.json").write_text(json.dumps(rows))
    words = ["convert", "chat", labels / "rows.json", "--images", folder / "pictures", "-o", folder / "out", "-q"]
    done = CliRunner().invoke(mmdata, [*map(str, words), *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    manifest = json.loads((folder / "out/manifest.json").read_bytes())
    for kind, counts in manifest["accounting"].items():
        assert counts["read"] == counts["written"] + sum(counts["rejected"].values()), kind
    held = {}
    for split, told in manifest["splits"].items():
        for shard in told["shards"]:
            for row in json.loads((folder / "out" / shard["path"]).read_bytes()):
                asked, answered = (turn["value"] for turn in row["conversations"])
                held.setdefault(split, []).append((asked.partition("</img>")[0].rpartition("/")[2], answered))
    rejected = [json.loads(line) for line in (folder / "out/rejected.jsonl").read_bytes().splitlines()]
    return held, [(each["code"], each["kind"], each["message"]) for each in rejected]


def row(name, answer, asked="What is there?"):
    said = [{"from": "human", "value": f"<image>\n{asked}"}, {"from": "gpt", "value": answer}]
    return {"id": f"{name}-{answer[:8]}", "image": name, "conversations": said}


@pytest.fixture
def folder(tmp_path, scene):
    (tmp_path / "pictures").mkdir()
    for name, number in (("a", 1), ("b", 1), ("c", 2), ("d", 3)):
        scene(number).save(tmp_path / f"pictures/{name}.png")
    return tmp_path


def test_what_is_said_of_two_copies_is_said_of_one(folder):
    rows = [row("a.png", "A shelf."), row("c.png", "A street."), row("b.png", "A kettle."), row("b.png", "A shelf.")]
    held, left_out = convert(folder, rows, "--dedup", "exact", "--dedup-policy", "merge")
    assert held == {"train": [("a.png", "A shelf."), ("a.png", "A kettle."), ("c.png", "A street.")]}
    assert [(code, kind) for code, kind, _ in left_out] == [
        ("DU001", "images"),
        ("DU001", "images"),
        ("DU001", "annotations"),
    ]
    assert all(said.endswith("a.png, which says now what both said") for *_, said in left_out)


def test_the_one_that_is_kept_takes_the_split_of_what_it_was_given(folder):
    rows = [row("a.png", "A shelf."), row("b.png", "A kettle."), row("c.png", "A street."), row("d.png", "A hill.")]
    options = ("--dedup", "near", "--dedup-policy", "merge", "--split", "train=0.5,val=0.5")
    held, _ = convert(folder, rows, *options)
    assert sorted(answer for rows in held.values() for _, answer in rows) == [
        "A hill.",
        "A kettle.",
        "A shelf.",
        "A street.",
    ]
    assert any({"A kettle.", "A shelf."} <= {answer for _, answer in rows} for rows in held.values())


@pytest.mark.parametrize(("how", "kept"), [("off", 4), ("exact", 3), ("near", 2)])
def test_texts_that_are_the_same(folder, how, kept):
    rows = [row("a.png", LONG), row("c.png", LONG), row("d.png", LONG.replace("dark", "pale")), row("d.png", "A hill.")]
    held, left_out = convert(folder, rows, "--dedup-text", how)
    assert len(held["train"]) == kept and {code for code, *_ in left_out} <= {"DU006"}
    if how == "near":
        said = [said for _, kind, said in left_out if kind == "images"]
        assert said[0].startswith("it says, word for word, what ") and said[0].endswith("rows.json: /0 says")
        assert said[1].startswith("it says, nearly, what ")


def test_texts_that_are_the_same_stay_in_one_split_under_none(folder):
    rows = [row(name, LONG) for name in ("a.png", "c.png", "d.png")] + [row("d.png", "A hill.")]
    held, left_out = convert(
        folder, rows, "--dedup-text", "near", "--dedup-policy", "none", "--split", "train=0.5,val=0.5"
    )
    assert not left_out and [sum(answer == LONG for _, answer in each) for each in held.values()].count(3) == 1


def built(folder, policy="merge"):
    """What each target's rows say of every picture, of a recipe whose sources ask different things of copies."""
    boxes = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 20, 80, 60]}]
    (folder / "boxes.json").write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "a.png", "width": 320, "height": 240}],
                "annotations": boxes,
                "categories": [{"id": 1, "name": "mug"}],
            }
        )
    )
    said = {"images": [{"id": 1, "file_name": "b.png", "width": 320, "height": 240}], "annotations": []}
    said["annotations"] = [{"id": 1, "image_id": 1, "caption": "A shelf with a mug on it."}]
    (folder / "captions.json").write_text(json.dumps(said))
    pictures = str(folder / "pictures")
    sources = [
        {"name": "captions", "source": "coco", "input": "captions.json", "images": pictures, "tasks": ["caption"]},
        {"name": "boxes", "source": "coco", "input": "boxes.json", "images": pictures, "tasks": ["detect"]},
    ]
    recipe = {"version": 1, "sources": sources, "targets": [{"to": "qwen-vl"}], "dedup": "near"}
    (folder / "recipe.yaml").write_text(json.dumps(recipe | {"dedup_policy": policy}))
    words = ["build", str(folder / "recipe.yaml"), "-o", str(folder / "out"), "-q"]
    done = CliRunner().invoke(mmdata, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    manifest = json.loads((folder / "out/manifest.json").read_bytes())
    return manifest, (folder / "out/train/train.json").read_text()


def test_a_record_is_asked_what_the_part_of_what_was_put_to_it_asks(folder):
    manifest, rows = built(folder)
    assert (
        "A shelf with a mug on it." in rows and "a.png" in rows and "b.png" not in rows and len(json.loads(rows)) == 2
    )
    assert manifest["accounting"]["annotations"] == {"read": 2, "written": 2, "rejected": {}}
