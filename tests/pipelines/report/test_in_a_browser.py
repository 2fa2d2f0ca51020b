"""The page in a real browser: its own policy lets its pictures and style through, and nothing is refused."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from mmdata.pipelines.convert import convert
from mmdata.pipelines.job import Job
from mmdata.pipelines.progress import Silent
from mmdata.pipelines.report import write_report
from PIL import Image


def screenshot(page: Path, png: Path) -> str:
    """What the browser says while it draws the page into `png`, 1300×1600."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium on this machine")
    command = [browser, "--headless", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr", "--v=0"]
    command += ["--no-sandbox"] if os.geteuid() == 0 else []
    command += [f"--user-data-dir={png.parent / 'profile'}", "--window-size=1300,1600", f"--screenshot={png}"]
    done = subprocess.run([*command, page.as_uri()], check=True, capture_output=True, text=True, timeout=120)
    return done.stderr


def test_pictures_and_boxes_are_seen(root: Path, tmp_path: Path) -> None:
    kitchen = root / "examples" / "kitchen"
    images = kitchen / "images"
    convert(Job("coco", kitchen / "instances.json", tmp_path / "out", images=images), Silent())
    page = write_report(tmp_path / "out", tmp_path / "report.html")
    said = screenshot(page, tmp_path / "page.png")
    assert "Content Security Policy" not in said
    with Image.open(tmp_path / "page.png") as seen:
        colours = {colour for _, colour in seen.convert("RGB").getcolors(1 << 24) or []}
    table, outline = (202, 156, 112), (0xE4, 0x57, 0x2E)
    assert outline in colours
    assert any(max(abs(a - b) for a, b in zip(colour, table, strict=True)) <= 3 for colour in colours)
