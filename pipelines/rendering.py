"""What a job says about the rendering, as its target takes it: options, the shape of the file, files beside it."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..converters.options import flag, option_fields
from ..converters.targets.protocol import RenderOptions, Target
from ..schemas.accounting import Accounting
from ..schemas.errors import ConfigError
from .commit.staging import StagingFolder
from .job import Job
from .shards import load_form
from .shards.asked import check_files
from .shards.json_lines import compressed
from .shards.lengthened import with_columns
from .shards.protocol import Cut, Files


def render_options(job: Job, target: Target) -> RenderOptions:
    """The job's choices about the rendering; `ConfigError` for those that the target cannot follow."""
    check_files(job, target)
    given = {"--min-pixels": job.min_pixels, "--max-pixels": job.max_pixels}
    own: tuple[int, int] | None = getattr(target, "PIXELS", None)
    for name, value in given.items():
        if value is not None and own is None:
            raise ConfigError(
                name, f"{value} given, but {target.NAME} resizes by no such setting", "Leave the option out."
            )
    if own is not None:
        least, most = (mine if said is None else said for mine, said in zip(own, given.values(), strict=True))
        if least > most:
            raise ConfigError(
                "--min-pixels",
                f"{least} is more than the {most} pixels of --max-pixels",
                "Give both, the lesser first.",
            )
    root = os.path.abspath(job.root) if job.root else ""  # noqa: PTH100 - resolve() would follow links
    return RenderOptions(job.rounding, root, job.min_pixels, job.max_pixels, _own(job, target))


def _own(job: Job, target: Target) -> Any:
    """The target's own options, its defaults where none were given; None where it has none."""
    kind: type | None = getattr(target, "Options", None)
    if kind is None:
        return None
    own = kind() if job.target_options is None else job.target_options
    for each in option_fields(kind):
        if each.metadata["needed"] and not getattr(own, each.name):
            fact = f"is not given, and {target.NAME} needs it"
            raise ConfigError(flag(each.name), fact, each.metadata["help"])
    return own


def picture_roots(job: Job, images: str | Path) -> tuple[tuple[str, str], ...]:
    """Where pictures are, and what stands for it in an address: nothing for the folder that `--image-root` names, else
    for that of the pictures; `images/` for those that were rewritten into OUT.
    """
    named = os.path.abspath(job.root or images)  # noqa: PTH100 - resolve() would follow links
    rewritten = os.path.abspath(job.out / "images")  # noqa: PTH100
    return ((f"{rewritten}/", "images/"), (f"{named.rstrip('/')}/", ""))


def files_of_splits(job: Job, target: Target, names: Sequence[str], options: RenderOptions) -> tuple[Files, ...]:
    """The files of every split in the target's form, as the job asks for them."""
    form = load_form(target.FORM)
    columns = target.columns(options) if getattr(form, "TYPED", False) else None
    if job.lengths and columns is not None:
        columns = with_columns(columns)
    cut = Cut(job.max_shard_size, job.max_shard_samples, job.even)
    files = tuple(form.files(name, cut, columns) for name in names)
    return tuple(map(compressed, files)) if job.compress == "zstd" else files


def remark_on_whole(target: Target, manifest: Mapping[str, Any], accounting: Accounting) -> None:
    """Note what the trainer will not take of the finished whole, where the target knows such bounds."""
    remarks = getattr(target, "remarks", None)
    if remarks:
        for code, path, value, message in remarks(manifest):
            accounting.remark(code, file=path, at="", value=value, message=message)


def write_beside(staging: StagingFolder, target: Target, manifest: Mapping[str, Any]) -> None:
    """What the trainer and the readers of the form want beside the data, where target and form say so."""
    form = load_form(target.FORM)
    if finish := getattr(form, "finish", None):
        finish(staging, manifest)
    for module in (form, target):
        beside = getattr(module, "beside", None)
        files: Mapping[str, bytes] = beside(manifest) if beside else {}
        for name, content in files.items():
            with staging.open(name) as writer:
                writer.write(content)
