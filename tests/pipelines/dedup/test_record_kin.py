"""Records with several pictures: the same where all are, in order; partly the same are kept, in one split."""

import json
from itertools import product

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.cli import mmdata
from mmdata.pipelines.dedup.find import Kin
from mmdata.pipelines.dedup.policy import decide
from mmdata.pipelines.dedup.record_kin import RecordKin


class Drawn(Kin):
    """Pictures that are numbers: equal ones are one file, those that differ by one are the same to the eye."""

    def __init__(self, numbers):
        first = np.array([numbers.index(number) for number in numbers], np.int64)
        own = {at for at in range(len(numbers)) if first[at] == at}
        near = {one: sorted(o for o in own if o != one and abs(numbers[one] - numbers[o]) <= 2) for one in sorted(own)}
        super().__init__([None] * len(numbers), first, None, {one: others for one, others in near.items() if others})
        self.numbers = numbers

    def how(self, one, other):
        apart = abs(self.numbers[one] - self.numbers[other])
        return None if one == other else ("bytes", "look", None)[min(apart, 2)]


RECORDS = st.lists(st.lists(st.integers(0, 12), max_size=3), max_size=12)


def same(one, other):
    return bool(one) and len(one) == len(other) and all(abs(a - b) <= 1 for a, b in zip(one, other, strict=True))


@settings(max_examples=200, deadline=None)
@given(RECORDS)
def test_what_is_the_same_by_brute_force(records):
    kin = RecordKin(Drawn([number for record in records for number in record]), [len(each) for each in records])
    for one, other in product(range(len(records)), repeat=2):
        mine, its = records[one], records[other]
        equal = one == other or (bool(mine) and mine == its)
        assert (kin.first[one] == kin.first[other]) == equal
        if kin.first[one] == one and kin.first[other] == other and one != other:
            assert same(mine, its) == (other in kin.near.get(one, ()) and kin.how(one, other) == "look")


@settings(max_examples=200, deadline=None)
@given(RECORDS)
def test_the_greedy_choice_is_that_of_one_look_after_the_other(records):
    kin = RecordKin(Drawn([number for record in records for number in record]), [len(each) for each in records])
    decided = decide(kin, "keep-first", [1] * len(records), lambda *_: True)
    kept = []
    for at, record in enumerate(records):
        left_out = any(same(record, records[other]) for other in kept)
        assert decided.kept[at] == (not left_out)
        if not left_out:
            kept.append(at)


@settings(max_examples=100, deadline=None)
@given(RECORDS)
def test_who_shares_a_picture_with_another_is_in_its_cluster(records):
    kin = RecordKin(Drawn([number for record in records for number in record]), [len(each) for each in records])
    found = kin.clusters()
    for one, other in product(range(len(records)), repeat=2):
        if _share(records[one], records[other]):
            assert found[one] == found[other]
    for at, record in enumerate(records):
        assert found[at] == at or any(
            _share(record, records[other]) for other in range(len(records)) if other != at and found[other] == found[at]
        ), "who is in a cluster shares a picture with another that is"


def _share(one, other):
    return any(abs(a - b) <= 1 for a in one for b in other)


