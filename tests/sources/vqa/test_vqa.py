"""VQA read back: golden cases a folder each, real data by count, round trips and damage by property.

A case is `in/`, perhaps `options.json` (`input` and `check` beside the source's own options), and `out.json`.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources import load_source, vqa
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.annotation import ANNOTATIONS
from mmdata.schemas.errors import InputError, MmdataError
from PIL import Image

CASES = Path(__file__).parent / "cases"
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


class Result:
    """What one read gave: rows, rejections as objects, and the accounting."""

    def __init__(self, path: Path, *, check: bool = False, images: Path | None = None, **options: Any) -> None:
        lines: list[bytes] = []
        self.accounting = Accounting(sink=lines.append)
        pictures = Pictures(images or (path if path.is_dir() else path.parent), check=check)
        self.rows: list[dict[str, Any]] = []
        for batch in vqa.read(path, vqa.Options(**options), pictures, self.accounting):
            assert batch.schema == ANNOTATIONS
            self.rows += batch.to_pylist()
        self.rejected = [json.loads(line) for line in lines]
        counts = self.accounting.balance()
        for kind, kept in (("images", len(self.rows)), ("annotations", len(self.questions()))):
            assert counts[kind]["read"] == kept + sum(counts[kind]["rejected"].values())

    def questions(self) -> list[dict[str, Any]]:
        return [question for row in self.rows for question in row["questions"]]

    def said(self) -> dict[str, Any]:
        """As a case's `out.json` holds it: a line a question."""
        return {
            "records": [
                [row["id"], row["at"], row["media"][0]["path"]]
                + [
                    [each["at"], each["question"], [[one["text"], one["votes"]] for one in each["answers"]]]
                    for each in row["questions"]
                ]
                for row in self.rows
            ],
            "rejected": [
                [each["code"], Path(each["file"]).name, each["at"], each["value"], each["message"]]
                for each in self.rejected
            ],
            "inputs": [Path(each.path).name for each in self.accounting.inputs],
        }


def outcome_of(case: str) -> dict[str, Any]:
    """What a case's files give."""
    folder = CASES / case / "in"
    options_file = CASES / case / "options.json"
    options = json.loads(options_file.read_text()) if options_file.exists() else {}
    path = folder / options.pop("input", ".")
    options |= {name: folder / options[name] for name in ("questions", "annotations") if name in options}
    try:
        outcome = Result(path, **options).said()
    except MmdataError as error:
        place = error.place.replace(str(folder), "").lstrip("/")
        outcome = {"error": [type(error).__name__, place, error.fact.replace(str(folder), ""), error.remedy]}
    return dict(json.loads(json.dumps(outcome)))


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_case(case: str) -> None:
    """What a case's files give is what its `out.json` says, to the last value."""
    assert outcome_of(case) == json.loads((CASES / case / "out.json").read_text(encoding="utf-8"))


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4)).save(path)


@pytest.mark.parametrize(
    ("entry", "there"),
    [
        ({"image_id": 42, "question_id": 1}, "COCO_val2014_000000000042.jpg"),
        ({"image_id": 42, "question_id": 1}, "val2014/COCO_val2014_000000000042.jpg"),
        ({"image_id": 42, "question_id": 1}, "000000000042.jpg"),
        ({"image_id": "0f3a", "question_id": 1}, "0f3a.png"),
        ({"image_id": "42", "question_id": 1}, "COCO_val2014_000000000042.jpg"),
    ],
)
def test_of_the_names_an_id_may_mean_the_one_that_is_there(tmp_path: Path, entry: dict[str, Any], there: str) -> None:
    picture(tmp_path / "images" / there)
    asked = {"data_subtype": "val2014", "questions": [{**entry, "question": "?", "answers": ["a"]}]}
    (tmp_path / "q.json").write_text(json.dumps({**asked, "annotations": []}))
    result = Result(tmp_path / "q.json", check=True, images=tmp_path / "images")
    assert [row["media"][0]["path"] for row in result.rows] == [there]


# real data


def test_textvqa_s_votes_are_those_of_the_file(shared: Path) -> None:
    folder = shared / "data" / "vqa"
    asked = json.loads((folder / "textvqa_val400_questions.json").read_text())["questions"]
    given_ = json.loads((folder / "textvqa_val400_annotations.json").read_text())["annotations"]
    votes = {each["question_id"]: Counter(one["answer"].strip() for one in each["answers"]) for each in given_}
    result = Result(folder / "textvqa_val400_questions.json")
    assert not result.rejected
    assert len(result.rows) == len({each["image_id"] for each in asked})
    found = {each["at"]: each for each in result.questions()}
    for index, each in enumerate(asked):
        read = found[f"/questions/{index}"]
        assert read["question"] == each["question"]
        # a Counter keeps the order of first appearance, as the table does
        assert [(one["text"], one["votes"]) for one in read["answers"]] == list(votes[each["question_id"]].items())


def test_easy_vqa_and_its_pictures(shared: Path) -> None:
    folder = shared / "data" / "vqa" / "easy_vqa"
    result = Result(folder / "questions.json", check=True)
    assert (len(result.rows), len(result.questions())) == (40, 374)
    assert all((folder / row["media"][0]["path"]).is_file() for row in result.rows)


