"""Steps of a JSON pointer (RFC 6901), as every place in a JSON file is told."""


def step(key: object) -> str:
    """One step, from its slash on: the key of an object, or a number in a list."""
    return "/" + str(key).replace("~", "~0").replace("/", "~1")


def key_of(step: str) -> str:
    """The key that a step without its slash names."""
    return step.replace("~1", "/").replace("~0", "~")
