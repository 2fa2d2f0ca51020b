"""More than the service takes.

What
    A split has more samples, more files or larger ones than the service that tunes the model states. Conversion
    says it too.

Why it hurts training
    The service refuses the file, or takes the first so many samples and says nothing of the others.

Example
    A validation split of 6,000 samples for a service that takes 5,000.

Instead
    Divide it with --split, or take fewer.

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
    found = [each for each in remarks(build.manifest) if each.code == "SH013"] if remarks and build.shards else []
    yield Hits("", range(len(found)), lambda at: found[at].message, lambda at: found[at].value)
