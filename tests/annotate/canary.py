"""No output of the suite holds a token: what commands print, what they write, what a test reports.

Every server of the tests has a token that begins with a canary (`server.CANARY`), and personal and access tokens are
JWTs, so both are found by their form, wherever they turn up.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click.testing
import pytest

from . import server

_TOKEN = re.compile(server.CANARY.encode() + rb"|eyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{15,}")


def leaked(said: str | bytes | None) -> str | None:
    """The first letters of a token that the text holds."""
    found = _TOKEN.search(said.encode("utf-8", "replace") if isinstance(said, str) else said or b"")
    return f"{found[0][:8].decode()}…" if found else None


@pytest.fixture(autouse=True)
def no_token_is_said(request: pytest.FixtureRequest) -> Iterator[None]:
    """Listens to every command that the test runs, and looks through the files that it leaves, but for the `*.token`
    that a test writes to be read.
    """
    said: list[Any] = []
    communicate, invoke = subprocess.Popen.communicate, click.testing.CliRunner.invoke

    def heard(process: Any, *arguments: Any, **named: Any) -> Any:
        outputs = communicate(process, *arguments, **named)
        said.extend(outputs)
        return outputs

    def listened(runner: Any, *arguments: Any, **named: Any) -> Any:
        result = invoke(runner, *arguments, **named)
        said.append(result.output_bytes)
        return result

    with pytest.MonkeyPatch.context() as ears:
        ears.setattr(subprocess.Popen, "communicate", heard)
        ears.setattr(click.testing.CliRunner, "invoke", listened)
        yield
    assert not [found for each in said if (found := leaked(each))], "a command said a token"
    folder: Path | None = getattr(request.node, "funcargs", {}).get("tmp_path")
    if folder is not None:
        files = [each for each in folder.rglob("*") if each.is_file() and each.suffix != ".token"]
        assert not [file for file in files if leaked(file.read_bytes())], "a file holds a token"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """What a test prints and reports is searched as well."""
    report = yield
    texts = [text for _, text in report.sections] + ([] if report.longrepr is None else [str(report.longrepr)])
    if item.path.parent == Path(__file__).parent and any(leaked(each) for each in texts):
        report.outcome, report.longrepr, report.sections = (
            "failed",
            "what this test prints or reports holds a token",
            [],
        )
    return report
