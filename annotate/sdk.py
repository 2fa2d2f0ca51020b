"""label-studio-sdk's HTTP client, and nothing else of it: one request, one whole answer or `Lost`.

The client's own repeating is passed by (its `stream` has none), redirects are off, and the body is read as it comes
over the wire, so that a time-out holds for all of it and a packed one that stops in the middle is found.
"""

import re
import time
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from ..schemas.errors import ConfigError
from .answers import Answer, Lost, unpacked
from .faults import Refused

if TYPE_CHECKING:
    import httpx

_PLACE = "the token"
_JWT = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+")
_NEW_TOKEN = "Take a new one from Label Studio: Account & Settings, Personal Access Token."  # noqa: S105  no token


def open_client(url: str, token: str, connect: float, read: float) -> "Client":
    """A client for that server; time-outs in seconds. `ConfigError` without label-studio-sdk, or for a dead token."""
    try:
        import httpx
        from label_studio_sdk.core.api_error import ApiError
        from label_studio_sdk.core.client_wrapper import SyncClientWrapper
    except ImportError as fault:
        remedy = "pip install 'mmdata[annotate]'"
        raise ConfigError("mmdata annotate", f"needs label-studio-sdk: {fault}", remedy) from None
    kept, fresh = (
        httpx.Client(
            timeout=httpx.Timeout(read, connect=connect),
            limits=httpx.Limits(max_keepalive_connections=number),
            follow_redirects=False,
            trust_env=url.startswith("https:"),  # a proxy would read the token of a plain http request
        )
        for number in (4, 0)
    )
    try:
        wrapper = SyncClientWrapper(api_key=token, base_url=url + "/", httpx_client=kept, max_retries=0)
    except ApiError as fault:
        raise ConfigError(_PLACE, _said(fault.body), _NEW_TOKEN) from None
    return Client(wrapper, kept, fresh, token)


class Client:
    """The SDK's HTTP client for one server and one token.

    A POST has a connection of its own: a server may close one that was kept just as it is used again, and then nobody
    knows whether the POST came. What can be repeated goes over connections that are `kept`.
    """

    def __init__(self, wrapper: Any, kept: "httpx.Client", fresh: "httpx.Client", token: str) -> None:
        self._wrapper = wrapper
        self._kept = kept
        self._fresh = fresh
        self._token = token

    def close(self) -> None:
        """Close the connections."""
        self._kept.close()
        self._fresh.close()

    def hidden(self, text: str) -> str:
        """The text without the tokens, should the server repeat them, and without any that looks like one."""
        return _JWT.sub("[token]", text.replace(self._token, "[token]"))

    def _harmless(self, answer: Answer) -> Answer:
        """The answer, as far as messages are made of it (headers, and the body of an error), without tokens."""
        headers = {name: self.hidden(value) for name, value in answer.headers.items()}
        body = answer.body if answer.ok else self.hidden(answer.body.decode("utf-8", "replace")).encode()
        return Answer(answer.status, body, headers)

    def renew(self) -> bool:
        """Exchange a personal access token anew; False where there is nothing to exchange (a legacy token)."""
        self._wrapper._tokens_client._access_token = None
        return not self._wrapper._tokens_client._use_legacy_token

    def send(
        self,
        method: str,
        path: str,
        whole: float,
        *,
        params: Mapping[str, Any] | Sequence[tuple[str, Any]] | None = None,
        json: Any = None,
        files: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Make one request; the answer, or `Lost`, or `Refused` where the token is not taken. `whole`: seconds."""
        import httpx
        from label_studio_sdk.core.api_error import ApiError

        headers = {"Accept-Encoding": "gzip", "Accept": "application/json, */*;q=0.1"}
        request: dict[str, Any] = {"params": _together(params), "headers": headers, "files": files}
        if json is not None:
            headers["Content-Type"] = "application/json"
            request["content"] = msgspec.json.encode(json)
        transport = self._fresh if method == "POST" else self._kept
        transport.cookies.clear()  # a session of the server's would hide that the token is no longer good
        self._wrapper.httpx_client.httpx_client = transport
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # the SDK's own, of pydantic
                with self._wrapper.httpx_client.stream(path, method=method, **request) as response:
                    return self._harmless(_whole(response, time.monotonic() + whole))
        except ApiError as fault:  # of the exchange of the token, which comes before the request
            if fault.status_code is not None and fault.status_code < 500 and fault.status_code != 429:
                said = self.hidden(_said(fault.body))
                fact = f"is not taken by {self._wrapper.get_base_url()}: {said}"
                raise Refused(_PLACE, fact, _NEW_TOKEN, status=401, detail=said) from None
            raise Lost(f"the exchange of the token was answered {fault.status_code}", sent=False) from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as fault:
            raise Lost(f"no connection: {_plain(fault)}", sent=False) from None
        except httpx.TimeoutException:
            raise Lost("no answer within the time-out", sent=True) from None
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise Lost(f"the connection broke: {_plain(fault)}", sent=True) from None
        except ValueError:  # the exchange of the token was answered with no JSON, or none of a token
            raise Lost("the exchange of the token was answered with no token", sent=False) from None


def _whole(response: "httpx.Response", deadline: float) -> Answer:
    pieces: list[bytes] = []
    for piece in response.iter_raw():
        pieces.append(piece)
        if time.monotonic() > deadline:
            raise Lost("the answer took longer than the time-out for all of it", sent=True)
    raw = b"".join(pieces)
    headers = {name.lower(): value for name, value in response.headers.items()}
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) != len(raw) and response.request.method != "HEAD":
        raise Lost(f"{len(raw):,} bytes came of the {int(length):,} that were announced", sent=True)
    return Answer(response.status_code, unpacked(raw, headers.get("content-encoding", "").lower()), headers)


def _together(params: Mapping[str, Any] | Sequence[tuple[str, Any]] | None) -> dict[str, Any] | None:
    """Pairs as the SDK takes them: a list under each name that comes more than once."""
    if params is None or isinstance(params, Mapping):
        return None if params is None else dict(params)
    joined: dict[str, list[Any]] = {}
    for name, value in params:
        joined.setdefault(name, []).append(value)
    return dict(joined)


def _said(body: Any) -> str:
    return str(body.get("detail", "refused") if isinstance(body, dict) else "refused")


def _plain(fault: Exception) -> str:
    return " ".join(str(fault).split()) or type(fault).__name__
