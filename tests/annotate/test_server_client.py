"""The client: what is repeated and what never, what is no answer, where the token goes and that nobody hears it."""

import base64
import gzip
import json
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from mmdata.annotate.faults import NotFound, Refused, ServerFault, Unanswered
from mmdata.annotate.server import Patience, Server, connect
from mmdata.annotate.token import find_token, find_url, token_kind
from mmdata.schemas.errors import ConfigError, MmdataError

from .answering import Answering, Reply, answering

LEGACY = "0f" * 20
QUICK = Patience(connect=5, read=0.3, whole=1, attempts=3, pause=0.001)


def personal(expires: float = 9e9, kind: str = "refresh") -> str:
    """A token of the form of a JWT, which nobody signed."""
    parts = [{"alg": "HS256", "typ": "JWT"}, {"token_type": kind, "exp": int(expires)}]
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*texts, "c2lnbmF0dXJlLW9mLW5vYm9keQ"])


@pytest.fixture
def pauses() -> list[float]:
    return []


def client(at: Answering, pauses: list[float], token: str = LEGACY) -> Server:
    server = Server(at.url, token, QUICK)
    server.sleep = pauses.append
    return server


PASSING = [Reply(status, {"detail": "busy"}) for status in (408, 429, 500, 502, 503, 504)]
BROKEN = [
    Reply(body=b'{"a": 1}', cut=4),
    Reply(silent=True),
    Reply(body=gzip.compress(b'{"a": 1}' * 50)[:-9], headers={"Content-Encoding": "gzip"}),
    Reply(body=b"no gzip", headers={"Content-Encoding": "gzip"}),
    Reply(body=b"{}", headers={"Content-Encoding": "br"}),
    Reply(body=b'{"a": 1}' * 20, drip=0.2),
]
IDS = ["cut", "silent", "torn gzip", "no gzip", "unasked packing", "drip"]


@pytest.mark.parametrize("fault", [*PASSING, *BROKEN], ids=[*(str(each.status) for each in PASSING), *IDS])
@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_what_can_be_repeated_is(fault: Reply, method: str, pauses: list[float]) -> None:
    with answering(fault, Reply(body={"done": 1})) as at, client(at, pauses) as server:
        answer = server.patch("/x", {"a": 1}) if method == "patch" else getattr(server, method)("/x")
        assert answer == (None if method == "delete" else {"done": 1})
        assert at.methods() == [method.upper()] * 2
        assert len(pauses) == 1


@pytest.mark.parametrize(
    "fault",
    [reply for reply in [*PASSING, *BROKEN] if reply.status not in (408, 429)],
    ids=["500", "502", "503", "504", *IDS],
)
def test_a_post_that_may_have_been_done_is_not_repeated(fault: Reply, pauses: list[float]) -> None:
    with answering(fault, Reply()) as at, client(at, pauses) as server:
        with pytest.raises(Unanswered, match="look before"):
            server.post("/x", {"a": 1})
        assert at.methods() == ["POST"]


def test_a_post_that_cannot_have_been_done_is_repeated(pauses: list[float]) -> None:
    with answering(Reply(429), Reply(body={"id": 3})) as at, client(at, pauses) as server:
        assert server.post("/x", [{"a": 1}]) == {"id": 3}
        assert [json.loads(body) for _, _, _, body in at.asked] == [[{"a": 1}]] * 2


def test_a_post_has_a_connection_that_no_server_can_have_closed_meanwhile(pauses: list[float]) -> None:
    with answering(Reply(keep=True)) as at, client(at, pauses) as server:
        for _ in range(2):
            server.get("/x")
            server.post("/x", {})
        first, post, second, another = at.connections
        assert (first == second, len({first, post, another})) == (True, 3)


def test_nobody_there_is_said_and_nothing_was_sent(pauses: list[float]) -> None:
    with answering(Reply()) as at:
        url = at.url
    with Server(url, LEGACY, QUICK) as server:
        server.sleep = pauses.append
        with pytest.raises(ServerFault, match="no connection") as fault:
            server.post("/x", {})
    assert not isinstance(fault.value, Unanswered)
    assert len(pauses) == QUICK.attempts - 1


def test_a_delete_whose_answer_was_lost_is_done_when_there_is_nothing_left(pauses: list[float]) -> None:
    with answering(Reply(silent=True), Reply(404)) as at, client(at, pauses) as server:
        server.delete("/x/1/")
    with answering(Reply(404)) as at, client(at, pauses) as server, pytest.raises(NotFound):
        server.delete("/x/1/")


