"""Settling the pictures of a batch: found, read by their headers, sizes compared, boxes brought into the upright frame.

Which frame the boxes of an EXIF-rotated picture are in (`--exif-boxes auto`): the declared size tells where width and
height differ between the stored and the upright picture. Where it cannot tell (a square, a half turn, a mirror, no
size declared), upright is taken, because people draw on what they are shown. Such pictures are rewritten upright under
OUT/images, since trainers disagree about the tag; so are those whose path no trainer can open, and those whose bytes
stood in the labels.
"""

import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..converters.pictures.fault import PictureFault
from ..converters.pictures.find import Pictures
from ..converters.pictures.header import PictureFacts
from ..converters.pictures.upright import copy_picture, house_name, upright_suffix, write_upright
from ..converters.table import boxes, counts, entries, numbers, picture_of_object, rows, with_boxes, with_fields
from ..schemas.accounting import Accounting
from ..schemas.box import turn_boxes, turn_points, upright_size
from .job import Job
from .place import output_error, telling
from .rejecting import Fault, reject_records
from .stage import Stage

LONGEST_PATH = 254
"""Bytes of UTF-8: the longest path that Qwen-VL reads back; a longer one is housed under OUT/images if that helps."""

_ODD_NAME = r"\A/|\A\z|\.\.|[\\:\x00]"


@dataclass(slots=True)
class _Settled:
    """One picture after the look at its header: where it is, its upright size, how its boxes must be turned."""

    path: str
    width: int
    height: int
    orientation: int = 1  # of the boxes: 1 = they are upright already
    stored: tuple[int, int] = (0, 0)


