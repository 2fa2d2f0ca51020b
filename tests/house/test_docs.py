"""The documents say what is: commands that exist, links that lead somewhere, a reference that is current."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from mmdata.cli import mmdata
from mmdata.converters.sources import SOURCES
from mmdata.converters.targets import TARGETS

PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/*.md", "docs/decisions/*.md")


def readme_commands(root: Path, *, server: bool = False) -> Iterator[list[str]]:
    """Every `mmdata …` line of README's shell blocks, as arguments: of that which needs a server, or of the others."""
    text = (root / "README.md").read_text(encoding="utf-8")
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] == ["mmdata"] and ("LABEL_STUDIO_URL" in block) == server:
                yield words[1:]


def test_the_readme_s_commands_run_one_after_the_other(root: Path, tmp_path: Path) -> None:
    ran = 0
    for arguments in readme_commands(root):
        here = [str(root / word) if word.startswith("examples/") else word for word in arguments]
        done = subprocess.run(
            [sys.executable, "-m", "mmdata", *here], cwd=tmp_path, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{arguments}\n{done.stderr}"
        ran += 1
    assert ran == 10


def test_the_reference_is_what_help_says(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(root / "docs" / "generate.py"), "--check"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_every_option_has_help() -> None:
    def silent(command: click.Command, path: str) -> Iterator[str]:
        if not command.help:
            yield path
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.help:
                yield f"{path} {parameter.opts[0]}"
        if isinstance(command, click.Group):
            for name in command.list_commands(click.Context(command)):
                below = command.get_command(click.Context(command), name)
                assert below is not None
                yield from silent(below, f"{path} {name}")

    assert not list(silent(mmdata, "mmdata"))


def test_links_inside_the_repository_lead_somewhere(root: Path) -> None:
    broken = [
        f"{page.relative_to(root)}: {link}"
        for pattern in PAGES
        for page in root.glob(pattern)
        for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert not broken


@pytest.mark.parametrize("registry", [list(SOURCES), list(TARGETS)], ids=["sources", "targets"])
def test_the_readme_lists_every_format_with_a_proof_that_is_there(registry: list[str], root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    for name in registry:
        row = re.search(rf"^\| `{name}` \|.*`(tests/[\w/]+)`", text, re.MULTILINE)
        assert row, f"README.md has no row for {name}"
        assert (root / row[1]).is_dir(), row[1]


def test_every_dependency_has_its_reason(root: Path) -> None:
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = (root / "docs" / "decisions" / "002-dependencies.md").read_text(encoding="utf-8")
    reasons = set(re.findall(r"^\| ([\w-]+) \|", page, re.MULTILINE)) - {"package"}
    extras = project["optional-dependencies"]
    wanted = project["dependencies"] + [each for name in extras if name not in ("all", "dev") for each in extras[name]]
    assert reasons == {re.split(r"[<>=\[]", each)[0] for each in wanted}


def test_the_pins_hold_no_address(root: Path) -> None:
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.+]+", pin) for pin in pins)
