"""Brush masks: those of a stream packed here, and the faults of one that is torn or of another picture."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.converters.sources.label_studio_brush import BrushError, mask_of


def packed(pixels: list[int]) -> bytes:
    """RGBA of these alphas in the brush's stream: words of 8 bits, runs of 1, of up to 16 and of up to 4096."""
    data = [byte for alpha in pixels for byte in [alpha] * 4]
    bits = f"{len(data):032b}{7:05b}{0:04b}{3:04b}{11:04b}{15:04b}"
    at = 0
    while at < len(data):
        run = 1
        while at + run < len(data) and data[at + run] == data[at] and run < 4096:
            run += 1
        if run > 2:
            bits += f"1{2:02b}{run - 1:012b}{data[at]:08b}"
        else:
            run = min(16, len(data) - at)
            bits += f"0{1:02b}{run - 1:04b}" + "".join(f"{byte:08b}" for byte in data[at : at + run])
        at += run
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[start : start + 8], 2) for start in range(0, len(bits), 8))


@given(st.integers(1, 9), st.integers(1, 9), st.data())
@settings(max_examples=80, deadline=None)
def test_a_mask_comes_back(width: int, height: int, data: st.DataObject) -> None:
    pixels = data.draw(st.lists(st.sampled_from([0, 0, 0, 255]), min_size=width * height, max_size=width * height))
    assert mask_of(packed(pixels), width, height).tolist() == [
        [alpha > 0 for alpha in pixels[row * width : (row + 1) * width]] for row in range(height)
    ]
    with pytest.raises(BrushError, match=r"the mask has|ends after"):
        mask_of(packed(pixels), width + 1, height)


def test_long_runs_of_equal_bytes_are_painted_rows() -> None:
    bits = f"{4 * 12:032b}{7:05b}{7:04b}{7:04b}{7:04b}{7:04b}" + f"100{47:08b}{255:08b}"
    data = bytes(int(bits[start : start + 8].ljust(8, "0"), 2) for start in range(0, len(bits), 8))
    assert mask_of(data, 4, 3).all()
