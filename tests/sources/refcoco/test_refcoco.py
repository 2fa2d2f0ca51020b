"""Referring expressions read back: golden cases a folder each, real data, round trips and damage by property.

A case is `in/`, perhaps `options.json` (`input` and `instances` are files in it), and `out.json`.
"""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources import load_source, refcoco
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.annotation import ANNOTATIONS
from mmdata.schemas.errors import InputError, MmdataError

CASES = Path(__file__).parent / "cases"
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
CORNERS = ("x1", "y1", "x2", "y2")


class Result:
    """What one read gave: rows, rejections as objects, and the accounting."""

    def __init__(self, path: Path, **options: Any) -> None:
        lines: list[bytes] = []
        self.accounting = Accounting(sink=lines.append)
        pictures = Pictures(path if path.is_dir() else path.parent, check=False)
        self.rows: list[dict[str, Any]] = []
        for batch in refcoco.read(path, refcoco.Options(**options), pictures, self.accounting):
            assert batch.schema == ANNOTATIONS
            self.rows += batch.to_pylist()
        self.rejected = [json.loads(line) for line in lines]
        counts = self.accounting.balance()
        kept = sum(len(row["phrases"]) + len(row["objects"]) for row in self.rows)
        for kind, number in (("images", len(self.rows)), ("annotations", kept)):
            assert counts[kind]["read"] == number + sum(counts[kind]["rejected"].values())

    def phrases(self) -> list[tuple[str, str, list[list[float]]]]:
        """(picture, words, the boxes that are meant) of each phrase."""
        return [
            (row["media"][0]["path"], each["text"], [box_of(row["objects"][number]) for number in each["objects"]])
            for row in self.rows
            for each in row["phrases"]
        ]

    def said(self) -> dict[str, Any]:
        """As a case's `out.json` holds it."""
        return {
            "records": [
                {
                    "record": [row["id"], row["at"], *(row["media"][0][key] for key in ("path", "width", "height"))],
                    "objects": [
                        [
                            each["at"].rpartition("/cases/")[2].partition("/in/")[2] or each["at"],
                            each["label"],
                            box_of(each),
                            *(["crowd"] if each["crowd"] else []),
                        ]
                        for each in row["objects"]
                    ],
                    "phrases": [[each["at"], each["text"], each["objects"]] for each in row["phrases"]],
                }
                for row in self.rows
            ],
            "rejected": [[each[key] for key in ("code", "at", "value", "message")] for each in self.rejected],
            "remarks": [[each.code, each.at, each.value, each.message] for each in self.accounting.findings],
            "inputs": [Path(each.path).name for each in self.accounting.inputs],
        }


def box_of(thing: dict[str, Any]) -> list[float]:
    return [thing[side] for side in CORNERS]


def outcome_of(case: str) -> dict[str, Any]:
    """What a case's files give."""
    folder = CASES / case / "in"
    options_file = CASES / case / "options.json"
    options = json.loads(options_file.read_text()) if options_file.exists() else {}
    path = folder / options.pop("input", ".")
    try:
        outcome = Result(path, **options).said()
    except MmdataError as error:
        place = error.place.replace(str(folder), "").lstrip("/")
        outcome = {"error": [type(error).__name__, place, error.fact.replace(str(folder), ""), error.remedy]}
    return dict(json.loads(json.dumps(outcome)))


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_case(case: str) -> None:
    """What a case's files give is what its `out.json` says, to the last value."""
    expected = json.loads((CASES / case / "out.json").read_text(encoding="utf-8"))
    # as text, so that NaN equals NaN
    assert json.dumps(outcome_of(case), indent=1) == json.dumps(expected, indent=1)


