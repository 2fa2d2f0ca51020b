"""Files that cannot be read: what the system says of them, as an error of the user's input."""

from collections.abc import Generator
from contextlib import contextmanager

from ..schemas.errors import InputError


@contextmanager
def readable(remedy: str = "Check that it can be read.") -> Generator[None]:
    """Turn what the system says of a file that cannot be read into an `InputError` that names it."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            raise
        said = error.strerror or type(error).__name__
        raise InputError(str(error.filename), said, remedy) from error
