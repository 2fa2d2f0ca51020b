"""Faults of the server at every step of a pull: the right store, or a clear error and the store as it was."""

import json
import shutil
from pathlib import Path

import pytest
from mmdata.schemas.errors import InputError

from . import proxy as faults
from .proxy import Fault, Proxy
from .scene import Scene, content, pulled, scene
from .server import LabelStudio

__all__ = ["scene"]

PASSING: dict[str, Fault] = {
    "500": faults.status(500),
    "502": faults.status(502),
    "503": faults.status(503, Retry_After="0"),
    "429": faults.status(429, Retry_After="0"),
    "reset": faults.reset,
    "cut": faults.cut,
    "cut-chunks": faults.cut_chunks,
    "torn-gzip": faults.torn_gzip,
    "no-answer": faults.nothing,
    "drip": faults.drip,
}
"""Faults after which the same request may be answered: once, the pull is as if nothing had been."""

LASTING: dict[str, Fault] = {
    "409": faults.status(409),
    "403": faults.status(403),
    "page": faults.page,
    "wrong-length": faults.wrong_length,
}
"""Answers that are wrong and do not say so with a status that may pass: no store can come of them."""

SLOW = ("no-answer", "drip")
"""Each takes a second or more: tried at one step only, unless the slow tests run."""


def attempt(scene: Scene, out: Path, fault: Fault, at: int, always: bool) -> str | None:
    """What an error said, None where there was none; the store is what it must be either way."""
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(scene.before, out)
    scene.proxy.begin(fault, at, always)
    try:
        pulled(scene.proxy.url, scene.token, scene.project, out)
    except InputError as error:
        assert content(out) == content(scene.before), at
        assert scene.token not in str(error)
        assert error.remedy
        assert error.place.startswith(("GET ", "the token", scene.proxy.url)), error.place
        return str(error)
    assert content(out) == scene.after, at
    return None


def steps(scene: Scene, kind: str, request: pytest.FixtureRequest) -> list[int]:
    whole = list(range(1, scene.steps + 1))
    return [3] if kind in SLOW and request.config.getoption("-m") != "slow" else whole


def test_a_pull_is_these_steps(scene: Scene) -> None:
    scene.proxy.begin()
    assert scene.steps >= 7
    assert attempt(scene, scene.before.with_name("steps"), faults.reset, 0, False) is None
    asked = [each.partition("?")[0].rpartition("/api")[2] for each in scene.proxy.seen]
    assert asked[:2] == [f"/projects/{scene.project}/", "/tasks"]
    assert f"/projects/{scene.project}/export" in asked


@pytest.mark.parametrize("kind", PASSING)
def test_a_fault_that_passes_changes_nothing(
    kind: str, scene: Scene, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    for at in steps(scene, kind, request):
        assert attempt(scene, tmp_path / "store", PASSING[kind], at, False) is None, at


@pytest.mark.parametrize("kind", [*PASSING, *LASTING])
def test_a_fault_that_stays_is_said_and_the_store_is_as_it_was(
    kind: str, scene: Scene, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    for at in steps(scene, kind, request):
        assert attempt(scene, tmp_path / "store", (PASSING | LASTING)[kind], at, True), at


@pytest.mark.parametrize("kind", LASTING)
def test_one_wrong_answer_is_never_taken_in(kind: str, scene: Scene, tmp_path: Path) -> None:
    for at in range(1, scene.steps + 1):
        attempt(scene, tmp_path / "store", LASTING[kind], at, False)


def test_the_token_goes_nowhere_else(scene: Scene, tmp_path: Path) -> None:
    with Proxy(scene.proxy.upstream) as elsewhere:
        for at in range(1, scene.steps + 1):
            said = attempt(scene, tmp_path / "store", faults.redirect(elsewhere.url), at, False)
            assert said is not None
            assert elsewhere.url in said
        assert elsewhere.seen == []


def test_a_short_export_is_no_deletion(scene: Scene, tmp_path: Path) -> None:
    def shortened(handler: faults.Handler, reply: faults.Reply) -> None:
        handler.give(reply._replace(body=json.dumps(json.loads(reply.body)[:-1]).encode()))

    at = next(n for n, each in enumerate(asked(scene, tmp_path), 1) if "/export" in each)
    said = attempt(scene, tmp_path / "store", shortened, at, False)
    assert said is not None
    assert "does not export it" in said


def test_a_first_pull_that_fails_leaves_nothing(scene: Scene, tmp_path: Path) -> None:
    out = tmp_path / "store"
    for at in (1, 2, 4):
        scene.proxy.begin(faults.cut, at, True)
        with pytest.raises(InputError):
            pulled(scene.proxy.url, scene.token, scene.project, out)
        assert not out.exists() or content(out) == {}
    scene.proxy.begin()
    pulled(scene.proxy.url, scene.token, scene.project, out)
    assert (out / "store.json").is_file()


def asked(scene: Scene, tmp_path: Path) -> list[str]:
    attempt(scene, tmp_path / "store", faults.reset, 0, False)
    return list(scene.proxy.seen)


@pytest.fixture(scope="module")
def personal(scene: Scene, label_studio: LabelStudio) -> Scene:
    """The same by a personal access token, which is exchanged for one of five minutes: one step more."""
    return scene._replace(token=label_studio.personal_token(), steps=scene.steps + 1)


def test_an_access_token_that_ends_midway_is_renewed(personal: Scene, tmp_path: Path) -> None:
    for at in range(2, personal.steps + 1):
        assert attempt(personal, tmp_path / "store", faults.status(401), at, False) is None, at
        assert sum("/token/refresh" in each for each in personal.proxy.seen) == 2


def test_a_token_that_is_refused_is_said(personal: Scene, tmp_path: Path) -> None:
    for at in range(1, personal.steps + 1):
        said = attempt(personal, tmp_path / "store", faults.status(401), at, True)
        assert said is not None
        assert "token" in said
