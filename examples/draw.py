"""Draws the example data set: `python examples/draw.py` writes examples/kitchen anew.

Twelve pictures and their labels three times over, all true to the drawing:
`instances.json` (COCO: x, y, width, height), `captions.json` (COCO captions), `voc/*.xml` (the table pictures) and
`label_studio.json` (the table pictures, with rotated rectangles in percent). One picture, table-3.jpg, is stored lying
on its side with EXIF orientation 6, as telephones do; its labels are in the upright view, as labelling tools do.
The last box of `instances.json` is a slip of the mouse, without any width, and one box is a crowd: what becomes of
them stands in the accounting of every conversion.
Numbers are the same at every run; the bytes of the JPEGs depend on the version of Pillow.
"""

import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from pen import Scene, Thing
from PIL import Image
from scenes import all_scenes

HOME = Path(__file__).resolve().parent / "kitchen"
CATEGORIES = (
    *("mug", "plate", "spoon", "bowl", "apple", "teapot", "jar", "book", "plant"),
    *("car", "lorry", "bus", "traffic light", "person"),
)
SLIP = Thing("spoon", (318.0, 402.5, 0.0, 24.0))
ON_ITS_SIDE = "table-3"
ORIENTATION, TURNED_CLOCKWISE_TO_VIEW = 274, 6


def main() -> None:
    """Draw everything into examples/kitchen."""
    scenes = all_scenes()
    (HOME / "images").mkdir(parents=True, exist_ok=True)
    (HOME / "voc").mkdir(exist_ok=True)
    for scene in scenes:
        save(scene)
    write_json("instances.json", coco_instances(scenes))
    write_json("captions.json", coco_captions(scenes))
    tables = [scene for scene in scenes if scene.name.startswith("table")]
    write_json("label_studio.json", [label_studio_task(number, scene) for number, scene in enumerate(tables, 1)])
    for scene in tables:
        (HOME / "voc" / f"{scene.name}.xml").write_text(voc(scene), encoding="utf-8")


def file_name(scene: Scene) -> str:
    """JPEG as photographs are; the portrait shelf is a PNG."""
    return f"{scene.name}.{'png' if scene.name == 'shelf-3' else 'jpg'}"


def save(scene: Scene) -> None:
    """Write the picture; one of them on its side, with the EXIF note that says so."""
    picture, target = scene.picture(), HOME / "images" / file_name(scene)
    if target.suffix == ".png":
        picture.quantize(64, dither=Image.Dither.NONE).save(target, optimize=True)
        return
    exif = Image.Exif()
    if scene.name == ON_ITS_SIDE:
        exif[ORIENTATION] = TURNED_CLOCKWISE_TO_VIEW
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    picture.save(target, quality=86, optimize=True, exif=exif)


def write_json(name: str, content: object) -> None:
    """One file of labels, readable by people."""
    (HOME / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def coco_images(scenes: list[Scene]) -> list[dict[str, Any]]:
    """COCO's image list; sizes are those of the upright view."""
    return [
        {"id": number, "file_name": file_name(scene), "width": scene.width, "height": scene.height}
        for number, scene in enumerate(scenes, 1)
    ]


def coco_instances(scenes: list[Scene]) -> dict[str, Any]:
    """COCO instances."""
    things = [(number, thing) for number, scene in enumerate(scenes, 1) for thing in scene.things]
    things.append((1, SLIP))
    return {
        "info": {"description": "mmdata's drawn example: a kitchen and the street before its window"},
        "images": coco_images(scenes),
        "categories": [{"id": number, "name": name} for number, name in enumerate(CATEGORIES, 1)],
        "annotations": [_instance(number, image, thing) for number, (image, thing) in enumerate(things, 1)],
    }


def _instance(number: int, image: int, thing: Thing) -> dict[str, Any]:
    return {
        "id": number,
        "image_id": image,
        "category_id": CATEGORIES.index(thing.label) + 1,
        "bbox": list(thing.box),
        "area": thing.box[2] * thing.box[3],
        "iscrowd": int(thing.crowd),
    }


def coco_captions(scenes: list[Scene]) -> dict[str, Any]:
    """COCO captions, one a picture."""
    return {
        "images": coco_images(scenes),
        "annotations": [
            {"id": number, "image_id": number, "caption": scene.caption} for number, scene in enumerate(scenes, 1)
        ],
    }


def voc(scene: Scene) -> str:
    """One VOC file: corners in pixels as they are, a thing at the picture's edge marked truncated."""
    things = "".join(_voc_object(scene, thing) for thing in scene.things)
    size = f"<size><width>{scene.width}</width><height>{scene.height}</height><depth>3</depth></size>"
    return f"<annotation>\n <filename>{file_name(scene)}</filename>\n {size}\n{things}</annotation>\n"


def _voc_object(scene: Scene, thing: Thing) -> str:
    x, y, w, h = thing.box
    cut = int(x <= 0 or y <= 0 or x + w >= scene.width or y + h >= scene.height)
    box = f"<bndbox><xmin>{x}</xmin><ymin>{y}</ymin><xmax>{x + w}</xmax><ymax>{y + h}</ymax></bndbox>"
    marks = f"<truncated>{cut}</truncated><difficult>0</difficult>"
    return f" <object><name>{escape(thing.label)}</name>{marks}{box}</object>\n"


def label_studio_task(number: int, scene: Scene) -> dict[str, Any]:
    """One task of a Label Studio JSON export, its picture under local files."""
    results = [_rectangle(f"t{number}r{place}", scene, thing) for place, thing in enumerate(scene.things, 1)]
    return {
        "id": number,
        "data": {"image": f"/data/local-files/?d=images/{file_name(scene)}"},
        "annotations": [
            {
                "id": number,
                "completed_by": 1,
                "was_cancelled": False,
                "ground_truth": False,
                "created_at": "2026-01-05T09:00:00.000000Z",
                "updated_at": "2026-01-05T09:00:00.000000Z",
                "result": results,
            }
        ],
        "predictions": [],
    }


def _rectangle(identity: str, scene: Scene, thing: Thing) -> dict[str, Any]:
    x, y, w, h = thing.box
    degrees = 0.0
    if thing.turned is not None:
        frame = thing.turned
        x, y, w, h, degrees = frame.x, frame.y, frame.width, frame.height, frame.degrees
    return {
        "id": identity,
        "type": "rectanglelabels",
        "from_name": "label",
        "to_name": "image",
        "original_width": scene.width,
        "original_height": scene.height,
        "image_rotation": 0,
        "value": {
            "x": 100 * x / scene.width,
            "y": 100 * y / scene.height,
            "width": 100 * w / scene.width,
            "height": 100 * h / scene.height,
            "rotation": degrees % 360,
            "rectanglelabels": [thing.label],
        },
    }


if __name__ == "__main__":
    main()
