"""A conversion as data: everything the command line or a recipe can say, before anything is opened."""

import os
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from ..schemas.grid import Rounding
from ..schemas.shown import Shown
from .filter.criteria import EVERYTHING, Keep

Answers = Literal["majority", "first", "sampled", "all"]
Order = Literal["reading", "largest", "category"]


@dataclass(frozen=True)
class Limit:
    """How much may be rejected for faults before nothing is written: a share of what was read, or a count."""

    share: float | None = 0.01
    count: int | None = None

    def allows(self, faults: int, read: int) -> bool:
        """Whether that many faults among so many read are within the limit."""
        if self.count is not None:
            return faults <= self.count
        return faults <= (self.share or 0.0) * read

    def __str__(self) -> str:
        return str(self.count) if self.count is not None else f"{100 * (self.share or 0.0):g}%"


@dataclass(frozen=True)
class Job:
    """One `mmdata convert`. Paths as the user gave them; `source_options` and `target_options` are those
    modules' own dataclasses, None what they do unasked.
    """

    source: str
    input: Path
    out: Path
    name: str = ""  # of the part, where a recipe has several; its records are called after it
    weight: float = 1.0  # how often each record is given; of half of one, half of the records are
    keep: Keep = EVERYTHING  # what is taken of the source at all
    target: str = "qwen-vl"
    source_options: Any = None
    target_options: Any = None
    images: Path | None = None  # the folder of the pictures; None = beside the labels
    check_images: bool = True
    tasks: tuple[str, ...] = ()  # () = what fits the source: detect where there are boxes, else caption
    lang: Literal["en", "zh"] = "en"
    templates: Path | None = None
    order: Order = "reading"
    max_objects: int = 0  # 0 = no cap
    negatives: int = 0  # questions about labels that are not there, a picture
    answers: Answers = "majority"  # which of the answers to a question are given; all = one sample an answer
    crowd: Literal["drop", "keep"] = "drop"
    difficult: Literal["keep", "drop"] = "keep"
    rotated: Literal["hull", "quad"] = "hull"
    reserved_text: Literal["reject", "blunt"] = "reject"
    exif_boxes: Literal["auto", "upright", "stored"] = "auto"
    wrong_extension: Literal["reject", "keep"] = "reject"  # a PNG called .jpg
    upright: bool = True  # rewrite EXIF-rotated pictures under OUT/images
    rounding: Rounding = "nearest"
    image_root: Path | None = None
    min_pixels: int | None = None  # the trainer's least and most pixels of a resized picture; None = its own
    max_pixels: int | None = None
    max_length: int | None = None
    count_tokens: bool = False  # count without a --max-length too
    pictures: Literal["refer", "link", "copy"] = "refer"  # where they are, or all in OUT, so that OUT can be moved
    max_side: int | None = None  # pixels; larger pictures are written smaller into OUT, boxes with them
    lengths: bool = False  # tokens and pixels of every sample, beside the files and in them where they have a place
    packing: bool = False  # a plan of which samples fill a sequence of max_length together
    over_length: Literal["split", "reject"] = "split"
    split: tuple[tuple[str, float], ...] = (("train", 1.0),)
    group_by: str = ""  # a regular expression: pictures of which it finds the same stay together
    ledger: str = "auto"  # of the splits: that of the version that is replaced, "new", or a file
    dedup: Literal["off", "exact", "near"] = "off"  # near: the same bytes, the same pixels, or the same to the eye
    against: Path | None = None  # a file of hashes of pictures that must not be in the data
    dedup_policy: Literal["keep-first", "most-annotated", "merge", "reject", "none"] = "keep-first"
    dedup_text: Literal["off", "exact", "near"] = "off"  # records that say the same, whatever they show
    max_shard_size: int | None = None  # bytes of a file of samples; None = what is usual for the form
    max_shard_samples: int | None = None
    even: int | None = None  # the number of files is a multiple of it, all of as many samples
    compress: Literal["none", "zstd"] = "none"  # of files of samples as a whole
    shuffle: bool = False  # the samples of each split in an order that the seed decides
    seed: int = 0
    max_rejected: Limit = field(default_factory=Limit)
    shown: Shown = ()  # what local copies of what was fetched are called in all that is kept; nothing a user says

    @property
    def reads(self) -> list[Path]:
        """All files and folders that are read because they were named."""
        own = [vars(each).values() for each in (self.source_options, self.target_options) if each is not None]
        ledger = None if self.ledger in ("auto", "new") else Path(self.ledger)
        given = [self.input, self.images, self.templates, self.against, ledger, *chain.from_iterable(own)]
        return [each for each in given if isinstance(each, Path)]

    @property
    def root(self) -> Path | None:
        """The folder that emitted paths are relative to: the named one, or OUT where all pictures are there."""
        if self.image_root is None and self.pictures != "refer":
            return Path(os.path.abspath(self.out))  # noqa: PTH100 - links in it stay as the user wrote them
        return self.image_root
