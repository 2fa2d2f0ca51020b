"""Settling the pictures of a batch: found, read by their headers, sizes compared, boxes brought into the upright frame.

Which frame the boxes of an EXIF-rotated picture are in (`--exif-boxes auto`): the declared size tells where width and
height differ between the stored and the upright picture. Where it cannot tell (a square, a half turn, a mirror, no
size declared), upright is taken, because people draw on what they are shown. Such pictures are rewritten upright under
OUT/images, since trainers disagree about the tag; so are those whose path no trainer can open, and those whose bytes
stood in the labels. With `--max-side` those that are larger are written smaller there, upright, their boxes scaled by
the very ratio of the sides; with `--pictures link|copy` all others are put there as they are.
"""

import os
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..converters.pictures.fault import PictureFault
from ..converters.pictures.find import Pictures
from ..converters.pictures.header import PictureFacts
from ..converters.pictures.upright import copy_picture, house_name, size_within, upright_suffix
from ..converters.table import boxes, counts, entries, numbers, picture_of_object, rows, with_boxes, with_fields
from ..schemas.accounting import Accounting
from ..schemas.box import turn_boxes, turn_points, upright_size
from .commit import fs
from .commit.destination import output_error
from .commit.staging import StagingFolder
from .job import Job
from .out_pictures import OutPicture
from .rejecting import Fault, reject_records
from .rewritten import Rewritten
from .store import Store

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
    scale: tuple[float, float] = (1.0, 1.0)  # of the boxes, once they are upright

    @property
    def moves(self) -> bool:
        """Whether boxes have to follow."""
        return self.orientation != 1 or self.scale != (1.0, 1.0)

    def shrink(self, size: tuple[int, int]) -> None:
        """Let it be of that size."""
        if size != (self.width, self.height):
            self.scale = size[0] / self.width, size[1] / self.height
            self.width, self.height = size


class Settler:
    """Settles batches; holds what was written under OUT/images, so that no picture is written twice.

    `home` tells its folder of pictures from those of other parts, in which another picture may have the same name;
    `origin` is, of every picture that was written under OUT/images, where it came from; `provenance` the same with more
    of it, where all pictures or large ones were to be put there. `store` has pictures that were rewritten before.
    """

    def __init__(
        self,
        job: Job,
        pictures: Pictures,
        staging: StagingFolder,
        accounting: Accounting,
        home: str = "",
        store: Store | None = None,
    ) -> None:
        self.job = job
        self.pictures = pictures
        self.staging = staging
        self.accounting = accounting
        self.out = Path(os.path.abspath(job.out))  # noqa: PTH100 (links in it stay as the user wrote them)
        self.root = "" if job.root is None else os.path.abspath(job.root)  # noqa: PTH100
        self.home = home
        self.rewritten = Rewritten(store)
        self.housed: set[str] = set()
        self.unpacked: set[str] = set()
        self._unpacking: dict[str, Path] = {}  # of this batch; other rows of it may show the same picture
        self.origin: dict[str, str] = {}
        self.all_housed = job.pictures != "refer"
        self.provenance: list[OutPicture] = []

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
                    settled.append(_Settled(self._film(self.pictures.find(name), name), declared[0], declared[1]))
                    continue
                settled.append(self._one(name, (declared[0], declared[1]), files[row], ats[row], bare=bool(bare[row])))
            except PictureFault as fault:
                faults.setdefault(row, Fault(fault.code, fault.value, fault.message))
                settled.append(_Settled(name, 1, 1))
        self._move_unpacked(names)
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
        found.shrink(size_within((found.width, found.height), self.job.max_side))
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
        upright = upright_size(facts.orientation, facts.width, facts.height)
        turn = self.job.upright and facts.orientation != 1
        rewritten = facts if turn or size_within(upright, self.job.max_side) != upright else None
        if self.pictures.embedded.holds(path):
            return self._unpacked(path, rewritten, name)
        if rewritten is None and not self.all_housed and self._portable(str(path)):
            return str(path)
        return self._housed(path, name, facts, rewrite=rewritten is not None)

    def _film(self, path: Path, name: str) -> str:
        """The same for a film or sound, of which nothing is known."""
        own = self.all_housed and not self.pictures.embedded.holds(path)
        return self._housed(path, name, None, rewrite=False) if own else str(path)

    def _housed(self, path: Path, name: str, facts: PictureFacts | None, *, rewrite: bool) -> str:
        """Its place under OUT/images, where it is put once."""
        relative = os.path.relpath(path, self.pictures.root)
        named = f"{self.home}/{relative}" if self.home else relative
        housed = house_name(named, upright_suffix(facts) if facts and rewrite else path.suffix.lower())
        home = str(self.out / "images" / housed)
        if not rewrite and not self.all_housed and not self._portable(home):
            return str(path)  # no better there; the target says what it cannot carry
        self.origin[home] = str(path)
        if housed not in self.housed:
            self._write(path, facts, housed, rewrite=rewrite, origin=str(path))
            if not rewrite and not self.all_housed:
                said = f"{path.name} was copied to images/{housed}: no trainer can be given its path"
                self.accounting.remark("IM011", file=name, at="", value=str(path), message=said)
        return home

    def _unpacked(self, path: Path, rewritten: PictureFacts | None = None, name: str = "") -> str:
        """A picture whose bytes stood in the labels, moved to OUT/images; rewritten there if need be."""
        housed = path.with_suffix(upright_suffix(rewritten)).name if rewritten else path.name
        relative = f"images/{housed}"
        if relative not in self.unpacked:
            self.unpacked.add(relative)
            if rewritten:
                self._write(path, rewritten, housed, rewrite=True, origin=name)
            else:
                self._unpacking[relative] = path
        return str(self.out / relative)

    def _move_unpacked(self, names: Sequence[str]) -> None:
        """Once no other row of a batch will look at its pictures: move them to OUT, and remove those not wanted."""
        for relative, path in self._unpacking.items():
            self.staging.adopt(relative, path)
        self._unpacking.clear()
        for name in names:
            self.pictures.embedded.drop(name)

    def _write(self, path: Path, facts: PictureFacts | None, housed: str, *, rewrite: bool, origin: str) -> None:
        relative = f"images/{housed}"
        made = self.staging.attempt(relative)
        upright = upright_size(facts.orientation, facts.width, facts.height) if facts else (0, 0)
        size = size_within(upright, self.job.max_side)
        try:
            if facts and rewrite:
                self.rewritten.write(path, facts, made, size)
                how = "upright" if size == upright else "smaller"
            else:
                how = self._same(path, made)
        except OSError as error:  # of the picture itself it bears the name, of what Pillow writes none
            if error.filename == str(path):
                raise
            raise output_error(self.out / relative, error) from error
        self.staging.adopt(relative, made)
        self.housed.add(housed)
        if self.all_housed or self.job.max_side is not None:
            self.provenance.append(OutPicture(relative, origin, *upright, *size, how))

    def _same(self, path: Path, made: Path) -> str:
        """Put the file's bytes there: by another name of the file where that was asked for and can be."""
        if self.job.pictures == "link":
            with suppress(OSError):  # on another disk, or of another owner
                fs.link(Path(os.path.realpath(path)), made)
                return "linked"
        copy_picture(path, made)
        return "copied"

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
    moved = {place: each for place, each in enumerate(settled) if each.moves}
    return _move(batch, moved) if moved else batch