class Trap:
    """Unpickled, it would leave a trace."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("trap"),)


@pytest.mark.parametrize("name", ["refs(unc).p", "refs.json"])
def test_a_pickle_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(pickle.dumps(Trap()))
    refcoco.sniff(tmp_path / name)
    with pytest.raises(InputError, match="pickle"):
        Result(tmp_path / name)
    assert not (tmp_path / "trap").exists()


# real data


def test_refcocos_say_what_the_file_says(shared: Path) -> None:
    rows = json.loads((shared / "data/ref/refcocos_ccby.json").read_text())
    result = Result(shared / "data/ref/refcocos_ccby.json")
    assert not result.rejected
    assert not result.accounting.remarks
    wanted = [
        (row["image"], row["normal_caption"].strip(), [[float(side) for side in row["solution"]]])
        if row["solution"]
        else (row["image"], row["normal_caption"].strip(), [])
        for row in rows
    ]
    assert sorted(result.phrases()) == sorted(wanted)
    assert sum(not boxes for _, _, boxes in result.phrases()) == sum(row["categories"]["empty_case"] for row in rows)
    assert len(result.rows) == len({row["image"] for row in rows})


def test_the_box_in_thousandths_is_the_box_in_pixels(shared: Path, tmp_path: Path) -> None:
    rows = json.loads((shared / "data/ref/refcocos_ccby.json").read_text())
    (tmp_path / "rows.json").write_text(json.dumps([{**row, "solution": None} for row in rows]))
    theirs = {(name, text): boxes for name, text, boxes in Result(tmp_path / "rows.json").phrases()}
    for name, text, boxes in Result(shared / "data/ref/refcocos_ccby.json").phrases():
        for box, other in zip(boxes, theirs[name, text], strict=True):
            assert box == pytest.approx(other, abs=0.65)  # one step of 640 px, however it was rounded


@pytest.mark.parametrize(
    ("place", "known"),
    [
        ("ref/refcocos_ccby.json", True),
        ("coco/instances_ccby/annotations/instances_val2017.json", False),
        ("coco/instances_ccby/annotations", False),
        ("vqa/textvqa_val400_questions.json", False),
        ("chat/llava/playground/data/coco2014_val_gpt4_qa_30x3.jsonl", False),
        ("nothing/here.json", False),
    ],
)
def test_sniff(shared: Path, place: str, known: bool) -> None:
    assert bool(refcoco.sniff(shared / "data" / place)) == known


def test_registry_leads_here() -> None:
    assert load_source("refcoco").NAME == refcoco.NAME == "refcoco"


# properties

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=10)
SIDES = st.floats(0, 1000)
BOXES = st.tuples(SIDES, SIDES, SIDES, SIDES)
REFERENCES = st.tuples(
    st.integers(1, 3), st.lists(st.integers(0, 5), max_size=3, unique=True), st.lists(WORDS, min_size=1)
)


@RELAXED
@given(st.lists(REFERENCES, min_size=1, max_size=6), st.lists(BOXES, min_size=6, max_size=6))
def test_refs_are_read_with_their_instances(
    tmp_path: Path, references: list[tuple[int, list[int], list[str]]], boxes: list[tuple[float, ...]]
) -> None:
    refs = [
        {
            "ref_id": number,
            "image_id": image,
            "ann_id": [10 * image + each for each in meant] or [-1],
            "sentences": [{"sent": word} for word in words],
        }
        for number, (image, meant, words) in enumerate(references)
    ]
    annotations = [
        {"id": 10 * image + number, "image_id": image, "bbox": box}
        for image in (1, 2, 3)
        for number, box in enumerate(boxes)
    ]
    images = [{"id": image, "file_name": f"{image}.jpg"} for image in (1, 2, 3)]
    (tmp_path / "refs.json").write_text(json.dumps(refs))
    (tmp_path / "instances.json").write_text(json.dumps({"annotations": annotations, "images": images}))
    wanted = [
        (f"{image}.jpg", word, [[x, y, x + width, y + height] for x, y, width, height in map(boxes.__getitem__, meant)])
        for image, meant, words in references
        for word in words
    ]
    result = Result(tmp_path)
    assert sorted(result.phrases()) == sorted(wanted)
    assert not result.rejected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "sentences",
                    "ref_id",
                    "ann_id",
                    "image_id",
                    "image",
                    "solution",
                    "normalized_solution",
                    "caption",
                    "width",
                ]
            ),
            inner,
        )
    ),
    max_leaves=20,
)


@RELAXED
@given(st.lists(JSON, max_size=6))
def test_well_formed_nonsense_is_phrases_rejections_or_an_input_error(tmp_path: Path, content: Any) -> None:
    (tmp_path / "refs.json").write_text(json.dumps(content))
    (tmp_path / "instances.json").write_text('{"images": [{"id": 0, "file_name": "a"}], "annotations": []}')
    try:
        Result(tmp_path / "refs.json")
    except InputError as error:
        assert error.remedy


@RELAXED
@given(st.data())
def test_damage_is_phrases_rejections_or_an_input_error(tmp_path: Path, data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(["refcoco_several_sentences/in/refs(unc).json", "refcocos/in/rows.json"]))
    whole = (CASES / case).read_bytes()
    torn = bytearray(whole[: data.draw(st.integers(1, len(whole)))])
    for _ in range(data.draw(st.integers(0, 4))):
        torn[data.draw(st.integers(0, len(torn) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "refs.json").write_bytes(bytes(torn))
    try:
        Result(tmp_path / "refs.json", instances=CASES / "refcoco_several_sentences/in/instances.json")
    except InputError as error:
        assert error.remedy
