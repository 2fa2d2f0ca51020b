"""CVAT's own XML 1.1: `<annotations>` with `<meta>`, then an `<image>` each picture, or a `<track>` each object.

"For images": `<image name width height>` holds box, polygon, polyline, points, ellipse, cuboid, skeleton, mask and
tag, each with a label. "For video": `<track label>` holds the same shapes with the frame they are on; there is one
record for each frame that has a picture file `frame_000017.png` (any ending, any number of zeros) below the folder of
the pictures. `cvat_shapes.py` says how shapes become boxes, `cvat_video.py` how tracks become frames. Numbers are
pixels. Source: docs.cvat.ai, "XML annotation format", and CVAT's server.

Known lies, and what is done about them:

- `name` is the path in the task; an export has the picture in `images/`, of a project in `images/SUBSET/`. All are
  looked for; with --no-check-images the name is taken as it stands, frames as `images/frame_000017.png`.
- Names repeat between the subsets of a project: the subset is part of the record's id.
- Some shapes and images have no label or size, others repeat an id: `id` is not read.
- Frames of a video task without a picture file: their written shapes are counted and left out (AN022).

Tags of a picture answer `--class-question`, all in one answer; without it each is counted and left out (AN022).
Not carried: attributes of tags, tags of a video's frames (AN022), `<meta>` but for the frame's size and the film's
name, links of tracks between frames, audio. The file is read as a stream; of a video, the objects of the frames with
pictures are held.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.errors import ConfigError, InputError
from ..file_names import absolute, text
from ..options import option
from ..pictures.find import Pictures
from ..pictures.tree import is_picture
from ..records import Media, Object, Question, Record, batches
from ..xml_reader import root_tag
from ..xml_stream import children
from .beside import PicturesBeside, first_files, label_files
from .cvat_shapes import read_shape
from .cvat_video import Sight, shapes_of, sights
from .drawn import side_of
from .object_error import ObjectError

NAME = "cvat"
SUMMARY = "CVAT for images and for video 1.1: annotations.xml, a task's or a whole project's"
FRAME = "pixels of the size the file declares; rotation in degrees, clockwise, about the shape's centre"

_HEAD = 65536
_FRAME_FILE = re.compile(r"frame_([0-9]{1,12})\.[A-Za-z]{2,5}")


@dataclass(frozen=True)
class Options:
    """What a user may choose about reading CVAT."""

    subset: str = option("", "Of a project, read the pictures of this subset alone, such as Train.", metavar="NAME")
    class_question: str = option("", "Ask this about whole pictures: their tags answer.", metavar="TEXT")


def sniff(path: Path) -> str | None:
    """Why this looks like CVAT: an XML file with the root `<annotations>`, here or among the first in the folder."""
    try:
        for file in first_files(path, (".xml",)):
            if _root(file) == "annotations":
                return f"{text(file.name)} has the root <annotations>"
    except OSError:
        pass
    return None


def read(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table, a record an image or a frame with a picture, in the file's own order.

    Frames stand in the order of their numbers. Raises `ConfigError` for a subset that is not there, `InputError` where
    a file stops being XML, holds neither images nor tracks, or is a video task without one picture of its frames.
    """
    return batches(_records(path, options, pictures, accounting))


def _root(file: Path) -> str | None:
    with file.open("rb") as opened:
        return root_tag(opened.read(_HEAD))


