"""One writer of an address at a time: the object `.lock` below it, which says who holds it.

It is made with If-None-Match, so that of two runs the store lets one make it; where a store does not know that header
the one that wrote last is found to hold it, by reading it again. Nothing frees it when its holder dies: a holder of
this host whose process is gone is broken, any other is named, with the object to delete.
"""

import json
import secrets
from contextlib import suppress
from types import TracebackType
from typing import Self

from ...schemas.errors import OutputError
from ..commit.lock import Holder, dead, me, parse_holder
from .address import Address
from .store import Store, StoreError, telling

NAME = ".lock"

_ATTEMPTS = 3


class RemoteLock:
    """The lock on an address; entering raises `OutputError` naming the holder, or what the store said."""

    def __init__(self, store: Store, address: Address) -> None:
        self._store, self._address = store, address
        self._at = address / NAME
        self._text = json.dumps({**me()._asdict(), "run": secrets.token_hex(8)}).encode()

    def __enter__(self) -> Self:
        with telling(self._at, OutputError):
            for _ in range(_ATTEMPTS):
                if self._take():
                    return self
        raise self._held(None)

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        with suppress(StoreError):  # it stays, and the next run of this host breaks it
            if self._store.read(self._at) == self._text:
                self._store.remove(self._at)

    def check(self) -> None:
        """Raise `OutputError` where another run has it by now: somebody deleted ours by hand."""
        with telling(self._at, OutputError):
            text = self._store.read(self._at)
        if text != self._text:
            raise self._held(parse_holder(text))

    def _take(self) -> bool:
        try:
            self._store.create(self._at, self._text)
        except StoreError as refused:
            if not refused.exists:
                raise
            self._break()
            return False
        return self._store.read(self._at) == self._text

    def _break(self) -> None:
        """Remove the lock of a holder that is dead; raises where it may be alive."""
        try:
            holder = parse_holder(self._store.read(self._at))
        except StoreError as refused:
            if refused.missing:  # its holder is done with it
                return
            raise
        if holder is None or not dead(holder):
            raise self._held(holder)
        self._store.remove(self._at)

    def _held(self, holder: Holder | None) -> OutputError:
        who = f"process {holder.pid} on {holder.host}" if holder else "another run"
        remedy = f"Wait until it is done, or choose another -o. If no such run exists, delete the object {self._at}."
        return OutputError(str(self._address), f"{who} is writing it now", remedy)