def convert(folder, rows, *options):
    """(the pictures of every row by split, (code, message) of every record left out) of rows with several pictures."""
    (labels := folder / "in").mkdir(exist_ok=True)
    said = [
        {
            "id": f"{at}",
            "images": list(names),
            "messages": [
                {"role": "user", "content": "<image>" * len(names) + "What is there?"},
                {"role": "assistant", "content": answer},
            ],
        }
        for at, (names, answer) in enumerate(rows)
    ]
    (labels / "rows.jsonl").write_text("".join(json.dumps(each) + "\n" for each in said))
    words = ["convert", "chat", labels / "rows.jsonl", "--images", folder / "pictures", "-o", folder / "out", "-q"]
    done = CliRunner().invoke(mmdata, [*map(str, words), "--to", "swift", *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    manifest = json.loads((folder / "out/manifest.json").read_bytes())
    for counts in manifest["accounting"].values():
        assert counts["read"] == counts["written"] + sum(counts["rejected"].values())
    held = {
        split: sorted(
            tuple(each.rpartition("/")[2] for each in json.loads(line)["images"])
            for shard in told["shards"]
            for line in (folder / "out" / shard["path"]).read_bytes().splitlines()
        )
        for split, told in manifest["splits"].items()
    }
    rejected = [json.loads(line) for line in (folder / "out/rejected.jsonl").read_bytes().splitlines()]
    return held, {(each["code"], each["message"]) for each in rejected}


@pytest.fixture
def folder(tmp_path, scene):
    (tmp_path / "pictures").mkdir()
    for number in range(1, 9):
        scene(number).save(tmp_path / f"pictures/{number}.png")
        scene(number).save(tmp_path / f"pictures/copy{number}.png", compress_level=1)
        scene(number).resize((160, 120)).save(tmp_path / f"pictures/small{number}.jpg")
    return tmp_path


def test_all_pictures_in_order_make_a_duplicate(folder):
    rows = [
        (("1.png", "2.png"), "A."),
        (("copy1.png", "small2.jpg"), "A."),
        (("2.png", "1.png"), "B."),
        (("1.png", "3.png"), "C."),
        (("1.png",), "D."),
        (("copy1.png", "copy2.png"), "E."),
    ]
    held, left_out = convert(folder, rows, "--dedup", "near")
    assert held == {"train": [("1.png",), ("1.png", "2.png"), ("1.png", "3.png"), ("2.png", "1.png")]}
    by = {code: said.replace(str(folder), "") for code, said in left_out}
    others = "/pictures/1.png and the others of that record"
    assert by["DU003"] == f"its 2 pictures are, each in its place, to the eye, {others}"
    assert by["DU005"].startswith(f"its 2 pictures are, each in its place, pixel by pixel, {others}, which has other")


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("policy", ["keep-first", "most-annotated", "reject", "merge", "none"])
def test_a_picture_in_common_keeps_records_in_one_split(folder, policy, seed):
    rows = [((f"{at}.png", f"{at + 1}.png"), "A.") for at in (1, 3, 5, 7)]
    rows += [((f"small{at + 1}.jpg", f"copy{(at + 2) % 8 or 8}.png"), "A.") for at in (1, 5)]
    options = ("--dedup", "near", "--dedup-policy", policy, "--split", "train=0.5,val=0.5", "--seed", str(seed))
    held, left_out = convert(folder, rows, *options)
    assert not left_out and sum(map(len, held.values())) == 6
    for cluster in ({"1.png", "small2.jpg", "3.png"}, {"5.png", "small6.jpg", "7.png"}):
        assert sum(any(cluster & set(row) for row in split) for split in held.values()) == 1


def test_words_in_common_join_what_pictures_in_common_have_joined(folder):
    words = (
        "A shelf of long boards with three blue mugs, a kettle of steel and a row of old books in the light of noon."
    )
    rows = [(("1.png", "2.png"), "A."), (("copy2.png", "3.png"), words)]
    rows += [(("5.png", "6.png"), words), (("copy6.png", "7.png"), "B.")]
    options = ["--dedup", "near", "--dedup-policy", "none", "--split", "train=0.5,val=0.5", "--ledger", "new"]
    assert sorted(map(len, convert(folder, rows, *options)[0].values())) == [2, 2]
    assert sorted(map(len, convert(folder, rows, *options, "--dedup-text", "exact")[0].values())) == [0, 4]


def test_one_picture_of_a_benchmark_is_enough(folder, scene):
    (theirs := folder / "benchmark").mkdir()
    scene(2).save(theirs / "question.png")
    held, left_out = convert(folder, [(("1.png", "2.png"), "A."), (("3.png", "4.png"), "A.")], "--against", str(theirs))
    assert held == {"train": [("3.png", "4.png")]}
    ((code, said),) = left_out
    assert code == "SP007" and said.startswith("one of its 2 pictures is, byte for byte, ")
