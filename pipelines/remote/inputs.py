"""Addresses as inputs: labels and pictures fetched whole into a local folder; the one entry for inputs.

What is fetched lies in the user's cache under its bucket and key, with the ETag that it had: it is fetched again when
the store's ETag is another. A label file is fetched whole, since every source reads its labels whole. Pictures are
fetched by the folder, all that lie under the address: which of them the labels name is not known before they are read,
and a look at a head costs a request as the whole of most pictures does. Nothing is fetched that was not allowed.
"""

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from ...schemas.errors import InputError
from ...schemas.shown import Shown
from ..commit.destination import output_error
from ..lint.cache import default_folder
from .address import SCHEME, Address, check_allowed
from .address import parse as parse_address
from .sending import AT_ONCE
from .store import Object, Store, StoreError, telling

_ETAGS = ".etags.json"


def home_of_fetched() -> Path:
    """The folder of everything that is fetched: below it lie buckets, and in them keys."""
    return default_folder() / "fetched"


def names_of_fetched() -> Shown:
    """What is said instead of the paths of what was fetched: its addresses."""
    home = home_of_fetched()
    homes = dict.fromkeys((str(home), str(home.resolve())))
    return tuple((f"{each}{end}", f"{SCHEME}://") for each in homes for end in ("/", ""))


def root_of(images: Path | None, labels: Path) -> Path | None:
    """The folder below which rows name pictures, whose path is each machine's own, where it was fetched: that of the
    pictures, or else of labels that are a folder.
    """
    held = images or (labels if labels.is_dir() else None)
    return held if held and held.is_relative_to(home_of_fetched()) else None


def root_of_all(parts: Sequence[tuple[Path | None, Path]]) -> Path | None:
    """The same for several, each its folder of pictures and its labels: the one that all have, else that in which all
    that is fetched lies, so that rows begin with buckets. None where the pictures of one were not fetched.
    """
    roots = {root_of(images, labels) for images, labels in parts}
    if None in roots:
        return None
    return roots.pop() if len(roots) == 1 else home_of_fetched()


def fetched(address: Address, allowed: Sequence[Address]) -> Path:
    """The local file, or folder, that holds what `address` holds.

    An address is a file where an object bears its key, else the folder of all objects below it. Raises `ConfigError`
    where it is not allowed, `InputError` where nothing is there, where it changed while it was fetched or where the
    store fails.
    """
    check_allowed(address, allowed)
    store = Store()
    home = home_of_fetched() / address.bucket
    with telling(address, InputError):
        names = _named(address, store)
        _check_names(names)
        try:
            _fetch_all(names, home, store)
        except OSError as error:
            raise output_error(home, error) from error
    return home / address.key


def _named(address: Address, store: Store) -> dict[Address, Object]:
    """The object itself, or all that lie below the address."""
    try:
        return {address: store.look(address)}
    except StoreError as refused:
        below = store.objects(address) if refused.missing else {}
        if not below:
            raise
    return {address / name: each for name, each in below.items()}


def _check_names(names: Mapping[Address, Object]) -> None:
    """Keys become paths: one that would lead out of the folder, or that cannot be a path, is refused."""
    for each in names:
        if parse_address(str(each)) != each:
            raise InputError(ascii(str(each)), "cannot be the name of a local file", "Rename the object.")


def _fetch_all(names: Mapping[Address, Object], home: Path, store: Store) -> None:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    known = _known(home)

    def one(address: Address) -> None:
        path = home / address.key
        if not _is_there(path, names[address], known.get(address.key)):
            _fetch(address, names[address], path, store)

    with ThreadPoolExecutor(AT_ONCE) as several:
        try:
            list(several.map(one, names))
        finally:
            several.shutdown(cancel_futures=True)
    _remember(home, known | {each.key: found.etag for each, found in names.items()})


def _is_there(path: Path, found: Object, etag: str | None) -> bool:
    return bool(etag) and etag == found.etag and path.is_file() and path.stat().st_size == found.size


def _fetch(address: Address, found: Object, path: Path, store: Store) -> None:
    """Fetch into another name first, so that a file of this name is whole; it is that of one moment or an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name[:200]}.{os.getpid()}.partial")
    try:
        store.fetch(address, partial)
        after = store.look(address)
        if after != found or partial.stat().st_size != found.size:
            raise InputError(
                str(address), "was replaced while it was fetched", "Wait until it is whole, and try again."
            )
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _known(home: Path) -> dict[str, str]:
    """The ETag of each key that was fetched before."""
    with suppress(OSError, ValueError):
        read = json.loads((home / _ETAGS).read_bytes())
        if isinstance(read, dict):
            return {str(key): str(etag) for key, etag in read.items()}
    return {}


def _remember(home: Path, known: Mapping[str, str]) -> None:
    partial = home / f"{_ETAGS}.{os.getpid()}"
    partial.write_text(json.dumps(known))
    partial.replace(home / _ETAGS)
