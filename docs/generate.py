"""Writes docs/cli.md from the command line's own help: `python docs/generate.py`; `--check` fails when it is stale."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from mmdata.cli import mmdata

PAGE = Path(__file__).resolve().with_name("cli.md")
WIDTH = 100
HEAD = "# The command line\n\nMade from `--help` by `make docs`; do not edit.\n"


def commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """The command and all below it, each with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from commands(below, (*path, name))


def help_text(command: click.Command, path: tuple[str, ...]) -> str:
    """What `--help` says, at a fixed width whatever the terminal."""
    parent = click.Context(click.Group(), info_name=" ".join(path[:-1])) if len(path) > 1 else None
    context = click.Context(
        command, info_name=path[-1], parent=parent, terminal_width=WIDTH, max_content_width=WIDTH,
        help_option_names=["-h", "--help"],
    )  # fmt: skip
    return command.get_help(context).rstrip()


def page() -> str:
    """The whole page."""
    sections = [
        f"\n## `{' '.join(path)}`\n\n```text\n{help_text(command, path)}\n```\n"
        for path, command in commands(mmdata, ("mmdata",))
    ]
    return HEAD + "".join(sections)


def main() -> int:
    """Write the page, or with `--check` only say whether it is current; the exit code."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    sys.stderr.write(f"{PAGE.name} is not what --help says now: run `make docs` and commit it.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
