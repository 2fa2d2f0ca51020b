"""WebDataset: tar files whose members with one name before the first dot are one sample.

A row is `{"__key__": key, member: value, …}`: the member `json` is an object, with `{"$base64": path}` in it where a
file stands as text, any other `{"$file": path}` or a text; `0.jpg`, `1.jpg` where there are several pictures. The bytes
of files stand in the tar as they are.
Silent in the readers (webdataset, head of 2026; Energon's `split_name_re`): a dot in a key merges samples, members
that are not side by side tear them, a key met twice makes one sample of two where shards are joined. So a key here is
the split, a running number and the sample's own name without dots; members stand side by side, sorted by name. Every
file is the same whoever writes it and whenever. Files of 512 MB unless `--max-shard-size` or `--max-shard-samples`
says otherwise; a split without samples has none, since a reader stops at an empty tar.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec
import pyarrow as pa

from ...schemas.errors import InputError, InternalError, OutputError
from ..commit.staging import StagingFolder
from .base64_inside import JsonInside, json_inside
from .cut import CutFiles, check_planned, with_planned
from .inside import DEFAULT_BYTES, Inside, file_named, json_bytes, measured
from .protocol import BASE64, WHOLE, Cut, Shard
from .tar import LARGEST, LONGEST, Member, ending, header, members, padded, taken

KEY = "__key__"
LENGTHS = "json"
LONGEST_MEMBER = 24
"""Letters of a member's name that are always left room for."""

_BASE64 = BASE64.encode()
_ODD = re.compile(r"[^A-Za-z0-9_-]+")
_MEMBER = re.compile(r"[a-z0-9]+(\.[a-z0-9]+)*")
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_decode_any = msgspec.json.Decoder().decode


Held = bytes | Inside | JsonInside
"""What is in a member."""


class Sample(NamedTuple):
    """A sample ready to be written: the names of its members in the tar and what is in them."""

    members: list[tuple[str, Held]]


def plain(name: str) -> str:
    """A name without dots, slashes and other letters that a key may not have: `a/b c.jpg` is `a-b-c-jpg`."""
    return _ODD.sub("-", name).strip("-")


def own_part(key: str) -> str:
    """What a key says of the sample itself, after its split and its running number; empty where that is nothing."""
    return key.partition("~")[2]


class TarFiles(CutFiles):
    """The tars of a split: `train/train-00000.tar`, …"""

    OVERHEAD = len(ending(0))
    EMPTY = False

    def _size(self, row: bytes, place: StagingFolder) -> int:
        return sum(taken(_length(held)) for _, held in self._sample(row, 0, place).members)

    def _write(self, place: StagingFolder, number: int, first: int, rows: Iterable[bytes]) -> Shard:
        return self._write_planned(place, number, first, rows, None)

    def _write_planned(
        self, place: StagingFolder, number: int, first: int, rows: Iterable[bytes], sizes: Iterable[int] | None
    ) -> Shard:
        samples = 0
        with place.open(f"{self.split}/{self.split}-{number:05d}.tar") as writer:
            for samples, (row, planned) in enumerate(with_planned(rows, sizes), 1):
                members = [(*each, _length(each[1])) for each in self._sample(row, first + samples - 1, place).members]
                check_planned(row, sum(taken(size) for *_, size in members), planned)
                for name, held, size in members:
                    writer.write(header(name, size))
                    if isinstance(held, bytes):
                        writer.write(held)
                    else:
                        held.copy(writer.write)
                    writer.write(bytes(padded(size) - size))
            writer.write(ending(writer.bytes))
            return Shard.closed(writer, samples)

    def _sample(self, row: bytes, number: int, place: StagingFolder) -> Sample:
        """A row as a sample whose key nobody else in OUT has; `number` is the row's in the split."""
        values = _decode(row)
        split = self.split.replace(".", "+")  # the names of splits have neither + nor ~, so no two become one
        name = f"{split}_{number:09d}~{plain(str(values.pop(KEY, '')))}"
        key = name[: LONGEST - LONGEST_MEMBER - 1].rstrip("-_~")
        coded = _BASE64 in row
        return Sample([_member(place, key, member, values[member], coded) for member in sorted(values)])


def _member(place: StagingFolder, key: str, member: str, value: Any, coded: bool) -> tuple[str, Held]:
    if len(member) > LONGEST_MEMBER or not _MEMBER.fullmatch(member):
        raise InternalError(member, "is no name of a member of a sample", "Please report this fault of mmdata's.")
    path = file_named(value)
    if path is None:
        if isinstance(value, str):
            return f"{key}.{member}", value.encode()
        return f"{key}.{member}", json_inside(place, value) if coded else json_bytes(value)
    found = measured(place, path)
    if found.size > LARGEST:
        raise OutputError(path, f"has {found.size} bytes, and a tar member at most {LARGEST}", "Leave it out.")
    return f"{key}.{member}", found


def _length(held: Held) -> int:
    return len(held) if isinstance(held, bytes) else held.size


def files(split: str, cut: Cut = WHOLE, columns: pa.Schema | None = None) -> TarFiles:
    """The tars of a split, of 512 MB unless it is cut otherwise."""
    return TarFiles(split, cut.or_else(DEFAULT_BYTES))


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The samples of a tar, one at a time: `__key__`, the member `json` as it was, other members as bytes.

    Raises `InputError` where the tar is torn, or where a member has no key or its JSON is none.
    """
    with path.open("rb") as file:
        sample: dict[str, Any] = {}
        for member in members(file, path):
            key, dot, field = member.name.partition(".")
            if not dot or not key:
                raise _fault(path, member, "its name has no key and no field")
            if sample and sample[KEY] != key:
                yield sample
                sample = {}
            sample[KEY] = key
            sample[field] = _value(file, member, field, path)
        if sample:
            yield sample


def _value(file: BinaryIO, member: Member, field: str, path: Path) -> Any:
    file.seek(member.start)
    held = file.read(member.size)
    if field != "json":
        return held
    try:
        return _decode_any(held)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise _fault(path, member, f"is not JSON: {fault}") from None


def _fault(path: Path, member: Member, fact: str) -> InputError:
    return InputError(f"{path}: {member.name}", fact, "Write the folder again with mmdata convert.")
