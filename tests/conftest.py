"""Fixtures for every test: where the real data is."""

import os
import re
import signal
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every run: what lands must not hang on luck. `make test-slow` draws new ones each time.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("drawn", derandomize=False, deadline=None)
settings.load_profile(os.environ.get("MMDATA_EXAMPLES", "same"))

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root folder."""
    return ROOT


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What tests and the commands that they start remember is not put into the user's cache."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(autouse=True, scope="session")
def interrupts_are_heard() -> None:
    """A shell lets what it begins with & ignore ^C, and so would every command that a test interrupts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the checkout; the test is skipped where it is absent."""
    folder = ROOT.parent / "shared"
    if not (folder / "data" / "EXPECTED.json").is_file():
        pytest.skip("the real data (../shared) is not on this machine")
    return folder


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With MMDATA_NO_SKIPS set, a skip for a reason that house/may_skip.txt does not list fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("MMDATA_NO_SKIPS") or reporter is None:
        return
    lines = (ROOT / "tests" / "house" / "may_skip.txt").read_text(encoding="utf-8").splitlines()
    allowed = re.compile("|".join(line for line in lines if line and not line.startswith("#")))
    for report in reporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not allowed.search(reason):
            reporter.write_line(f"\nskipped where nothing may be: {report.nodeid}: {reason}", red=True)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
