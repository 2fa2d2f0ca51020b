"""What a job asks of the files of samples, and what of it a target's files cannot do."""

from typing import TYPE_CHECKING

from ...converters.targets.protocol import Target
from ...schemas.errors import ConfigError

if TYPE_CHECKING:
    from ..job import Job

_ONE_FILE = ("imagefolder",)
"""Forms that are one file a split, whatever is asked."""
_INSIDE = ("folder", "jsonl-data-uri", "parquet", "imagefolder", "webdataset", "energon", "mds")
"""Forms in which pictures are inside, or beside under names of the form's own."""


def check_files(job: "Job", target: Target) -> None:
    """Raises `ConfigError` for what cannot be done."""
    if target.FORM in _ONE_FILE and (cut := next((name for name, asked in _cuts(job) if asked is not None), None)):
        raise ConfigError(cut, f"{target.NAME} is one file a split", "Leave the option out.")
    if job.compress == "zstd" and not getattr(target, "READS_ZSTD", False):
        said = f"what reads {target.NAME} takes no files that are compressed as a whole"
        raise ConfigError("--compress", said, "Leave the option out; compress the folder for the way, if need be.")
    if job.pictures != "refer" and target.FORM in _INSIDE:
        raise ConfigError("--pictures", f"the files of {target.NAME} have their pictures inside", "Leave it out.")
    # one of fetched pictures may be mmdata's own, and one with addresses in rows says what these begin with
    named = job.image_root is not None and not job.shown and not getattr(job.target_options, "url_prefix", "")
    if named and target.FORM in _INSIDE:
        fact = f"the files of {target.NAME} have their pictures inside, and name none by its path"
        raise ConfigError("--image-root", fact, "Leave it out.")
    asked = "--pictures" if job.pictures != "refer" else "--max-side" if job.max_side is not None else None
    if asked and not job.check_images:
        raise ConfigError(asked, "pictures are not opened under --no-check-images", "Leave one of the two out.")
    if job.over_length == "reject" and job.max_length is None:
        fact = "reject is given, and no sample is too long without a limit"
        raise ConfigError("--over-length", fact, "Give --max-length, or leave it out.")
    if job.packing and job.max_length is None:
        raise ConfigError("--packing", "needs to know how long a sequence is", "Give --max-length.")


def _cuts(job: "Job") -> tuple[tuple[str, int | None], ...]:
    """What asks for several files a split."""
    return (
        ("--even", job.even),
        ("--max-shard-samples", job.max_shard_samples),
        ("--max-shard-size", job.max_shard_size),
    )
