"""Sending a finished data set to an address: shards first, the manifest last, each object looked at afterwards.

lock      ADDRESS/.lock                        another run: OutputError naming it
look      what is there must be ours           a file of somebody else's: OutputError naming it
send      every file of the build that is not there yet; what is there is known by its size and ETag
check     one listing: every file has the size and the ETag of its local bytes, or is read back and hashed
close     build-<id>/manifest.json
commit    manifest.json, one PUT               until here readers see the version before, from here on this one
sweep     every other build, and parts of objects that dead runs began; then the lock
"""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import md5, sha256
from pathlib import Path

from ...schemas.errors import InternalError, OutputError
from ..commit.destination import MANIFEST
from .address import Address
from .layout import BUILD, Listed, as_commit, build_name, commit_of, listed
from .lock import NAME as LOCK
from .lock import RemoteLock
from .store import Object, Store, part_size, telling

AT_ONCE = 8
"""Objects on their way at one time; small pictures wait for answers more than for bytes."""
_SHOWN = 3


def send(folder: Path, address: Address, store: Store, told: Callable[[int], object] = lambda _bytes: None) -> str:
    """Send the data set in `folder` to `address`; the name of its build. `told` hears of bytes as they arrive.

    Raises `OutputError` with what the store said. Before the commit readers see what they saw; after it the new one.
    """
    manifest = (folder / MANIFEST).read_bytes()
    build = address / build_name(manifest)
    files = listed(json.loads(manifest), folder / MANIFEST)
    with RemoteLock(store, address) as lock, telling(address, OutputError):
        there = store.objects(address)
        check_ours(address, there, store)
        store.give_up_parts(address)
        _send_all(folder, files, build, store, there, told)
        store.write(build / MANIFEST, manifest)
        lock.check()
        store.write(address / MANIFEST, commit_of(manifest))
        _sweep(address, build, store)
    return build.name


def check_ours(address: Address, there: Mapping[str, Object], store: Store) -> None:
    """Raise `OutputError` where anything below the address is not ours: it would lie in the middle of the data set."""
    strangers = sorted(name for name in there if not _is_ours(name))
    if not strangers and MANIFEST in there and as_commit(store.read(address / MANIFEST)) is None:
        strangers = [MANIFEST]
    if strangers:
        named = ", ".join(strangers[:_SHOWN]) + (" …" if len(strangers) > _SHOWN else "")
        remedy = "Choose another address with -o; mmdata replaces only what it wrote."
        raise OutputError(str(address), f"is in use: mmdata did not write {named}", remedy)


def _is_ours(name: str) -> bool:
    return name in (MANIFEST, LOCK) or BUILD.fullmatch(name.partition("/")[0]) is not None


def _send_all(
    folder: Path,
    files: Sequence[Listed],
    build: Address,
    store: Store,
    there: Mapping[str, Object],
    told: Callable[[int], object],
) -> None:
    def one(file: Listed) -> Object:
        expected = _expected(folder / file.path, file)
        if there.get(f"{build.name}/{file.path}") != expected:
            store.send(folder / file.path, build / file.path)
        told(file.bytes)
        return expected

    with ThreadPoolExecutor(AT_ONCE) as several:
        try:
            expected = list(several.map(one, files))
        except BaseException:
            several.shutdown(cancel_futures=True)
            raise
    found = store.objects(build)
    for file, wanted in zip(files, expected, strict=True):
        _check_arrived(build / file.path, found.get(file.path), wanted, file, store)


def _expected(path: Path, file: Listed) -> Object:
    """Size and ETag that the store will state of a local file, its bytes held against the manifest on the way.

    The ETag of an object in one piece is its md5; of one sent in parts the md5 of theirs, with their number.
    """
    step = part_size(file.bytes)
    if file.bytes < 2 * step:
        step = max(1, file.bytes)
    whole, size, parts = sha256(), 0, list[bytes]()
    with path.open("rb") as content:
        while block := content.read(step):
            whole.update(block)
            size += len(block)
            parts.append(md5(block, usedforsecurity=False).digest())
    if whole.hexdigest() != file.sha256:
        raise InternalError(str(path), "changed after it was written", "Please report this fault of mmdata's.")
    if len(parts) > 1:
        return Object(size, f"{md5(b''.join(parts), usedforsecurity=False).hexdigest()}-{len(parts)}")
    return Object(size, parts[0].hex() if parts else md5(usedforsecurity=False).hexdigest())


def _check_arrived(at: Address, found: Object | None, wanted: Object, file: Listed, store: Store) -> None:
    """Raise `OutputError` where an object is not what was sent. Encrypted ones bear another ETag and are read back."""
    if found == wanted:
        return
    if found is None or found.size != wanted.size or store.sha256(at) != file.sha256:
        said = "is not there" if found is None else f"has {found.size} bytes with ETag {found.etag}"
        fact = f"{said} after {wanted.size} bytes with ETag {wanted.etag} were sent"
        raise OutputError(str(at), fact, "Send it again; if it stays, ask who runs the store.")


def _sweep(address: Address, build: Address, store: Store) -> None:
    """Remove every build but this one."""
    left = [name for name in store.objects(address) if name not in (MANIFEST, LOCK)]
    with ThreadPoolExecutor(AT_ONCE) as several:
        gone = (address / name for name in left if not name.startswith(f"{build.name}/"))
        list(several.map(store.remove, gone))
