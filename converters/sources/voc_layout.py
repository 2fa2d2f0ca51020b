"""The folders that VOC data stands in: which one holds the annotations, and where their pictures then are.

`Annotations/` beside `JPEGImages/` (VOC), `annotations/` beside `images/`, `Annotations/CLS-LOC/…` beside
`Data/CLS-LOC/…` (ImageNet), or both kinds of file in one flat folder. All paths here are absolute and not resolved.
"""

from pathlib import Path

from ..file_names import absolute

ANNOTATION_FOLDERS = frozenset({"annotations", "annotation", "annos", "anno", "xmls", "xml", "labels", "label"})
"""Lower-case names of folders that hold XML files and no pictures."""

PICTURE_FOLDERS = ("jpegimages", "images", "image", "imgs", "img", "data", "pictures", "photos")
"""Lower-case names of folders that hold pictures, the likelier first."""


def default_images(path: Path) -> Path:
    """The folder that picture names are relative to when the user names none with `--images`.

    The input folder (or the folder of the input file); the folder above where the input is itself a folder of
    annotations, since the pictures then stand beside it.
    """
    path = absolute(path)
    folder = path.parent if path.is_file() else path
    for each in (folder, *folder.parents[:4]):
        if _holds_annotations(each):
            return each.parent
    return folder


def annotation_folder(folder: Path, home: Path) -> Path | None:
    """The nearest folder of annotations that `folder` is or stands in, below `home`; None in a flat layout."""
    while folder != home and home in folder.parents:
        if folder.name.lower() in ANNOTATION_FOLDERS:
            return folder
        folder = folder.parent
    return None


def picture_folders(folder: Path, home: Path, root: Path) -> list[Path]:
    """Where the pictures of the XML files in `folder` may stand, the likelier first, all of them below `root`.

    Folders that exist, but for the one that the layout would have where it has none. `home` is `default_images` of the
    input, `root` the folder under which pictures are looked for.
    """
    annotations = annotation_folder(folder, home)
    places = _beside(annotations, folder) if annotations else [folder, *_named_so(folder), *_named_so(folder.parent)]
    inside = [place for place in (*places, folder, home) if place == root or root in place.parents]
    mirror = root / _mirrored(folder, home, annotations)
    return [*dict.fromkeys((*inside, *(place for place in (mirror, root) if place.is_dir())))] or [root]


def _beside(annotations: Path, folder: Path) -> list[Path]:
    """`JPEGImages/sub` and `JPEGImages` for `Annotations/sub`, then other folders of pictures beside `Annotations`.

    Where there are none of them, `Annotations` gives the one that there would be; `labels` and `xml` give none, since
    they are as likely to hold the pictures too.
    """
    below = folder.relative_to(annotations)
    usual = annotations.parent / _usual_name(annotations, below)
    places = [each for place in (usual, *_named_so(annotations.parent)) for each in (place / below, place)]
    absent = places[:1] if annotations.name.lower().startswith("annotation") else []
    return [place for place in places if place.is_dir()] or absent


def _usual_name(annotations: Path, below: Path) -> str:
    if below.parts[:1] in (("CLS-LOC",), ("DET",)):
        return "Data"
    return "JPEGImages" if annotations.name == "Annotations" else "images"


def _mirrored(folder: Path, home: Path, annotations: Path | None) -> Path:
    """`train` for `train/annotations` and for `annotations/train`."""
    if home != folder and home not in folder.parents:
        return Path()
    if annotations is None:
        return folder.relative_to(home)
    return annotations.parent.relative_to(home) / folder.relative_to(annotations)


def _holds_annotations(folder: Path) -> bool:
    if folder.name == "Annotations":
        return True
    return folder.name.lower() in ANNOTATION_FOLDERS and bool(_named_so(folder.parent))


def _named_so(folder: Path) -> list[Path]:
    """The folders in `folder` that are named as folders of pictures are."""
    try:
        found = [each for each in folder.iterdir() if each.name.lower() in PICTURE_FOLDERS and each.is_dir()]
    except OSError:
        return []
    return sorted(found, key=lambda each: (PICTURE_FOLDERS.index(each.name.lower()), each.name))
