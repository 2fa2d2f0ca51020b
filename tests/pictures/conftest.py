"""Small pictures made for these tests."""

import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

LETTERS = {1: "B3x", 3: "H2x", 4: "I", 6: "b3x", 8: "h2x", 9: "i"}  # TIFF types that fit into an entry


@pytest.fixture(scope="session")
def gradient() -> Callable[..., Image.Image]:
    """A picture without symmetry, smooth enough for JPEG to keep it near."""

    def make(width: int = 24, height: int = 16) -> Image.Image:
        across = np.linspace(0, 255, width)[None, :].repeat(height, 0)
        down = np.linspace(0, 255, height)[:, None].repeat(width, 1)
        return Image.fromarray(np.stack([across, down, (across + down) / 4], axis=2).astype(np.uint8))

    return make


@pytest.fixture(scope="session")
def exif_block() -> Callable[..., bytes]:
    """A TIFF block whose only tag is an orientation of that type, count and value."""

    def make(value: int, *, kind: int = 3, count: int = 1, order: str = "<") -> bytes:
        mark = b"II*\0" if order == "<" else b"MM\0*"
        return mark + struct.pack(order + "IHHHI" + LETTERS[kind], 8, 1, 0x0112, kind, count, value) + bytes(4)

    return make


@pytest.fixture(scope="session")
def encoded() -> Callable[..., bytes]:
    """A picture as a file's bytes."""

    def make(image: Image.Image, form: str, **how: Any) -> bytes:
        out = io.BytesIO()
        image.save(out, form, **how)
        return out.getvalue()

    return make
