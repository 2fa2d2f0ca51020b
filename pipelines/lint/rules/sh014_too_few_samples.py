"""Fewer samples than the service takes.

What
    The first split has fewer samples than the service wants for tuning. Conversion says it too.

Why it hurts training
    The service refuses the file after it was uploaded.

Example
    Six samples for a service that wants ten.

Instead
    Add samples, or ask more of each picture with --task.

Fix safety
    None.

Sources
    The limits that the targets gemini and openai state, each with its source.

"""

from collections.abc import Iterator

from ....converters.targets import load_target, target_names
from ..build import Build
from ..hits import Hits


def check_build(build: Build) -> Iterator[Hits]:
    """What the target of the data set says of it by this rule."""
    name = (build.manifest.get("options") or {}).get("target")
    remarks = getattr(load_target(name), "remarks", None) if name in target_names() else None
    found = [each for each in remarks(build.manifest) if each.code == "SH014"] if remarks and build.shards else []
    yield Hits("", range(len(found)), lambda at: found[at].message, lambda at: found[at].value)