def test_llava_s_bench_is_joined(shared: Path) -> None:
    folder = shared / "data/chat/llava/playground/data/coco2014_val_qa_eval"
    result = Result(folder / "qa90_questions.jsonl", annotations=folder / "qa90_gpt4_answer.jsonl")
    lines = (folder / "qa90_gpt4_answer.jsonl").read_text().splitlines()
    answers = [json.loads(line)["text"].strip() for line in lines]
    read = sorted(result.questions(), key=lambda each: int(each["at"].partition(":")[0]))
    assert [[one["text"] for one in each["answers"]] for each in read] == [[answer] for answer in answers]


@pytest.mark.parametrize(
    ("place", "known"),
    [
        ("vqa/textvqa_val400_questions.json", True),
        ("vqa/textvqa_val400_annotations.json", True),
        ("vqa/easy_vqa/questions.json", True),
        ("vqa", True),
        ("vqa/easy_vqa", True),
        ("chat", False),
        ("chat/llava/playground/data/coco2014_val_qa_eval/qa90_questions.jsonl", True),
        ("coco/instances_ccby/annotations/instances_val2017.json", False),
        ("coco/instances_ccby/annotations/captions_val2017.json", False),
        ("ref/refcocos_ccby.json", False),
        ("zh/visualglm/data/finetune_train_examples.json", False),
        ("chat/llamafactory/data/mllm_demo.json", False),
        ("chat/llava/playground/data/coco2014_val_gpt4_qa_30x3.jsonl", False),
        ("vqa/easy_vqa/images/0.png", False),
        ("nothing/here.json", False),
    ],
)
def test_sniff(shared: Path, place: str, known: bool) -> None:
    assert bool(vqa.sniff(shared / "data" / place)) == known


def test_registry_leads_here() -> None:
    assert load_source("vqa").NAME == vqa.NAME == "vqa"


# properties

LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"])
WORDS = st.text(LETTERS, min_size=1, max_size=10)
ENTRY = st.tuples(st.integers(0, 3), WORDS, st.lists(WORDS, min_size=1, max_size=6))
FORMS = st.sampled_from(["two files", "list", "lines", "object", "data"])


def written(folder: Path, entries: list[tuple[int, str, list[str]]], form: str, order: list[int]) -> Path:
    """The entries in one of the forms; of two files the answers in another order than the questions."""
    asked = [
        {"question_id": key, "image_id": f"{image}.jpg", "question": question}
        for key, (image, question, _) in enumerate(entries)
    ]
    given_ = [{"question_id": key, "answers": [{"answer": each} for each in entries[key][2]]} for key in order]
    both = [{**each, "answers": entries[key][2]} for key, each in enumerate(asked)]
    path = folder / "x_questions.json"
    if form == "two files":
        (folder / "x_annotations.json").write_text(json.dumps({"annotations": given_}))
    contents = {
        "two files": lambda: json.dumps({"questions": asked}),
        "list": lambda: json.dumps(both, indent=1),
        "lines": lambda: "".join(json.dumps(each) + "\n" for each in both),
        "object": lambda: json.dumps({str(each["question_id"]): each for each in both}, indent=1),
        "data": lambda: json.dumps({"data": both}),
    }
    path.write_text(contents[form]())
    return path


@RELAXED
@given(st.data(), st.lists(ENTRY, min_size=1, max_size=12), FORMS)
def test_what_is_written_is_read_again(
    tmp_path: Path, data: st.DataObject, entries: list[tuple[int, str, list[str]]], form: str
) -> None:
    order = data.draw(st.permutations(range(len(entries))))
    result = Result(written(tmp_path, entries, form, order))
    read = sorted(
        (row["id"], each["question"], tuple((one["text"], one["votes"]) for one in each["answers"]))
        for row in result.rows
        for each in row["questions"]
    )
    assert read == sorted(
        (f"{image}.jpg", question, tuple(Counter(answers).items())) for image, question, answers in entries
    )
    assert len(result.rows) == len({image for image, _, _ in entries})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["question", "question_id", "image", "image_id", "answers", "answer", "text", "data"]),
            inner,
        )
    ),
    max_leaves=20,
)


@RELAXED
@given(st.lists(JSON, max_size=6) | st.dictionaries(st.sampled_from(["questions", "annotations", "a"]), JSON))
def test_well_formed_nonsense_is_questions_rejections_or_an_input_error(tmp_path: Path, content: Any) -> None:
    (tmp_path / "q.json").write_text(json.dumps(content))
    (tmp_path / "a.json").write_text(json.dumps(content))
    try:
        Result(tmp_path / "q.json", annotations=tmp_path / "a.json")
    except InputError as error:
        assert error.remedy


@RELAXED
@given(st.data(), st.lists(ENTRY, min_size=1, max_size=4), FORMS)
def test_damage_is_questions_rejections_or_an_input_error(
    tmp_path: Path, data: st.DataObject, entries: list[tuple[int, str, list[str]]], form: str
) -> None:
    path = written(tmp_path, entries, form, list(range(len(entries))))
    whole = path.read_bytes()
    torn = bytearray(whole[: data.draw(st.integers(1, len(whole)))])
    for _ in range(data.draw(st.integers(0, 4))):
        torn[data.draw(st.integers(0, len(torn) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(torn))
    try:
        Result(path, annotations=tmp_path / "x_annotations.json" if form == "two files" else None)
    except InputError as error:
        assert error.remedy
