"""The file-system calls of the commit protocol, one function each, so that a test can make any one of them fail.

Linux and macOS. Every function raises `OSError` and nothing else; none retries, none hides a failure.
"""

import errno
import fcntl
import os
import shutil
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_TRIES = 10
_MOVED = frozenset({errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT})
"""What removing a folder ends with when somebody else works in it."""

EXCHANGE_UNSUPPORTED = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP})
"""What `exchange` raises where the kernel or the file system (NFS, some FUSE) cannot do it."""

LOCK_UNSUPPORTED = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP})
"""What `lock` raises where the file system has no locks."""


def create(path: Path) -> int:
    """Open a file that must not exist yet, for writing; the descriptor."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)


def reopen(path: Path) -> int:
    """Open a file that exists, for reading and writing; the descriptor."""
    return os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)


def write(descriptor: int, data: bytes | memoryview) -> int:
    """Write some of `data`; how many bytes went, which may be fewer than there are."""
    return os.write(descriptor, data)


def truncate(descriptor: int) -> None:
    """Make the open file empty."""
    os.ftruncate(descriptor, 0)


def sync(descriptor: int) -> None:
    """Return once the file's bytes are on the disk."""
    os.fsync(descriptor)


def close(descriptor: int) -> None:
    """Close the descriptor."""
    os.close(descriptor)


def make_folder(path: Path) -> None:
    """Make the folder and those above it; one that is there already is fine."""
    path.mkdir(parents=True, exist_ok=True)


def make_below(top: Path, path: Path) -> None:
    """Make the folder and those above it, up to `top`, which must be there; one that is there already is fine."""
    for each in reversed([path, *path.parents][: len(path.relative_to(top).parts)]):
        if not each.is_dir():
            add_folder(each)


def add_folder(path: Path) -> None:
    """Make the folder in one that must be there; one that is there already is fine."""
    path.mkdir(exist_ok=True)


def sync_folder(path: Path) -> None:
    """Return once the folder's list of names is on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def rename(old: Path, new: Path) -> None:
    """Give `old` the name `new` in one step. A folder takes the place of an empty folder, never of a full one."""
    old.rename(new)


def link(old: Path, new: Path) -> None:
    """Give the file `old` a second name, which must not be there yet."""
    os.link(old, new)


def exchange(first: Path, second: Path) -> None:
    """Swap two names in one step, so that neither is ever absent (Linux 3.15, renameat2 with RENAME_EXCHANGE)."""
    import ctypes

    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), str(first), None, str(second))
    call.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    if call(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(first), None, str(second))


def lock(descriptor: int) -> None:
    """Take the whole file for this process; `BlockingIOError` when another has it. The kernel frees it at death."""
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def unlink(path: Path) -> None:
    """Remove one file."""
    path.unlink()


def remove_tree(path: Path) -> None:
    """Remove a folder and all that is in it; symbolic links are removed, never followed.

    A worker that was given up may still put something there, or take something away: then it is begun anew.
    """
    for _ in range(_TRIES):
        try:
            shutil.rmtree(path)
        except OSError as error:
            if error.errno not in _MOVED or not path.is_dir():
                raise
        else:
            return
    shutil.rmtree(path)
