"""What the tests of push have in common: pictures, labels in COCO's form, a project that serves local files."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click.testing
from mmdata.cli import mmdata
from PIL import Image

from .server import LabelStudio, Project

EVERYTHING = """<View>
  <Image name="image" value="$image"/>
  <RectangleLabels name="box" toName="image">
    <Label value="person"/><Label value="car"/><Label value="truck" alias="lorry"/>
  </RectangleLabels>
  <PolygonLabels name="polygon" toName="image"><Label value="person"/><Label value="car"/></PolygonLabels>
  <TextArea name="text" toName="image" perRegion="true"/>
  <TextArea name="caption" toName="image"/>
</View>
"""


def picture(place: Path, size: tuple[int, int], orientation: int = 1) -> None:
    """A plain picture of that size as it is stored."""
    place.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[274] = orientation
    Image.new("RGB", size, (90, 120, 150)).save(place, exif=exif)


def serve(project: Project, folder: str) -> None:
    """Let the project show files of a folder below the document root."""
    path = project.server.documents / folder
    path.mkdir(parents=True, exist_ok=True)
    body = {"project": project.id, "title": folder, "path": str(path), "use_blob_urls": True}
    project.server.call("POST", "/api/storages/localfiles", body)


def coco(folder: Path, boxes: dict[str, Sequence[tuple[str, Sequence[float]]]], size: tuple[int, int]) -> Path:
    """instances.json: by picture the labels and boxes (x, y, width, height)."""
    names = ["person", "car", "truck", "ghost"]
    images = [
        {"id": number, "file_name": name, "width": size[0], "height": size[1]} for number, name in enumerate(boxes, 1)
    ]
    annotations = [
        {"image_id": number, "category_id": names.index(label) + 1, "bbox": list(box), "iscrowd": 0, "area": 1.0}
        for number, name in enumerate(boxes, 1)
        for label, box in boxes[name]
    ]
    for number, each in enumerate(annotations, 1):
        each["id"] = number
    whole = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": number, "name": name} for number, name in enumerate(names, 1)],
    }
    place = folder / "instances.json"
    place.write_text(json.dumps(whole), encoding="utf-8")
    return place


def run(server: LabelStudio, *arguments: object, code: int = 0) -> tuple[Any, str]:
    """`mmdata annotate …` with --format json against the server: the report and what was said; the exit is `code`."""
    runner = click.testing.CliRunner(env=server.environment)
    done = runner.invoke(mmdata, ["annotate", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return (json.loads(done.stdout) if code == 0 and done.stdout else None), done.stderr
