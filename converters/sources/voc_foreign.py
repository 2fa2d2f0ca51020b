"""What an input is when it is no VOC: counted by ending, guessed by content, said in one sentence."""

from collections import Counter
from pathlib import Path

_YOLO_FILES = frozenset({"data.yaml", "dataset.yaml", "obj.names", "obj.data", "classes.txt"})

_ROOTS = {
    "annotations": "CVAT's own XML",
    "html": "a web page",
    "View": "a Label Studio configuration",
    "svg": "a drawing",
    "HRSC_Image": "an HRSC2016 file",
    "osm": "an OpenStreetMap file",
}

_MARKS = (  # in the first bytes of a JSON file, the telling ones first
    (b'"shapes"', "LabelMe JSON"),
    (b'"completed_by"', "a Label Studio export: use `mmdata convert label-studio`"),
    (b'"annotation_id"', "a Label Studio export: use `mmdata convert label-studio`"),
    (b'"categories"', "COCO: use `mmdata convert coco`"),
    (b'"images"', "COCO: use `mmdata convert coco`"),
    (b'"segmentation"', "COCO: use `mmdata convert coco`"),
    (b'"annotations"', "a Label Studio export or COCO: use `mmdata convert label-studio` or `mmdata convert coco`"),
)


class Census:
    """The files of one input by ending, with the few that give another format away.

    `devkits` are the folders below `top` that hold a folder ImageSets.
    """

    def __init__(self, top: Path) -> None:
        self.top = top
        self.endings: Counter[str] = Counter()
        self.telling: set[str] = set()
        self.json: str | None = None
        self.devkits: set[str] = set()

    def add(self, below: str) -> str:
        """Count one file by its path; returns its ending in lower case."""
        name = below.rpartition("/")[2]
        stem, dot, last = name.rpartition(".")
        ending = f".{last.lower()}" if dot and stem else ""
        self.endings[ending] += 1
        if name in _YOLO_FILES:
            self.telling.add(name)
        if ending == ".json" and self.json is None:
            self.json = below
        if "ImageSets/" in below:
            self._devkit(below.split("/"))
        return ending

    def _devkit(self, parts: list[str]) -> None:
        if "ImageSets" in parts[:-1]:
            self.devkits.add("/".join(parts[: parts.index("ImageSets")]))

    def seen(self) -> str:
        """`23 .txt, 23 .jpg and data.yaml: this looks like YOLO`, or `an empty folder`."""
        counts = [f"{count} {ending or 'without an ending'}" for ending, count in self.endings.most_common(4)]
        things = [*counts, *sorted(self.telling)]
        listed = f"{', '.join(things[:-1])} and {things[-1]}" if len(things) > 1 else "".join(things)
        guess = self._guess()
        return f"{listed or 'an empty folder'}{f': this looks like {guess}' if guess else ''}"

    def _guess(self) -> str | None:
        if self.json is not None:
            return json_format(self.top / self.json)
        return "YOLO" if self.telling or (self.endings[".txt"] > 1 and not self.endings[".xml"]) else None


def json_format(path: Path) -> str | None:
    """What kind of labels a JSON file holds, from its first 64 KiB; None when nothing tells."""
    try:
        with path.open("rb") as file:
            head = file.read(65536)
    except OSError:
        return None
    return next((name for mark, name in _MARKS if mark in head), None)


def root_format(tag: str) -> str:
    """`the root is <annotations>: CVAT's own XML`, for the root tag of an XML file that is no VOC."""
    known = _ROOTS.get(tag)
    return f"the root is <{tag[:40]}>, not <annotation>{f': {known}' if known else ''}"