class Settler:
    """Settles batches; holds what was written under OUT/images, so that no picture is written twice.

    `home` tells its folder of pictures from those of other parts, in which another picture may have the same name;
    `origin` is, of every picture that was written under OUT/images, where it came from.
    """

    def __init__(self, job: Job, pictures: Pictures, staging: Stage, accounting: Accounting, home: str = "") -> None:
        self.job = job
        self.pictures = pictures
        self.staging = staging
        self.accounting = accounting
        self.out = Path(os.path.abspath(job.out))  # noqa: PTH100 (links in it stay as the user wrote them)
        self.root = "" if job.image_root is None else os.path.abspath(job.image_root)  # noqa: PTH100
        self.home = home
        self.housed: set[str] = set()
        self.origin: dict[str, str] = {}

    def settle(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with absolute paths, upright sizes and upright boxes; records whose pictures fail are rejected."""
        if not self.pictures.check and (quick := self._by_name_alone(batch)) is not None:
            return quick
        record = rows(batch, "media")
        names = entries(batch, "media", "path").to_pylist()
        sizes = np.stack([numbers(batch, "media", side) for side in ("width", "height")], axis=1).tolist()
        files, ats = batch.column("file").to_pylist(), batch.column("at").to_pylist()
        settled: list[_Settled] = []
        faults: dict[int, Fault] = {}
        bare = counts(batch, "objects") == 0
        kinds = entries(batch, "media", "kind").to_pylist()
        for name, kind, declared, row in zip(names, kinds, sizes, record.tolist(), strict=True):
            try:
                if kind != "image":  # a film or sound is found and not opened
                    settled.append(_Settled(str(self.pictures.find(name)), declared[0], declared[1]))
                    continue
                settled.append(self._one(name, (declared[0], declared[1]), files[row], ats[row], bare=bool(bare[row])))
            except PictureFault as fault:
                self.pictures.embedded.drop(name)
                faults.setdefault(row, Fault(fault.code, fault.value, fault.message))
                settled.append(_Settled(name, 1, 1))
        return reject_records(_apply(batch, settled), faults, self.accounting)

    def _by_name_alone(self, batch: pa.RecordBatch) -> pa.RecordBatch | None:
        """The fast way under --no-check-images, where no name is odd and every size is declared."""
        names = entries(batch, "media", "path")
        sizes = [numbers(batch, "media", side) for side in ("width", "height")]
        if any((side <= 0).any() for side in sizes) or pc.any(pc.match_substring_regex(names, _ODD_NAME)).as_py():
            return None
        head = f"{self.pictures.root}/".replace("//", "/")
        return with_fields(batch, "media", {"path": pc.binary_join_element_wise(pa.scalar(head), names, "")})

    def _one(self, name: str, declared: tuple[int, int], file: str, at: str, *, bare: bool) -> _Settled:
        """`bare` is a record without objects: nothing of it needs a size."""
        path = self.pictures.find(name)
        if not self.pictures.check:
            if min(declared) <= 0 and not bare:
                raise PictureFault("AN023", list(declared), "the size is not declared, and pictures are not opened")
            return _Settled(self._unpacked(path) if self.pictures.embedded.holds(path) else str(path), *declared)
        facts = self.pictures.facts(path)
        for remark in facts.remarks(path):
            if remark.code == "IM003" and self.job.wrong_extension == "reject":
                raise PictureFault(remark.code, remark.value, f"{path.name} is {remark.message}")
            self.accounting.remark(remark.code, file=str(path), at="", value=remark.value, message=remark.message)
        found = self._framed(facts, declared, path, file, at)
        found.path = self._home(path, facts, name)
        return found

    def _framed(self, facts: PictureFacts, declared: tuple[int, int], path: Path, file: str, at: str) -> _Settled:
        stored = (facts.width, facts.height)
        upright = upright_size(facts.orientation, *stored)
        turned = facts.orientation != 1
        if min(declared) > 0 and declared not in ({stored, upright} if turned else {stored}):
            raise PictureFault(
                "GE012",
                list(declared),
                f"the labels say {declared[0]}x{declared[1]}, {path.name} is {upright[0]}x{upright[1]}",
            )
        if not turned:
            return _Settled("", *upright)
        choice = self.job.exif_boxes
        frame = "stored" if choice == "auto" and declared == stored != upright else choice
        if frame != "stored":
            frame = "upright"
        said = f"EXIF orientation {facts.orientation} in {path.name}; its boxes were taken as {frame}"
        self.accounting.remark("IM004", file=file, at=at, value=facts.orientation, message=said)
        return _Settled("", *upright, facts.orientation if frame == "stored" else 1, stored)

    def _home(self, path: Path, facts: PictureFacts, name: str) -> str:
        """Where the trainer will find the picture: where it is, or under OUT/images."""
        turn = self.job.upright and facts.orientation != 1
        if self.pictures.embedded.holds(path):
            return self._unpacked(path, facts if turn else None)
        if not turn and self._portable(str(path)):
            return str(path)
        relative = os.path.relpath(path, self.pictures.root)
        named = f"{self.home}/{relative}" if self.home else relative
        housed = house_name(named, upright_suffix(facts) if turn else path.suffix.lower())
        home = str(self.out / "images" / housed)
        if not turn and not self._portable(home):
            return str(path)  # no better there; the target says what it cannot carry
        self.origin[home] = str(path)
        if housed not in self.housed:
            self._write(path, facts, housed, turn=turn)
            if not turn:
                said = f"{path.name} was copied to images/{housed}: no trainer can be given its path"
                self.accounting.remark("IM011", file=name, at="", value=str(path), message=said)
        return home

    def _unpacked(self, path: Path, turned: PictureFacts | None = None) -> str:
        """A picture whose bytes stood in the labels, moved to OUT/images; rewritten upright where it is `turned`."""
        housed = path.with_suffix(upright_suffix(turned)).name if turned else path.name
        staged = self.staging.folder / "images" / housed
        if turned:
            self._write(path, turned, housed, turn=True)
            path.unlink()
            return str(self.out / "images" / housed)
        with telling(self.out / "images" / housed):
            staged.parent.mkdir(exist_ok=True)
            path.replace(staged)
        self.staging.adopt(f"images/{housed}")
        return str(self.out / "images" / housed)

    def _write(self, path: Path, facts: PictureFacts, housed: str, *, turn: bool) -> None:
        relative = f"images/{housed}"
        staged = self.staging.folder / relative
        try:
            if turn:
                write_upright(path, facts, staged)
            else:
                copy_picture(path, staged)
        except OSError as error:  # of the picture itself it bears the name, of what Pillow writes none
            if error.filename == str(path):
                raise
            raise output_error(self.out / relative, error) from error
        self.staging.adopt(relative)
        self.housed.add(housed)

    def _portable(self, path: str) -> bool:
        """Whether a trainer can be given this path: short enough, NFC, UTF-8, no tag in it."""
        shown = os.path.relpath(path, self.root) if self.root else path
        if shown.isascii():
            return len(shown) <= LONGEST_PATH and "<" not in shown
        try:
            size = len(shown.encode())
        except UnicodeEncodeError:
            return False
        return size <= LONGEST_PATH and "<" not in shown and unicodedata.is_normalized("NFC", shown)


def _apply(batch: pa.RecordBatch, settled: list[_Settled]) -> pa.RecordBatch:
    fields = {
        "path": pa.array([each.path for each in settled], pa.string()),
        "width": pa.array([each.width for each in settled], pa.int32()),
        "height": pa.array([each.height for each in settled], pa.int32()),
    }
    batch = with_fields(batch, "media", fields)
    turned = {place: each for place, each in enumerate(settled) if each.orientation != 1}
    return _turn(batch, turned) if turned else batch


def _turn(batch: pa.RecordBatch, turned: dict[int, _Settled]) -> pa.RecordBatch:
    """Boxes, quads, polygons and keypoints of the turned pictures in the upright frame."""
    corners = boxes(batch)
    picture = picture_of_object(batch)
    shapes = {name: entries(batch, "objects", name).to_pylist() for name in ("quad", "polygons", "keypoints")}
    for place, each in turned.items():
        mine = np.flatnonzero(picture == place)
        corners[mine] = turn_boxes(corners[mine], each.orientation, *each.stored)
        for at in mine.tolist():
            _turn_shapes(shapes, at, each)
    kinds = batch.schema.field("objects").type.value_type
    fields = {name: pa.array(values, kinds.field(name).type) for name, values in shapes.items()}
    return with_boxes(with_fields(batch, "objects", fields), corners)


def _turn_shapes(shapes: dict[str, list[list[float] | list[list[float]] | None]], at: int, each: _Settled) -> None:
    quad, polygons, keypoints = shapes["quad"][at], shapes["polygons"][at], shapes["keypoints"][at]
    if quad is not None:
        shapes["quad"][at] = _turned(np.array(quad, np.float64).reshape(-1, 2), each).reshape(-1).tolist()
    if polygons is not None:
        rings = [np.array(ring, np.float64).reshape(-1, 2) for ring in polygons]
        shapes["polygons"][at] = [_turned(ring, each).reshape(-1).tolist() for ring in rings]
    if keypoints is not None:
        points = np.array(keypoints, np.float64).reshape(-1, 3)
        points[:, :2] = _turned(points[:, :2], each)
        shapes["keypoints"][at] = points.reshape(-1).tolist()


def _turned(points: NDArray[np.float64], each: _Settled) -> NDArray[np.float64]:
    return turn_points(points, each.orientation, *each.stored)
