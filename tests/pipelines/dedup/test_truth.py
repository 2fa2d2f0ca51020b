"""What people judged by eye: precision and recall on pairs of real pictures, and look-alikes that are none."""

import json
from itertools import combinations

import pytest
from mmdata.pipelines.dedup.find import kin

SAME = ("near-duplicate", "exact", "near-duplicate after EXIF")
BORDERLINE = "overlapping fields (shifted)"


@pytest.fixture(scope="module")
def truth(shared):
    pairs = json.loads((shared / "data/dup/pairs_truth.json").read_text())
    return [(*(shared / "data" / pair["set"] / pair[side] for side in "ab"), pair["truth"]) for pair in pairs]


def test_precision_and_recall_on_the_pairs_are_one(truth):
    said = {"right": [], "missed": [], "wrong": [], "borderline": []}
    for one, other, judged in truth:
        found = kin([one, other], near=True).clusters().tolist() == [0, 0]
        if judged == BORDERLINE:
            said["borderline"].append(found)
        elif found:
            said["right" if judged in SAME else "wrong"].append((one.name, other.name))
        elif judged in SAME:
            said["missed"].append((one.name, other.name))
    assert (len(said["right"]), said["missed"], said["wrong"]) == (26, [], [])
    # Two fields of one blood smear, a hundredth of their width apart: one of them in val would be a leak.
    assert said["borderline"] == [True]


def test_exact_ones_are_said_to_be_so(truth):
    for one, other, judged in truth:
        assert (kin([one, other], near=False).first.tolist() == [0, 0]) == (judged == "exact")


LOOK_ALIKES = [
    ("ocr/sroie/data/img", {("012.jpg", "015.jpg")}),
    ("voc/bccd/BCCD/JPEGImages", {("BloodImage_00037.jpg", "BloodImage_00038.jpg")}),
    ("vqa/easy_vqa/images", set()),
    ("ocr/mmocr/tests/data/kie_toy_dataset/wildreceipt", set()),
    ("yolo/yolo_mark/x64/Release/data/img", set()),
    ("dup/perception/perception/testing/images", set()),
    ("coco/instances_ccby/val2017", set()),
    # A fourth pair has an aeroplane in one picture and a boat in its place in the other.
    (
        "dup/datajuicer",
        {
            ("img1.png", "img4.png"),
            ("img2.jpg", "img5.jpg"),
            *(("img3.jpg", "img6.jpg"), ("img3.jpg", "img7.jpg"), ("img6.jpg", "img7.jpg")),
        },
    ),
    (
        "voc/cards/images",
        {
            ("IMG_2464.JPG", "IMG_2465.JPG"),
            ("IMG_2473.JPG", "IMG_2474.JPG"),
            ("cam_image1.jpg", "cam_image54.jpg"),
        },
    ),
]
"""Folders of pictures, and by their names the pairs in each that are the same."""


@pytest.mark.parametrize(("folder", "twins"), LOOK_ALIKES)
def test_look_alikes_are_told_apart(shared, folder, twins):
    paths = pictures(shared, folder)
    first = kin(paths, near=True, distance=10).clusters().tolist()
    found = {(paths[a].name, paths[b].name) for a, b in combinations(range(len(paths)), 2) if first[a] == first[b]}
    assert found == twins


def pictures(shared, folder):
    return sorted(
        path for path in (shared / "data" / folder).rglob("*") if path.suffix.lower() in (".jpg", ".png", ".jpeg")
    )


def test_the_page_states_what_is_held_here(root, shared, truth):
    page = (root / "docs/dedup.md").read_text(encoding="utf-8")
    same = sum(judged in SAME for *_, judged in truth)
    other = len(truth) - same - sum(judged == BORDERLINE for *_, judged in truth)
    sizes = [len(pictures(shared, folder)) for folder, _ in LOOK_ALIKES]
    pairs, twins = sum(size * (size - 1) // 2 for size in sizes), sum(len(twins) for _, twins in LOOK_ALIKES)
    assert f"{same} that are the same" in page and f"{other} that are not" in page
    assert "precision 1.00, recall 1.00" in page
    assert f"{sum(sizes)} pictures in nine sets" in page and len(sizes) == 9
    assert f"all {twins} pairs that are the same, and no other of {pairs:,}" in page
