"""The same file by other names: a number for what the disk has at a path, whichever links lead there.

Labels may name a picture twice, once through a symbolic link, a folder that is one, or a hard link: one picture, which
must not lie in two splits. The numbers are of this run alone and go into no ledger.
"""

import os
import stat

from .splits.ledger import hash_of


class SameFile:
    """Numbers files; for so many paths that their folders fit in memory, which are followed once each."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def number(self, path: str) -> int:
        """The file at a path: by where it really is; one of several hard links by its inode, size and time of change,
        and not by its device, which a later start of the machine may number otherwise. What is
        not there is known by where it would be.
        """
        try:
            status = os.lstat(path)
            linked = stat.S_ISLNK(status.st_mode)
            status = os.stat(path) if linked else status  # noqa: PTH116  a million texts
        except OSError:
            return hash_of(self._followed(path))
        except ValueError:  # no path at all
            return hash_of(path)
        if status.st_nlink > 1:
            return hash_of(f"{status.st_ino} {status.st_size} {status.st_mtime_ns}")
        return hash_of(os.path.realpath(path) if linked else self._followed(path))

    def _followed(self, path: str) -> str:
        folder, _, name = path.rpartition("/")
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = os.path.realpath(folder or "/")
        return f"{real.rstrip('/')}/{name}"
