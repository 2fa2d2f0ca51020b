"""The store: the few calls to an object store, one method each, so that a test can make any one of them fail.

fsspec's s3fs does the talking; credentials, region and endpoint are the environment's, as for every program of its kind
(AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL_S3, AWS_MAX_ATTEMPTS). Listings are never cached: what another run
did a moment ago is what counts. Every call raises `StoreError` and nothing else.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ...schemas.errors import ConfigError, InputError, OutputError
from .address import Address

PART = 16 << 20
"""Bytes of a part of a large object while it is sent; what is under two parts goes in one piece."""
_MOST_PARTS = 10_000
_AT_ONCE = 4  # parts of one object on their way, which are held in memory

Result = TypeVar("Result")


class StoreError(Exception):
    """The store did not do what was asked: `missing` and `exists` where that is why, else what it said."""

    def __init__(self, said: str, *, missing: bool = False, exists: bool = False, forbidden: bool = False) -> None:
        super().__init__(said)
        self.said = said
        self.missing, self.exists, self.forbidden = missing, exists, forbidden


class Object(NamedTuple):
    """What a listing says of one object: bytes, and the ETag without its quotes."""

    size: int
    etag: str


class Store:
    """A connection, made when the first call is; one for a run, of any bucket."""

    def __init__(self) -> None:
        self._fs: Any = _connected()

    def objects(self, below: Address) -> dict[str, Object]:
        """Every object below an address, by its key relative to it."""
        found: dict[str, Any] = _tried(lambda: self._fs.find(below.path, detail=True))
        head = f"{below.path}/"
        return {name.removeprefix(head): _object(each) for name, each in found.items() if name.startswith(head)}

    def look(self, at: Address) -> Object:
        """What is known of one object; a folder is none."""
        told: dict[str, Any] = _tried(lambda: self._fs.info(at.path, refresh=True))
        if told.get("type") != "file":
            raise StoreError("there is no such object", missing=True)
        return _object(told)

    def read(self, at: Address) -> bytes:
        """The whole of a small object."""
        content: bytes = _tried(lambda: self._fs.cat_file(at.path))
        return content

    def sha256(self, at: Address) -> str:
        """The hash of an object's bytes, read back in pieces."""
        digest = sha256()

        def whole() -> None:
            with self._fs.open(at.path, "rb", block_size=PART, cache_type="readahead") as content:
                while block := content.read(PART):
                    digest.update(block)

        _tried(whole)
        return digest.hexdigest()

    def fetch(self, at: Address, to: Path) -> None:
        """An object into a local file, which is made or written over."""
        _tried(lambda: self._fs.get_file(at.path, str(to), max_concurrency=_AT_ONCE))

    def send(self, path: Path, to: Address) -> None:
        """A local file into an object, which is there whole or not at all."""
        size = part_size(path.stat().st_size)
        _tried(lambda: self._fs.put_file(str(path), to.path, chunksize=size, max_concurrency=_AT_ONCE))

    def write(self, to: Address, content: bytes) -> None:
        """A small object, in one request."""
        _tried(lambda: self._fs.pipe_file(to.path, content))

    def create(self, to: Address, content: bytes) -> None:
        """A small object that must not be there yet (`StoreError.exists`), where the store knows If-None-Match."""
        _tried(lambda: self._fs.pipe_file(to.path, content, mode="create"))

    def remove(self, at: Address) -> None:
        """One object; one that is not there is fine."""
        _tried(lambda: self._fs.rm_file(at.path))

    def give_up_parts(self, below: Address) -> None:
        """Throw away the parts of objects that a dead run never finished: they are in no listing, and cost money."""
        asked = {"Bucket": below.bucket, "Prefix": f"{below.key}/" if below.key else ""}
        told: dict[str, Any] = _tried(lambda: self._fs.call_s3("list_multipart_uploads", **asked))
        for each in told.get("Uploads", []):
            named = {"Bucket": below.bucket, "Key": each["Key"], "UploadId": each["UploadId"]}
            self._give_up(named)

    def _give_up(self, named: dict[str, Any]) -> None:
        _tried(lambda: self._fs.call_s3("abort_multipart_upload", **named))


def part_size(size: int) -> int:
    """The bytes of a part of an object of that size."""
    return max(PART, -(-size // _MOST_PARTS))


@contextmanager
def telling(place: object, kind: type[InputError] | type[OutputError]) -> Generator[None, None, None]:
    """Turn a refusal inside into an error about `place`, with what to do."""
    try:
        yield
    except StoreError as refused:
        remedy = "Try again; if it stays, ask who runs the store. AWS_ENDPOINT_URL_S3 says which store is asked."
        if refused.missing:
            remedy = "Check the bucket and the key."
        elif refused.forbidden:
            remedy = "Check the credentials in your environment (AWS_PROFILE, AWS_ACCESS_KEY_ID) and what they may do."
        raise kind(str(place), refused.said, remedy) from refused


def _connected() -> Any:
    try:
        s3fs: Any = import_module("s3fs")
    except ImportError:
        fact = "addresses of object stores need fsspec and s3fs"
        raise ConfigError("s3://", fact, "Install them: pip install 'mmdata[cloud]'") from None
    return s3fs.S3FileSystem(use_listings_cache=False, skip_instance_cache=True)


def _tried(call: Callable[[], Result]) -> Result:
    """The call's result; whatever it raises as a `StoreError`."""
    try:
        return call()
    except OSError as error:
        if error.filename is not None:  # of a local file
            raise
        raise _refused(error) from error
    except Exception as error:
        if type(error).__name__ in ("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound"):
            raise StoreError(str(error), forbidden=True) from error
        if type(error).__module__.partition(".")[0] in ("botocore", "aiobotocore", "aiohttp", "asyncio"):
            raise _refused(error) from error
        raise


def _refused(error: Exception) -> StoreError:
    said = (str(error).splitlines() or [""])[0][:300] or type(error).__name__
    if isinstance(error, FileNotFoundError):
        return StoreError("there is no such object or bucket", missing=True)
    if isinstance(error, PermissionError):
        return StoreError(f"the store refuses it: {said}", forbidden=True)
    answer = getattr(error.__cause__, "response", None)
    code = answer["Error"].get("Code", "") if isinstance(answer, dict) else ""
    if isinstance(error, FileExistsError) or code == "PreconditionFailed":
        return StoreError("is there already", exists=True)
    return StoreError(f"the store failed: {said}")


def _object(told: dict[str, Any]) -> Object:
    return Object(int(told.get("size") or 0), str(told.get("ETag") or "").strip('"'))
