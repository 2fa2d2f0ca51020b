"""webdataset reads every sample whole: as many as were written, keys once, pictures byte for byte."""

import json
from typing import Any

import meant
import webdataset


def samples(dataset: Any, decoder: str | None = None) -> list[dict[str, Any]]:
    files = [str(path) for path in dataset.files("webdataset")]
    if not files:
        return []
    read = webdataset.WebDataset(files, shardshuffle=False)
    return list(read.decode(decoder) if decoder else read)


def test_every_sample_is_what_was_meant(dataset: Any) -> None:
    read = samples(dataset)
    assert len(read) == meant.written(dataset, "webdataset")
    assert len({sample["__key__"] for sample in read}) == len(read)
    for sample in read:
        said = json.loads(sample["json"])
        meant.check(dataset, said["id"], said, [sample[name] for name in said.get("images", [])])


def test_its_decoder_opens_every_picture(dataset: Any) -> None:
    for sample in samples(dataset, "pil"):
        said = sample["json"]
        media = [each for each in dataset.truth[said["id"]]["media"] if each["kind"] == "image"]
        assert {sample[name].size for name in said.get("images", [])} == {
            (medium["width"], medium["height"]) for medium in media
        }
