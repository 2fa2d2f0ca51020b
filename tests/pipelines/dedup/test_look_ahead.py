"""Pictures looked at by an engine's workers: what is found is where the search looks, and the same."""

import os
from pathlib import Path

import numpy as np
import pytest
from mmdata.pipelines import make as making
from mmdata.pipelines.build import build
from mmdata.pipelines.dedup.hashing import looks
from mmdata.pipelines.engine import open_engine
from mmdata.pipelines.job import Job, Limit
from mmdata.pipelines.lint.cache import Cache
from mmdata.pipelines.plan import plan_of
from mmdata.pipelines.progress import SILENT
from mmdata.pipelines.stages import look as stage
from mmdata.pipelines.work import Work
from PIL import Image

ALL = Limit(share=1.0)


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path | None]:
    """Pictures that did not change a moment ago, one that is none, one that is not there, and one named twice."""
    paths: list[Path | None] = []
    for number in range(7):
        noise = np.random.default_rng(number).integers(0, 256, (6, 8, 3), np.uint8)
        paths.append(tmp_path / f"{number}.png")
        Image.fromarray(noise).resize((96, 72)).save(tmp_path / f"{number}.png")
    (tmp_path / "none.jpg").write_bytes(b"no picture")
    paths += [None, tmp_path / "none.jpg", tmp_path / "absent.png", paths[0]]

    for path in tmp_path.iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return paths


@pytest.mark.parametrize("workers", [1, 2])
def test_what_workers_found_is_what_the_search_finds(
    workers: int, pictures: list[Path | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "TOGETHER", 3)
    alone, cache = looks(pictures), Cache(tmp_path / "cache")
    with open_engine(workers=workers) as engine:
        stage.look_ahead(pictures, cache, engine, SILENT)

    def refuse(name: str) -> bytes:
        assert name.endswith("absent.png"), name  # of what is not there nothing can be kept
        return bytes(32)

    monkeypatch.setattr("mmdata.pipelines.dedup.hashing._fact", refuse)
    again = looks(pictures, cache)
    for name in ("known", "difference", "frequency", "width", "height"):
        assert (getattr(alone, name) == getattr(again, name)).all()
    assert alone.known.sum() == 8


def test_without_a_cache_nobody_looks_twice(pictures: list[Path | None], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with open_engine() as engine:
        stage.look_ahead(pictures, Cache(tmp_path / "file" / "no-folder"), engine, SILENT)


def test_a_build_has_its_workers_look_and_finds_the_same(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run begins with an empty cache."""
    kitchen, out = root / "examples" / "kitchen", tmp_path / "out"
    job = Job("coco", kitchen / "instances.json", out, images=kitchen / "images", dedup="near", max_rejected=ALL)
    seen: list[int] = []
    monkeypatch.setattr(making, "look_ahead", lambda *given: (seen.append(len(given[0])), stage.look_ahead(*given)))
    made: list[dict[str, bytes]] = []
    for workers in (1, 2):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / f"cache-{workers}"))
        build(plan_of(job), SILENT, Work(open_engine(workers=workers)))
        made.append({str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()})
    assert made[0] == made[1]
    assert seen == [12]