def _records(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[Record]:
    beside = PicturesBeside(pictures)
    found, foreign = False, ""
    for file in label_files(path, (".xml",), accounting):
        try:
            root = _root(file)
        except OSError as error:
            raise InputError(str(file), f"cannot be read: {error.strerror}", "Check its permissions.") from None
        if root == "annotations" or (root is None and path == file):
            found = True
            yield from _Reader(file, options, beside, accounting).records()
        else:
            foreign = f"the root is <{root[:40]}>" if root else "no XML that is read: torn, empty, or with a DOCTYPE"
            accounting.remark("AN026", file=text(str(file)), at=f"/{root or ''}", value=root, message=foreign)
    if not found:
        fact = f"no XML file with the root <annotations> here{f'; {foreign}' if foreign else ''}"
        raise InputError(str(path), fact, "Name CVAT's annotations.xml, or convert by the format that it is.")


@dataclass
class _Meta:
    """What `<meta>` says of a video task: the frame's size (0 = not said), its last frame, the film's name."""

    size: tuple[int, int] = (0, 0)
    last: int | None = None
    film: str = ""

    def take(self, meta: Element) -> None:
        width, height = (side_of(meta.findtext(f".//original_size/{side}")) for side in ("width", "height"))
        self.size = (width, height) if width and height else (0, 0)
        last = meta.findtext(".//stop_frame", "").strip()
        self.last = int(last) if re.fullmatch("[0-9]{1,12}", last) else None
        self.film = (meta.findtext(".//source") or "").strip()


@dataclass
class _Reader:
    """Reads one file."""

    path: Path
    options: Options
    beside: PicturesBeside
    accounting: Accounting
    meta: _Meta = field(default_factory=_Meta)
    subsets: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self.name = text(str(self.path))

    def records(self) -> Iterator[Record]:
        counts: Counter[str] = Counter()
        film: _Film | None = None
        for element in children(self.path, self.accounting):
            counts[element.tag] += 1
            at = f"/annotations/{element.tag}[{counts[element.tag]}]"
            if element.tag == "meta":
                self.meta.take(element)
            elif element.tag == "image":
                if record := self.image(element, at):
                    yield record
            elif element.tag == "track":
                film = film or _Film(self)
                film.take(element, at)
        if film:
            yield from film.records()
        elif self.options.subset and self.options.subset not in self.subsets:
            fact = f"{self.path} has no such subset; it has {', '.join(sorted(self.subsets - {''})) or 'none'}"
            raise ConfigError(f"--subset {self.options.subset}", fact, "Leave --subset out to read every picture.")
        elif not counts["image"] and not counts["meta"]:
            fact = "<annotations> holds neither images nor tracks"
            raise InputError(str(self.path), fact, "Export as 'CVAT for images 1.1' or 'CVAT for video 1.1'.")

    def image(self, element: Element, at: str) -> Record | None:
        subset, name = element.get("subset", ""), (element.get("name") or "").strip()
        self.subsets.add(subset)
        if self.options.subset and subset != self.options.subset:
            return None
        self.accounting.read("images")
        shapes = list(shapes_of(element, at))
        if not name:
            fact = "the image has no name"
            self.accounting.reject("images", "AN023", file=self.name, at=at, value=None, message=fact)
            for sight in shapes:
                self.refuse(ObjectError("AN023", sight.at, None, fact))
            return None
        media = Media(self.picture(name, subset), side_of(element.get("width")), side_of(element.get("height")))
        questions, shapes = self._tags(shapes, at)
        objects = [thing for sight in shapes if (thing := self.read(sight, sight.shape.get("label")))]
        return Record(f"{subset}/{name}" if subset else name, self.name, at, [media], objects, questions=questions)

    def _tags(self, shapes: list[Sight], at: str) -> tuple[list[Question], list[Sight]]:
        """The tags of an image as the answer to the user's question, where there is one; and what is left to read."""
        tags = [each for each in shapes if each.shape.tag == "tag" and (each.shape.get("label") or "").strip()]
        if not tags or not self.options.class_question:
            return [], shapes
        self.accounting.read("annotations")
        said = ", ".join(dict.fromkeys(each.shape.get("label", "").strip() for each in tags))
        return [Question(at, self.options.class_question, [(said, 1)])], [each for each in shapes if each not in tags]

    def picture(self, name: str, subset: str) -> str:
        folders = [f"images/{subset}/", f"{subset}/", "images/", ""] if subset else ["images/", ""]
        return self.beside.find(self.path, [f"{folder}{name}" for folder in folders]) or name

    def read(self, sight: Sight, label: str | None) -> Object | None:
        """The object of one shape, counted as read; None where it was rejected."""
        self.accounting.read("annotations")
        try:
            return read_shape(sight.shape, sight.at, label)
        except ObjectError as fault:
            self._reject(fault)
            return None

    def refuse(self, fault: ObjectError) -> None:
        """Count an annotation that is not looked at any further."""
        self.accounting.read("annotations")
        self._reject(fault)

    def _reject(self, fault: ObjectError) -> None:
        fault.reject(self.accounting, self.name)


class _Film:
    """The frames of one video task: the pictures there are of them, and what the tracks show on each."""

    def __init__(self, reader: _Reader) -> None:
        self.reader = reader
        self.pictures = self._on_disk() if reader.beside.check else self._written()
        if not self.pictures:
            fact = f"no picture of its frames, such as images/frame_000000.png, below {reader.beside.root}"
            raise InputError(
                str(reader.path),
                fact,
                "Export with pictures, or take them from the film: ffmpeg -i FILM -start_number 0 "
                "images/frame_%06d.png; name their folder with --images.",
            )
        self.frames = sorted(self.pictures)
        self.objects: dict[int, list[Object]] = {frame: [] for frame in self.frames}

    def take(self, track: Element, at: str) -> None:
        """Put what the track shows on the frames that have pictures; count what it shows on others."""
        reader, label = self.reader, track.get("label")
        written: list[Sight] = []
        for sight in shapes_of(track, at):
            gone = sight.shape.get("outside") == "1"
            if sight.frame < 0:
                value = sight.shape.get("frame")
                reader.refuse(ObjectError("AN004" if value else "AN023", sight.at, value, "frame is no number"))
                continue
            written.append(sight)
            if not gone and sight.frame not in self.objects:
                fact = f"frame {sight.frame} has no picture file"
                reader.refuse(ObjectError("AN022", sight.at, sight.frame, fact))
        written.sort(key=lambda sight: sight.frame)
        for sight in sights(written, self.frames, reader.meta.last):
            if thing := reader.read(sight, label):
                self._mark(thing, track)
                self.objects[sight.frame].append(thing)

    def _mark(self, thing: Object, track: Element) -> None:
        """The track's number tells the same thing on two frames."""
        said = {name: value for name, key in (("track", "id"), ("group_id", "group_id")) if (value := track.get(key))}
        if said:
            thing.attributes = {**(thing.attributes or {}), **said}

    def records(self) -> Iterator[Record]:
        reader = self.reader
        group = reader.meta.film or text(reader.path.stem)
        for frame in self.frames:
            reader.accounting.read("images")
            picture = self.pictures[frame]
            stem = picture.rpartition(".")[0]
            media = [Media(picture, *reader.meta.size)]
            yield Record(stem, reader.name, f"/annotations/frame[{frame}]", media, self.objects.pop(frame), group=group)

    def _on_disk(self) -> dict[int, str]:
        """The first picture of each frame: beside the labels before the rest of the root, `images/` before others."""
        root = Path(self.reader.beside.root)
        home = absolute(self.reader.path).parent
        top = home if root in home.parents or home == root else root
        found: dict[int, tuple[bool, str]] = {}
        for folder, folders, names in os.walk(top):
            folders.sort()
            below = Path(folder).relative_to(root)
            for name in sorted(names):
                match = _FRAME_FILE.fullmatch(name)
                if match and is_picture(name):
                    place = (below.name != "images", (below / name).as_posix())
                    frame = int(match[1])
                    found[frame] = min(found.get(frame, place), place)
        return {frame: path for frame, (_, path) in found.items()}

    def _written(self) -> dict[int, str]:
        """Every frame that a shape is written on, by the name that CVAT's export gives it."""
        frames: set[int] = set()
        for number, track in enumerate(children(self.reader.path), start=1):
            if track.tag == "track":
                frames |= {
                    sight.frame for sight in shapes_of(track, f"/annotations/track[{number}]") if sight.frame >= 0
                }
        return {frame: self.reader.beside.name(self.reader.path, [f"images/frame_{frame:06d}.png"]) for frame in frames}
