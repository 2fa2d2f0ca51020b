"""Addresses on the command line: where a path may stand, `s3://…` may."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..schemas.errors import ConfigError, MmdataError
from ..schemas.shown import shown
from .terminal import say, visible

if TYPE_CHECKING:
    from ..pipelines.remote.address import Address
    from ..pipelines.remote.outputs import Place
    from ..schemas.accounting import Accounting
    from ..schemas.shown import Shown
    from .log import Log
    from .summary import Built, Result


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


class LocalPath(click.Path):
    """A path of this machine, for commands that open no address: as a path one would lose a slash and be not found."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The `Path`; `ConfigError` for an address."""
        if isinstance(value, str) and "://" in value:
            from ..pipelines.remote.address import parse

            address = parse(value)
            if address is not None:
                raise ConfigError(str(address), "is an address, and none is opened here", _FETCH)
        return super().convert(value, param, ctx)


_FETCH = (
    "Only mmdata convert, build and verify open addresses. Copy what lies there into a folder and name that; of a data "
    "set, the build-… folder that its manifest.json names (docs/addresses.md)."
)


def _allowed(value: str) -> "Address":
    """An address; everything below it may be opened."""
    from ..pipelines.remote.address import parse

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


@dataclass(frozen=True)
class SentBuild:
    """What a build made that lies at an address."""

    manifest: Mapping[str, Any]
    out: Any
    outputs: "Sequence[Result]"


@contextmanager
def reached(given: dict[str, Any]) -> Generator[None]:
    """For the time of a conversion, local paths in place of the addresses among its options.

    What is read is fetched first, in so far as --allow says so. Where OUT is an address, `given["place"]` is what sends
    the data set there (see `sent`), else None.
    """
    allowed: Sequence[Address] = given.pop("allow", ())
    given["place"] = None
    given["shown"] = ()
    for name in ("input", "images"):
        if not _is_path(given.get(name)):
            from ..pipelines.remote.inputs import fetched, names_of_fetched

            given[name], given["shown"] = fetched(given[name], allowed), names_of_fetched()
    if given["shown"] and given.get("image_root") is None and given.get("pictures", "refer") == "refer":
        from ..pipelines.remote.inputs import root_of

        given["image_root"] = root_of(given.get("images"), given["input"])
    with by_address(given["shown"]), made_at(given["out"]) as (folder, place):
        given["out"], given["place"] = folder, place
        yield


@dataclass(frozen=True)
class Fetching:
    """Fetches what lies at the addresses of a recipe, in so far as they are `allowed`."""

    allowed: Sequence["Address"]

    def __call__(self, text: str) -> Path:
        """The local file or folder. Raises `ConfigError` and `InputError`."""
        from ..pipelines.remote.address import parse
        from ..pipelines.remote.inputs import fetched

        address = parse(text)
        return fetched(address, self.allowed) if address else Path(text)


@contextmanager
def made_at(out: Any) -> Generator["tuple[Any, Place | None]"]:
    """Where to make what belongs at `out`, and what sends it there where that is an address; errors inside name it."""
    if _is_path(out):
        yield out, None
        return
    from ..pipelines.remote.outputs import made_for

    with made_for(out) as place, by_address(((str(place.folder), str(place.address)),)):
        yield place.folder, place


@contextmanager
def by_address(names: "Shown") -> Generator[None]:
    """Errors inside name addresses, and not the local files that stand for them."""
    try:
        yield
    except MmdataError as error:
        raise type(error)(*(shown(text, names) for text in (error.place, error.fact, error.remedy))) from error


def _is_path(value: Any) -> bool:
    return value is None or isinstance(value, Path)


def sent(result: "Result", place: "Place | None", log: "Log") -> "Result":
    """The data set where it belongs: sent to its address, if it has one."""
    if place is None:
        return result
    _send(result.manifest, place, log)
    return Sent(result.manifest, place.address, result.accounting)


def sent_all(built: "Built", place: "Place | None", log: "Log") -> "Built":
    """The same for a build, which may be of several data sets."""
    if place is None:
        return built
    _send(built.manifest, place, log)
    several = len(built.outputs) > 1
    mine = [
        Sent(each.manifest, place.address / each.out.name if several else place.address, each.accounting)
        for each in built.outputs
    ]
    return SentBuild(built.manifest, place.address, tuple(mine))


def _send(manifest: Mapping[str, Any], place: "Place", log: "Log") -> None:
    with log.progress() as progress:
        total = sum(int(each["bytes"]) for each in manifest["files"])
        progress.start("sending, bytes", total)
        build = place.send(progress.advance)
        progress.done()
    if not log.quiet:
        say(visible(f"sent: {place.address / build}/ holds the files, {place.address}/manifest.json names them"))


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
