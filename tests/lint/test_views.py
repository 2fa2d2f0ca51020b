"""What lint looks at is free once it was looked at: a million records take no more than a thousand."""

import gc
import json
from collections.abc import Iterator
from pathlib import Path
from weakref import ref

import pytest
from mmdata.pipelines.lint.chats import Chats
from mmdata.pipelines.lint.engine import Engine
from mmdata.pipelines.lint.labels import Labels
from mmdata.pipelines.lint.run import lint
from mmdata.pipelines.lint.settings import Settings


@pytest.fixture
def uncollected() -> Iterator[None]:
    """A command runs without the collector of cycles."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("kind", ["labels", "chats"])
def test_no_batch_outlives_its_look(kind: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[ref[Labels | Chats]] = []
    look = getattr(Engine, kind)

    def watched(engine: Engine, view: Labels | Chats) -> None:
        seen.append(ref(view))
        look(engine, view)

    monkeypatch.setattr(Engine, kind, watched)
    path = root / "examples/kitchen/instances.json"
    if kind == "chats":
        path = tmp_path / "rows.json"
        path.write_text(json.dumps([{"messages": [{"role": "user", "content": "<image>a"}], "images": ["a.jpg"]}]))
    lint(path, Settings(images=root / "examples/kitchen/images"))
    assert seen
    assert all(each() is None for each in seen)