@pytest.mark.parametrize("asked", ["7", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_what_the_server_asks_to_wait_is_waited_within_reason(asked: str, pauses: list[float]) -> None:
    reply = Reply(503, headers={"Retry-After": asked})
    with answering(reply, Reply()) as at, client(at, pauses) as server:
        server.get("/x")
    assert pauses == [7.0 if asked == "7" else QUICK.longest_pause]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_an_error_that_will_not_pass_is_said_at_once(status: int, pauses: list[float]) -> None:
    body = {"id": "8a", "detail": "Validation error", "validation_errors": {"title": ["too short"]}}
    with answering(Reply(status, body)) as at, client(at, pauses) as server:
        with pytest.raises(Refused, match=r"Validation error: title: too short") as fault:
            server.get("/x")
        assert (fault.value.status, len(at.asked), pauses) == (status, 1, [])


@pytest.mark.parametrize("body", [b"<html><title>Sign in</title>", b"{", b'{"a": 1} x', b"\xff\xfe"])
def test_what_is_no_json_is_no_answer(body: bytes, pauses: list[float]) -> None:
    reply = Reply(body=body, headers={"Content-Type": "text/html"})
    with answering(reply) as at, client(at, pauses) as server, pytest.raises(ServerFault, match="no JSON"):
        server.get("/x")


def test_packed_answers_and_files_come_out_whole(pauses: list[float]) -> None:
    packed = Reply(body=gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"})
    with answering(packed, Reply(body=bytes(range(256)))) as at, client(at, pauses) as server:
        assert server.get("/x", {"a": True, "b": "ä&"}) == {"a": 1}
        assert server.download("/data/x") == bytes(range(256))
        assert at.asked[0][1] == "/x?a=true&b=%C3%A4%26"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_token_goes_to_no_other_server(status: int, pauses: list[float]) -> None:
    with answering(Reply()) as other, answering(Reply(status, headers={"Location": other.url + "/x"})) as at:
        with client(at, pauses) as server, pytest.raises(Refused, match="not sent elsewhere"):
            server.get("/x")
        assert (len(at.asked), other.asked) == (1, [])


def test_a_path_cannot_name_another_server(pauses: list[float]) -> None:
    with answering(Reply()) as other, answering(Reply()) as at, client(at, pauses) as server:
        for path in (other.url + "/x", other.url.removeprefix("http:") + "/x", "@" + other.url[7:]):
            server.get(path)
        assert (len(at.asked), other.asked) == (3, [])


def test_a_session_that_the_server_gives_is_not_kept(pauses: list[float]) -> None:
    with answering(Reply(headers={"Set-Cookie": "sessionid=1; Path=/"})) as at, client(at, pauses) as server:
        server.get("/x")
        server.get("/x")
        assert "cookie" not in at.asked[1][2]


def test_a_proxy_of_the_environment_does_not_see_the_token(
    pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(Reply()) as proxy, answering(Reply()) as at:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with client(at, pauses) as server:
            server.get("/x")
        assert (len(at.asked), proxy.asked) == (1, [])


def said(error: MmdataError) -> str:
    return f"{error} {error.place} {error.fact} {error.remedy} {error!r} {vars(error)}"


@pytest.mark.parametrize("token", [LEGACY, personal()], ids=["legacy", "personal"])
@pytest.mark.parametrize("status", [400, 401, 500, 200])
def test_no_message_repeats_the_token(token: str, status: int, pauses: list[float]) -> None:
    access = personal(kind="access")
    echo = Reply(status, f"<title>{token} {access}</title>".encode(), {"Location": token})
    replies = [echo] if token == LEGACY else [Reply(body={"access": access}), echo]
    with answering(*replies) as at, client(at, pauses, token) as server:
        with pytest.raises(MmdataError) as fault:
            server.get("/x")
        assert token not in said(fault.value) + repr(server)
        assert access not in said(fault.value)


def test_a_personal_token_is_exchanged_and_exchanged_again_once(pauses: list[float]) -> None:
    token, access = personal(), personal(kind="access")
    exchanged, refused = Reply(body={"access": access}), Reply(401, {"detail": "expired"})
    with answering(exchanged, refused, exchanged, Reply(body={"a": 1})) as at, client(at, pauses, token) as server:
        assert server.get("/x") == {"a": 1}
        assert [json.loads(each[3])["refresh"] for each in at.asked if each[0] == "POST"] == [token] * 2
        assert at.asked[1][2]["authorization"] == f"Bearer {access}"
    with answering(exchanged, refused, exchanged, refused) as at, client(at, pauses, token) as server:
        with pytest.raises(Refused, match="expired"):
            server.get("/x")
        assert len(at.asked) == 4


@pytest.mark.parametrize("reply", [Reply(401, {"detail": "Token is invalid"}), Reply(400, {"detail": "no"})])
def test_a_personal_token_that_is_not_taken_is_a_clear_stop(reply: Reply, pauses: list[float]) -> None:
    with answering(reply) as at, client(at, pauses, personal()) as server:
        with pytest.raises(Refused, match="is not taken"):
            server.post("/x", {})
        assert len(at.asked) == 1


@pytest.mark.parametrize("reply", [Reply(502, b"<html>"), Reply(200, b"<html>"), Reply(200, {"no": 1}), Reply(500, {})])
def test_an_exchange_that_breaks_is_tried_again(reply: Reply, pauses: list[float]) -> None:
    replies = [reply, Reply(body={"access": personal()}), Reply(body={"id": 1})]
    with answering(*replies) as at, client(at, pauses, personal()) as server:
        assert server.post("/x", {}) == {"id": 1}


def test_a_personal_token_that_ended_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(ConfigError, match="expired"):
        Server("http://127.0.0.1:9", personal(expires=time.time() - 10))


@pytest.mark.parametrize(
    ("mode", "text", "fact"),
    [
        (0o600, LEGACY + "\n", None),
        (0o640, LEGACY, "mode 0640"),
        (0o604, LEGACY, "mode 0604"),
        (0o600, "a b", "no token"),
    ],
)
def test_a_file_of_the_token_is_its_owners_alone(mode: int, text: str, fact: str | None, tmp_path: Path) -> None:
    file = tmp_path / "a.token"
    file.write_text(text)
    file.chmod(mode)
    assert stat.S_IMODE(file.stat().st_mode) == mode
    if fact is None:
        assert find_token(file) == LEGACY
    else:
        with pytest.raises(ConfigError, match=fact) as fault:
            find_token(file)
        assert text not in said(fault.value)


def test_where_there_is_no_token_or_address_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match="LABEL_STUDIO_URL"):
        connect()
    with pytest.raises(ConfigError, match="LABEL_STUDIO_API_KEY"):
        connect("http://127.0.0.1")
    with pytest.raises(ConfigError, match="no regular file"):
        find_token(tmp_path)


@pytest.mark.parametrize(
    "url",
    ["ftp://h", "localhost:8080", "http://", "http://h:x", "http://u:secret@h", "http://h/?token=secret", "http://h\n"],
)
def test_what_is_no_address_is_refused_without_repeating_it(url: str) -> None:
    if url.endswith("\n"):
        assert find_url(url) == "http://h"
        return
    with pytest.raises(ConfigError) as fault:
        find_url(url)
    assert "secret" not in said(fault.value)


def test_kinds_of_token() -> None:
    assert (token_kind(LEGACY), token_kind(personal())) == ("legacy", "personal")
    assert find_url("https://h.example/prefix/") == "https://h.example/prefix"


def page(*ids: Any) -> Reply:
    return Reply(body={"tasks": [{"id": each} for each in ids], "total": len(ids)})


def test_paging_goes_by_the_last_id(pauses: list[float]) -> None:
    with answering(page(1, 2), page(5, 9), page(11)) as at, client(at, pauses) as server:
        assert list(server.ids(3, page=2)) == [1, 2, 5, 9, 11]
        assert all("page=1&" in each[1] for each in at.asked)


@pytest.mark.parametrize(
    ("end", "kind", "fact"),
    [
        (Reply(404, {"detail": "No Project"}), NotFound, "No Project"),
        (page(1, 2), ServerFault, "out of order"),
        (Reply(body={"results": []}), ServerFault, "no list of tasks"),
        (Reply(body=[]), ServerFault, "no list of tasks"),
        (Reply(body=b"<html>"), ServerFault, "no JSON"),
    ],
)
def test_an_end_in_the_midst_of_paging_is_an_error(end: Reply, kind: type, fact: str, pauses: list[float]) -> None:
    with answering(page(1, 2), end) as at, client(at, pauses) as server, pytest.raises(kind, match=fact):
        list(server.ids(3, page=2))
