"""Everything mmdata raises on purpose, as one small tree.

    MmdataError
    ├── InputError      the user's data cannot be read           exit 2
    ├── ConfigError     the user's options cannot be followed    exit 2
    ├── OutputError     the result cannot be written             exit 2
    ├── LimitError      more was left out than was allowed       exit 1
    └── InternalError   a promise of ours is broken              exit 3

Every one carries three parts: the place, the fact with its value, and what to do about it.
"""


class MmdataError(Exception):
    """A fault with its place, its fact and its remedy; `exit_code` is what the command line returns for it."""

    exit_code = 3

    def __init__(self, place: str, fact: str, remedy: str) -> None:
        super().__init__(f"{place}: {fact}\n  {remedy}")
        self.place = place
        self.fact = fact
        self.remedy = remedy

    def __reduce__(self) -> tuple[type["MmdataError"], tuple[str, str, str]]:
        """A copy for another process: a worker's errors are raised where the user is."""
        return type(self), (self.place, self.fact, self.remedy)


class InputError(MmdataError):
    """The user's data cannot be read at all: torn JSON, not this format, no such file."""

    exit_code = 2


class ConfigError(MmdataError):
    """The user's options, template file or recipe cannot be followed."""

    exit_code = 2


class OutputError(MmdataError):
    """The result cannot be written: disk full, read-only, somebody else is writing."""

    exit_code = 2


class LimitError(MmdataError):
    """More was left out than `--max-rejected` allows, so nothing was written."""

    exit_code = 1


class InternalError(MmdataError):
    """A promise of mmdata's own is broken, such as an annotation nobody accounted for."""

    exit_code = 3
