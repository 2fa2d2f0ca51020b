"""What a sample of the conversation table says, for comparing with what a loader makes of it. Plain data in and out."""

from typing import Any

Sample = dict[str, Any]


def shown(sample: Sample, kind: str = "image") -> list[str]:
    """The names of all pictures (films, sounds) in the order in which they are shown."""
    return [name(medium["path"]) for medium in media(sample, kind)]


def name(path: str) -> str:
    """A file's name: those that mmdata wrote upright lie in another folder for every target, under one name."""
    return path.rpartition("/")[2]


def media(sample: Sample, kind: str = "image") -> list[dict[str, Any]]:
    """The media of a kind in the order in which they are shown."""
    return [sample["media"][part["media"]] for _, part in parts(sample) if part["kind"] == kind]


def parts(sample: Sample) -> list[tuple[str, dict[str, Any]]]:
    """Who says every part, in order."""
    return [(turn["role"], part) for turn in sample["turns"] for part in turn["parts"]]


def boxes(sample: Sample) -> list[tuple[list[float], tuple[int, int]]]:
    """Every box (a quad by its hull) and point, x, y alone, in pixels, with its picture's width and height."""
    found = []
    for _, part in parts(sample):
        if part["kind"] in ("box", "quad", "point"):
            medium = sample["media"][part["media"]]
            corners = part["box"][:2] if part["kind"] == "point" else part["box"]
            found.append((corners, (medium["width"], medium["height"])))
    return found


def roles(sample: Sample) -> list[str]:
    """Who speaks, turn by turn."""
    return [turn["role"] for turn in sample["turns"]]


def words(sample: Sample, role: str) -> list[str]:
    """Every text that somebody says, in order, without what stands for media and boxes."""
    return [part["text"] for speaker, part in parts(sample) if speaker == role and part["kind"] == "text"]


def same(found: list[float], meant: list[float]) -> bool:
    """Whether numbers are the same but for the last bit, which some readers of JSON do not keep."""
    return len(found) == len(meant) and all(
        abs(one - other) <= 1e-9 * max(1.0, abs(other)) for one, other in zip(found, meant, strict=True)
    )


def near(found: list[float], meant: list[float], steps: tuple[float, float]) -> bool:
    """Whether every number is within half a step (x and y) of what was meant."""
    return len(found) == len(meant) and all(
        abs(one - other) <= steps[at % 2] / 2 + 1e-6 for at, (one, other) in enumerate(zip(found, meant, strict=True))
    )
