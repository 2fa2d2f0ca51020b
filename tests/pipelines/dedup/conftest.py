"""Pictures with something in them, and what people do to pictures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def scene() -> Callable[[int], Image.Image]:
    """A picture of 320 x 240 by number, each unlike the others: patches of colour of several sizes."""

    def drawn(number: int) -> Image.Image:
        random = np.random.default_rng(number)
        whole = np.zeros((240, 320, 3))
        for across, down, strength in ((5, 4, 90), (16, 12, 60), (40, 30, 40)):
            patches = Image.fromarray(random.integers(0, 256, (down, across, 3), np.uint8))
            whole += np.asarray(patches.resize((320, 240), Image.Resampling.BICUBIC), float) * strength / 190
        return Image.fromarray(np.clip(whole, 0, 255).astype(np.uint8))

    return drawn


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    """A picture as a file of its own, by name."""

    def save(name: str, picture: Image.Image, **options: object) -> Path:
        picture.save(tmp_path / name, **options)
        return tmp_path / name

    return save