def _move(batch: pa.RecordBatch, moved: dict[int, _Settled]) -> pa.RecordBatch:
    """Boxes, quads, polygons and keypoints in the frames of pictures that were turned or made smaller."""
    corners = boxes(batch)
    picture = picture_of_object(batch)
    shapes = {name: entries(batch, "objects", name).to_pylist() for name in ("quad", "polygons", "keypoints")}
    for place, each in moved.items():
        mine = np.flatnonzero(picture == place)
        corners[mine] = turn_boxes(corners[mine], each.orientation, *each.stored) * (each.scale * 2)
        for at in mine.tolist():
            _move_shapes(shapes, at, each)
    kinds = batch.schema.field("objects").type.value_type
    fields = {name: pa.array(values, kinds.field(name).type) for name, values in shapes.items()}
    return with_boxes(with_fields(batch, "objects", fields), corners)


def _move_shapes(shapes: dict[str, list[list[float] | list[list[float]] | None]], at: int, each: _Settled) -> None:
    quad, polygons, keypoints = shapes["quad"][at], shapes["polygons"][at], shapes["keypoints"][at]
    if quad is not None:
        shapes["quad"][at] = _moved(np.array(quad, np.float64).reshape(-1, 2), each).reshape(-1).tolist()
    if polygons is not None:
        rings = [np.array(ring, np.float64).reshape(-1, 2) for ring in polygons]
        shapes["polygons"][at] = [_moved(ring, each).reshape(-1).tolist() for ring in rings]
    if keypoints is not None:
        points = np.array(keypoints, np.float64).reshape(-1, 3)
        points[:, :2] = _moved(points[:, :2], each)
        shapes["keypoints"][at] = points.reshape(-1).tolist()


def _moved(points: NDArray[np.float64], each: _Settled) -> NDArray[np.float64]:
    return turn_points(points, each.orientation, *each.stored) * each.scale
