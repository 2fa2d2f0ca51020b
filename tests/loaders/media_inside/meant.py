"""A conversation that came out of a reader, compared with the annotation table behind it."""

from pathlib import Path
from typing import Any

import truth


def check(dataset: Any, name: str, said: dict[str, Any], pictures: list[bytes]) -> None:
    """Turns, pictures byte for byte and boxes are those of the sample of that id."""
    sample = dataset.truth[name]
    assert [message["role"] for message in said["messages"]] == truth.roles(sample)
    assert pictures == [Path(medium["path"]).read_bytes() for medium in truth.media(sample)]
    assert said.get("objects", {}).get("bbox", []) == [box for box, _ in truth.boxes(sample)]
    tags = sum(message["content"].count("<image>") for message in said["messages"])
    assert tags == len(pictures)


def written(dataset: Any, target: str) -> int:
    """How many samples the manifest says were written."""
    return int(dataset.manifest(target)["accounting"]["samples"]["written"])
