"""Reading a data set back from an address: into a local folder, byte for byte as it was before it was sent."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ...schemas.errors import InputError
from ..commit.destination import MANIFEST
from .address import Address
from .layout import Listed, build_name, listed, read_commit
from .sending import AT_ONCE
from .store import Store, StoreError, telling

_ATTEMPTS = 3  # each time another version was committed meanwhile


def read_back(address: Address, folder: Path, store: Store) -> None:
    """Fetch the data set that `address` holds into `folder`, which must not be there: all of one version.

    Whether the files are what the manifest says is for `mmdata verify` to find, one that is missing included. Raises
    `InputError` where there is no data set, and where the store fails.
    """
    for _ in range(_ATTEMPTS):
        commit = read_commit(store, address)
        try:
            whole = _fetch_build(address, commit, folder, store)
        except StoreError as refused:
            with telling(address, InputError):
                if not refused.missing:
                    raise
            whole = False
        if whole or read_commit(store, address) == commit:
            return
        shutil.rmtree(folder, ignore_errors=True)
    raise InputError(str(address), "was replaced again and again while it was read", "Wait until its builds are done.")


def _fetch_build(address: Address, commit: dict[str, Any], folder: Path, store: Store) -> bool:
    """Whether every file was there."""
    build = address / str(commit["build"])
    folder.mkdir(parents=True)
    manifest = store.read(build / MANIFEST)
    if build_name(manifest) != build.name:
        raise InputError(str(build / MANIFEST), "is not the manifest that the commit names", "Build the set again.")
    (folder / MANIFEST).write_bytes(manifest)

    def one(file: Listed) -> bool:
        (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
        try:
            store.fetch(build / file.path, folder / file.path)
        except StoreError as refused:
            if not refused.missing:
                raise
            (folder / file.path).unlink(missing_ok=True)
            return False
        return True

    with ThreadPoolExecutor(AT_ONCE) as several:
        return all(list(several.map(one, listed(commit, address / MANIFEST))))
