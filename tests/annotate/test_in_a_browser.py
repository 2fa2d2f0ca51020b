"""A person opens what was pushed, sees the boxes, draws one more and submits: in a real browser, on a real server.

docs/pre-annotated.png is what this test saw before the person began, in fewer colours.
"""

import json
import shutil
from pathlib import Path

import pytest

from .browser import CHROMIUM, opened
from .pushing import run, serve
from .server import BOXES, EMAIL, PASSWORD, LabelStudio, Project

REGIONS = "window.Htx.annotationStore.selected.regions.length"
"""How many regions the labelling page has, drawn or predicted."""


@pytest.fixture
def predicted(label_studio: LabelStudio, project: Project, root: Path) -> Project:
    """The drawn kitchen with its boxes as a model's predictions."""
    kitchen = root / "examples" / "kitchen"
    folder = label_studio.documents / "kitchen"
    shutil.copytree(kitchen / "images", folder, dirs_exist_ok=True)
    labels = json.loads((kitchen / "instances.json").read_text())
    names = "".join(f'<Label value="{each["name"]}"/>' for each in labels["categories"])
    config = BOXES.replace('<Label value="person"/><Label value="car"/><Label value="sign"/>', names)
    made = label_studio.make_project(config, title="The drawn kitchen")
    serve(made, "kitchen")
    where = ("--project", made.key, "--images", folder, "--document-root", label_studio.documents)
    model = ("--as", "predictions", "--model-version", "drawn-1")
    run(label_studio, "push", "coco", kitchen / "instances.json", *where, *model, "--format", "json", "-q")
    return made


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_a_person_adds_a_box_to_what_was_predicted(predicted: Project, tmp_path: Path) -> None:
    task = min(each["id"] for each in predicted.export())
    with opened(tmp_path / "profile") as browser:
        browser.go(predicted.server.url + "/user/login/")
        browser.type("input[name=email]", EMAIL)
        browser.type("input[name=password]", PASSWORD)
        browser.click("button[type=submit]")
        browser.until("!location.pathname.includes('/user/login')")
        browser.go(f"{predicted.server.url}/projects/{predicted.id}/data?task={task}")
        browser.until("!!document.querySelector('canvas') && !!document.querySelector('.lsf-label')")
        browser.until("[...document.images].some(each => each.src.includes('local-files') && each.naturalWidth > 0)")
        predictions = browser.until(f"{REGIONS} > 2 && {REGIONS}")
        browser.screenshot(tmp_path / "before.png")
        browser.click(".lsf-label", "mug")
        browser.until("!!document.querySelector('.lsf-label_selected')")
        x, y, width, height = browser.place_of(".konvajs-content")
        browser.drag([(x + width * share, y + height * share) for share in (0.1, 0.15, 0.2, 0.25)])
        browser.until(f"{REGIONS} === {predictions + 1}")
        browser.screenshot(tmp_path / "drawn.png")
        browser.click("button", "Submit")
        browser.until("document.body.innerText.includes('Update') || document.body.innerText.includes('submitted')")
    (done,) = [each for each in predicted.export() if each["id"] == task]
    (work,) = done["annotations"]
    origins = [each.get("origin") for each in work["result"] if each["type"] == "rectanglelabels"]
    assert origins.count("manual") == 1
    assert origins.count("prediction") == len(origins) - 1 >= 2
