"""Files of samples as they stand on the disk, ours or anybody's: whole or torn, how many samples, whose keys.

Tars are read by their headers alone (tarfile, nothing is unpacked), Parquet by its footer, JSON lists and lines by
their ends. A tar's members with one name before the first dot of their base name are a sample, as webdataset has it.
"""

from dataclasses import dataclass, field
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from tarfile import BLOCKSIZE, TarError, TarFile, TarInfo
from typing import Any

from pyarrow.lib import ArrowException

from ...schemas.errors import InputError
from ..shards.lines import ZSTD, lines_of

SUFFIXES = (".tar", ".parquet")
"""Files of samples that are known by their names."""

_BLOCK = 1 << 20
_PLAIN_FIELD = 3  # digits of the numbers that pictures of a sample bear: key.0.jpg


@dataclass
class ShardFile:
    """One file: `torn` says how, empty where it is whole; `samples` is None where nothing tells; `groups` are bytes.

    `dotted`, `scattered` and `double` are members of a tar by their names, in order: with a dot in the key, apart
    from the others of their sample, and there already in that sample.
    """

    torn: str = ""
    samples: int | None = None
    groups: list[int] = field(default_factory=list[int])
    dotted: list[str] = field(default_factory=list[str])
    scattered: list[str] = field(default_factory=list[str])
    double: list[str] = field(default_factory=list[str])


def shard_file(path: Path) -> ShardFile:
    """What a file says of itself; nothing of one that is none of the forms above. Raises `OSError`."""
    look = {".tar": _tar, ".parquet": _parquet, ".json": _list, ".jsonl": _lines, ZSTD: _compressed}.get(
        path.suffix.lower()
    )
    return look(path) if look else ShardFile()


def key_and_field(name: str) -> tuple[str, str]:
    """A member's key, with its folder, and its field; both empty where webdataset takes it for none."""
    folder, slash, base = name.rpartition("/")
    key, dot, rest = base.partition(".")
    return (f"{folder}{slash}{key}", rest) if dot and key else ("", "")


def _tar(path: Path) -> ShardFile:
    found, walk, end = ShardFile(), _Members(), 0
    try:
        with TarFile(path) as tar:
            while (member := tar.next()) is not None:
                end = tar.offset
                walk.see(member)
                vars(tar)["members"] = []  # tarfile keeps every header otherwise
    except (TarError, OSError, ValueError, EOFError) as fault:
        if isinstance(fault, OSError) and not isinstance(fault, TarError) and fault.errno is not None:
            raise
        found.torn = f"the tar stops being one after byte {end}: {fault}"
    found.torn = found.torn or _no_end(path, end)
    found.samples = walk.samples
    found.dotted, found.scattered, found.double = walk.dotted(), walk.scattered, walk.double
    return found


def _no_end(path: Path, end: int) -> str:
    """Two blocks of zeros end a tar; without them it may have had more members."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(end)
        closing = file.read(2 * BLOCKSIZE)
    if size < end:
        return f"the last member should end at byte {end}, and the file has {size}"
    closed = len(closing) == 2 * BLOCKSIZE and not closing.strip(b"\0")
    return "" if closed else "the two empty blocks at its end are missing"


class _Members:
    """The members of a tar as they go by: keys as hashes, so that a million of them are small."""

    def __init__(self) -> None:
        self.samples = 0
        self.scattered: list[str] = []
        self.double: list[str] = []
        self._key, self._back = "", False
        self._seen: set[bytes] = set()
        self._fields: set[bytes] = set()
        self._middles: dict[str, tuple[str, list[str]]] = {}  # with a dot: the first key, its members

    def see(self, member: TarInfo) -> None:
        """The next member."""
        key, rest = key_and_field(member.name)
        if not member.isreg() or not key:
            return
        again = False
        if key != self._key:
            digest = _digest(key)
            again = digest in self._seen
            self.samples += not again
            self._seen.add(digest)
            self._key = key
            self._back = again
        whole = _digest(member.name)
        if whole in self._fields:
            self.double.append(member.name)
        elif self._back:
            self.scattered.append(member.name)
        self._fields.add(whole)
        self._note(key, rest, member.name)

    def _note(self, key: str, rest: str, name: str) -> None:
        middle = rest.rpartition(".")[0]
        if not middle or (middle.isdecimal() and len(middle) <= _PLAIN_FIELD):
            return
        first, names = self._middles.get(middle, (key, []))
        if first == key:
            self._middles[middle] = (key, [*names, name])
        else:
            self._middles[middle] = ("", [])  # several samples have it: a field of two words

    def dotted(self) -> list[str]:
        """Members whose words between the first dot and the last belong to one sample alone: the key goes on there."""
        if self.samples < 2 and len(self._middles) < 2:
            return []
        return sorted(name for key, names in self._middles.values() if key for name in names)


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=12).digest()


def _parquet(path: Path) -> ShardFile:
    with path.open("rb") as file:
        try:
            told: Any = import_module("pyarrow.parquet").ParquetFile(file).metadata
        except (ArrowException, OSError) as fault:
            if isinstance(fault, OSError) and fault.errno is not None:
                raise
            return ShardFile(f"its footer cannot be read: {str(fault).splitlines()[0]}")
        groups = [told.row_group(number).total_byte_size for number in range(told.num_row_groups)]
        return ShardFile(samples=told.num_rows, groups=groups)


def _lines(path: Path) -> ShardFile:
    count, last = _counted(path)
    return ShardFile("" if last in (b"", b"\n") else "its last line has no end", count)


def _compressed(path: Path) -> ShardFile:
    """Lines that are compressed: read to their end."""
    count, last = 0, b""
    try:
        for line in lines_of(path):
            count, last = count + 1, line[-1:]
    except InputError as fault:
        return ShardFile(fault.fact)
    return ShardFile("" if last in (b"", b"\n") else "its last line has no end", count)


def _list(path: Path) -> ShardFile:
    """A list as we write it, a row a line between the brackets."""
    count, last = _counted(path)
    with path.open("rb") as file:
        file.seek(max(file.seek(0, 2) - 3, 0))
        closed = file.read().strip().endswith(b"]") and last == b"\n"
    return ShardFile("" if closed else "the list is not closed at its end", max(count - 2, 0) if closed else None)


def _counted(path: Path) -> tuple[int, bytes]:
    """How many line ends a file has, and its last byte."""
    count, last = 0, b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            count += block.count(b"\n")
            last = block[-1:]
    return count, last
