"""Addresses on the command line: where a path may stand, `s3://…` may."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..schemas.errors import MmdataError
from .terminal import say, visible

if TYPE_CHECKING:
    from ..pipelines.remote.address import Address
    from ..pipelines.remote.outputs import Place
    from ..schemas.accounting import Accounting
    from .log import Log
    from .summary import Result


class OrAddress(click.Path):
    """A path, as click looks at it, or an address."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The `Path` or the `Address`; `ConfigError` for an address that cannot be used."""
        if isinstance(value, str) and "://" in value:
            from ..pipelines.remote.address import parse

            address = parse(value)
            if address is not None:
                return address
        return super().convert(value, param, ctx)


def _allowed(value: str) -> "Address":
    """An address; everything below it may be opened."""
    from ..pipelines.remote.address import parse
    from ..schemas.errors import ConfigError

    address = parse(value)
    if address is None:
        raise ConfigError("--allow", f"{value!r} is no address", "Write s3://BUCKET/ or s3://BUCKET/KEY/.")
    return address


ALLOW = click.Option(
    ["--allow"],
    type=_allowed,
    multiple=True,
    metavar="ADDRESS",
    help="Open addresses at or below this one, s3://BUCKET/KEY. May be given several times.",
)
"""The option without which no address is read from."""


@dataclass(frozen=True)
class Sent:
    """A data set that lies at an address; `out` is what closing words say of it."""

    manifest: dict[str, Any]
    out: Any
    accounting: "Accounting"


@contextmanager
def reached(given: dict[str, Any]) -> Generator[None]:
    """For the time of a conversion, local paths in place of the addresses among its options.

    What is read is fetched first, in so far as --allow says so. Where OUT is an address, `given["place"]` is what sends
    the data set there (see `sent`), else None.
    """
    allowed: Sequence[Address] = given.pop("allow", ())
    given["place"] = None
    shown: dict[str, str] = {}
    for name in ("input", "images"):
        if _is_path(given.get(name)):
            continue
        from ..pipelines.remote.inputs import fetched

        address, given[name] = given[name], fetched(given[name], allowed)
        shown[str(given[name])] = str(address)
        if name == "images" and given.get("image_root") is None:
            given["image_root"] = given[
                name
            ]  # rows name pictures below the address, whose folder is each machine's own
    with _by_address(shown):
        if _is_path(given["out"]):
            yield
            return
        from ..pipelines.remote.outputs import made_for

        with made_for(given["out"]) as place:
            shown[str(place.folder)] = str(place.address)
            given["out"], given["place"] = place.folder, place
            yield


@contextmanager
def _by_address(shown: Mapping[str, str]) -> Generator[None]:
    """Errors inside name addresses, and not the local files that stand for them."""
    try:
        yield
    except MmdataError as error:
        said = [error.place, error.fact, error.remedy]
        for local, address in shown.items():
            said = [text.replace(local, address) for text in said]
        raise type(error)(*said) from error


def _is_path(value: Any) -> bool:
    return value is None or isinstance(value, Path)


def sent(result: "Result", place: "Place | None", log: "Log") -> "Result":
    """The data set where it belongs: sent to its address, if it has one."""
    if place is None:
        return result
    with log.progress() as progress:
        total = sum(int(each["bytes"]) for each in result.manifest["files"])
        progress.start("sending, bytes", total)
        build = place.send(progress.advance)
        progress.done()
    if not log.quiet:
        say(visible(f"sent: {place.address / build}/ holds the files, {place.address}/manifest.json names them"))
    return Sent(result.manifest, place.address, result.accounting)


@contextmanager
def read_from(out: Any) -> Generator[Path]:
    """A data set as a local folder: fetched for the time being where `out` is an address."""
    if isinstance(out, Path):
        yield out
        return
    from tempfile import TemporaryDirectory

    from ..pipelines.remote.reading import read_back
    from ..pipelines.remote.store import Store

    with TemporaryDirectory(prefix="mmdata-") as home:
        folder = Path(home) / "out"
        read_back(out, folder, Store())
        yield folder
