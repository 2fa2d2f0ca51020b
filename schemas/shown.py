"""Shown names: what is said instead of the paths of local copies, so that a result is the same on every machine.

The one place where paths become other names. Whoever fetches something says where its copies lie and what stands for
them; every finding, rejection, input and option that is kept passes through `shown`.
"""

Shown = tuple[tuple[str, str], ...]
"""(how the paths of copies begin, what stands for that), such as ("/cache/fetched/", "s3://")."""


def shown(text: str, names: Shown) -> str:
    """A text in which every local path of a copy is what the copy is of."""
    for local, said in names:
        text = text.replace(local, said)
    return text
