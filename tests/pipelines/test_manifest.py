"""The manifest's description: published as it is, true to the contract, strict about sums."""

import json
from pathlib import Path

import jsonschema
import pytest
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.manifest import Manifest, published_schema
from pydantic import ValidationError

SHA = "0" * 64


def example() -> dict:
    accounting = Accounting()
    accounting.read("annotations", 3)
    accounting.write("annotations", 2)
    accounting.reject("annotations", "GE001", file="a.json", at="/annotations/2", value=0, message="width is 0")
    return {
        "mmdata": "0.1.0",
        "format": 1,
        "accounting": accounting.balance(),
        "splits": {
            "train": {
                "samples": 2,
                "shards": [{"path": "train/train.json", "samples": 2, "bytes": 10, "sha256": SHA}],
            }
        },
        "inputs": [{"path": "a.json", "bytes": 5, "sha256": SHA}],
        "options": {"target": "qwen-vl"},
        "versions": {"pyarrow": "17"},
        "files": [{"path": "train/train.json", "bytes": 10, "sha256": SHA}],
    }


def test_the_published_schema_is_current(root: Path):
    published = json.loads((root / "schemas" / "manifest.schema.json").read_text())
    assert published == published_schema(), "python -m mmdata.schemas.manifest > schemas/manifest.schema.json"


def test_the_schema_is_a_schema_and_takes_the_example():
    jsonschema.Draft202012Validator.check_schema(published_schema())
    jsonschema.validate(example(), published_schema())
    assert Manifest.model_validate(example()).splits["train"].samples == 2


def test_more_keys_are_welcome():
    Manifest.model_validate({**example(), "lint": {}})
    jsonschema.validate({**example(), "lint": {}}, published_schema())


@pytest.mark.parametrize("key", ["mmdata", "format", "accounting", "splits", "inputs", "options", "versions"])
def test_contract_keys_are_required(key):
    broken = example()
    del broken[key]
    with pytest.raises(ValidationError, match=key):
        Manifest.model_validate(broken)
    with pytest.raises(jsonschema.ValidationError, match=key):
        jsonschema.validate(broken, published_schema())


def test_sums_that_do_not_add_up_are_refused():
    broken = example()
    broken["accounting"]["annotations"]["written"] = 3
    with pytest.raises(ValidationError, match="3 read is not 3 written \\+ 1 rejected"):
        Manifest.model_validate(broken)
    broken = example()
    broken["splits"]["train"]["samples"] = 3
    with pytest.raises(ValidationError, match="3 samples, but the shards hold 2"):
        Manifest.model_validate(broken)
