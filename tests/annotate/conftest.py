"""A real Label Studio for the tests of `annotate`: one server a session, a fresh project a test."""

from collections.abc import Iterator

import pytest

from . import server
from .canary import no_token_is_said, pytest_runtest_makereport

__all__ = ["no_token_is_said", "pytest_runtest_makereport"]  # for every test here: no output holds a token


@pytest.fixture(scope="session")
def label_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.LabelStudio]:
    """A running server with nothing in it: url, token, documents (the root of local files), data, restart(), kill()."""
    reason = server.why_absent()
    if reason is not None:
        pytest.skip(reason)
    with server.running(tmp_path_factory.mktemp("label-studio")) as running:
        yield running


@pytest.fixture
def project(label_studio: server.LabelStudio) -> Iterator[server.Project]:
    """A fresh project of boxes; the server is there again where the test before it killed it."""
    if label_studio.process is None or label_studio.process.poll() is not None:
        label_studio.start()
    yield label_studio.make_project()


@pytest.fixture
def connected(label_studio: server.LabelStudio, monkeypatch: pytest.MonkeyPatch) -> server.LabelStudio:
    """The server, with the variables set by which mmdata finds it."""
    for name, value in label_studio.environment.items():
        monkeypatch.setenv(name, value)
    return label_studio
