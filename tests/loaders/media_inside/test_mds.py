"""streaming reads every sample whole, and its own writer makes the same bytes of the same samples."""

import json
from pathlib import Path
from typing import Any

import meant
import pytest
from streaming import LocalDataset, MDSWriter


def samples(folder: Path, split: str) -> list[dict[str, Any]]:
    if not json.loads((folder / split / "index.json").read_text(encoding="utf-8"))["shards"]:
        return []
    read = LocalDataset(local=str(folder), split=split)
    return [read[number] for number in range(len(read))]


def as_bytes(picture: Any) -> bytes:
    """The bytes that a picture was opened from; reading pixels has not begun."""
    return bytes(picture.fp.getvalue())


def test_every_sample_is_what_was_meant(dataset: Any) -> None:
    read = samples(dataset.out("mds"), "train")
    assert len(read) == meant.written(dataset, "mds")
    for sample in read:
        meant.check(dataset, sample["id"], sample["conversation"], [as_bytes(each) for each in sample["images"]])


def test_its_own_writer_makes_the_same_files(dataset: Any, tmp_path: Path) -> None:
    ours = dataset.out("mds") / "train"
    read = samples(dataset.out("mds"), "train")
    if not read:
        pytest.xfail("no sample of this set is MDS's: nothing to compare")
    columns = {"id": "str", "conversation": "json", "images": "list[jpeg]"}
    with MDSWriter(columns=columns, out=str(tmp_path / "theirs"), hashes=["sha256"], size_limit=None) as writer:
        for sample in read:
            said = json.dumps(sample["conversation"], separators=(",", ":"), ensure_ascii=False)
            writer.write({"id": sample["id"], "conversation": said.encode(), "images": packed(sample["images"])})
    for name in ("index.json", "shard.00000.mds"):
        assert (ours / name).read_bytes() == (tmp_path / "theirs" / name).read_bytes()


def packed(pictures: list[Any]) -> bytes:
    """A list of pictures as the library packs it, of bytes: given pictures, it would encode them again, with loss."""
    from streaming.base.format.mds.encodings import Bytes, List

    class Same(List):
        def underlying_encoder(self) -> Bytes:
            return Bytes()

    return Same().encode([as_bytes(each) for each in pictures])
