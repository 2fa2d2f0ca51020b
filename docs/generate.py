"""Writes the pages of docs/ that say what the code says: `python docs/generate.py`; `--check` fails when one is stale.

cli.md from the command line's own help, tables.md from the Arrow schemas, rules.md and rules/ from the registry of
rules and the docstrings of their modules.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby
from pathlib import Path

import click
import pyarrow as pa
from mmdata.cli import mmdata
from mmdata.pipelines.lint.pages import page
from mmdata.schemas.annotation import ANNOTATIONS
from mmdata.schemas.conversation import CONVERSATIONS
from mmdata.schemas.rule import RULES

HERE = Path(__file__).resolve().parent
WIDTH = 100
GROUPS = {
    "AN": "what the source says",
    "GE": "boxes and outlines",
    "IM": "pictures",
    "TG": "text and tags",
    "CV": "conversations",
    "TK": "lengths",
    "SH": "files of samples and their manifest",
    "SP": "splits",
    "DU": "duplicates",
    "BA": "balance",
    "SE": "safety",
    "LI": "lint itself",
}


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


def cli_page() -> str:
    """Every command with its help."""
    sections = [
        f"\n## `{' '.join(path)}`\n\n```text\n{help_text(command, path)}\n```\n"
        for path, command in commands(mmdata, ("mmdata",))
    ]
    return "# The command line\n\nMade from `--help` by `make docs`; do not edit.\n" + "".join(sections)


def columns(fields: Iterable[pa.Field], depth: int = 0) -> Iterator[str]:
    """The fields of a schema or struct as rows of a table, nested ones indented below theirs."""
    for field in fields:
        kind = field.type
        inner = kind.value_type if pa.types.is_list(kind) else kind
        nested = list(inner) if pa.types.is_struct(inner) else []
        words = f"{inner.value_type}, dictionary-encoded" if pa.types.is_dictionary(inner) else str(inner)
        shown = ("list of " if pa.types.is_list(kind) else "") + ("struct" if nested else words.replace("item: ", ""))
        meaning = (field.metadata or {}).get(b"meaning", b"").decode().replace("|", "\\|")
        yield f"| {'· ' * depth}`{field.name}` | {shown} | {'yes' if field.nullable else ''} | {meaning} |"
        yield from columns(nested, depth + 1)


def tables_page() -> str:
    """Both Arrow schemas, field by field."""
    lines = ["# The two tables", "", "Made from the schemas by `make docs`; do not edit."]
    lines.append("Both are Arrow; all coordinates are float64 pixels of the upright picture, x right, y down.")
    for name, module, schema in (
        ("The annotation table", "schemas/annotation.py", ANNOTATIONS),
        ("The conversation table", "schemas/conversation.py", CONVERSATIONS),
    ):
        lines += ["", f"## {name}", "", f"`{module}`", "", "| column | type | null | meaning |", "|---|---|---|---|"]
        lines += columns(schema)
    return "\n".join(lines) + "\n"


def rules_page() -> str:
    """Every rule by its code."""
    lines = ["# Rules", "", "Made from `schemas/rule.py` by `make docs`; do not edit."]
    lines.append("A *choice* is left out because an option says so; `--max-rejected` does not count it.")
    lines.append("After a *safe* fix text and pixels mean the same; an *unsafe* one drops, moves or guesses.")
    lines.append("A rule in *preview* runs where its whole code or name is selected. Their use: [lint.md](lint.md).")
    for letters, group in groupby(sorted(RULES), key=lambda code: code[:2]):
        lines += [
            "",
            f"## {letters}: {GROUPS[letters]}",
            "",
            "| code | name | severity | fix | what to do |",
            "|---|---|---|---|---|",
        ]
        lines += [rule_row(code) for code in group]
    return "\n".join(lines) + "\n"


def rule_row(code: str) -> str:
    """One rule as a row of the table."""
    rule = RULES[code]
    severity = "choice" if rule.choice else rule.severity
    severity += "" if rule.status == "stable" else f", {rule.status}"
    fix = "" if rule.fix == "none" else rule.fix
    return f"| [{code}](rules/{code}.md) | {rule.name} | {severity} | {fix} | {as_markdown(rule.remedy)} |"


def as_markdown(text: str) -> str:
    """Plain text so that `<box>` and `a|b` in it are seen, and taken for no tag and no column; code stays as it is."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(
        piece.replace("|", "\\|") if piece.startswith("`") else re.sub(r"([<|*_])", r"\\\1", piece) for piece in pieces
    )


def rule_page(code: str) -> str:
    """One rule's page, from the docstring of its module."""
    rule, told = RULES[code], page(code)
    known = f"Severity: {rule.severity}. Fix: {rule.fix}. {as_markdown(rule.remedy)}"
    lines = [f"# {code} {rule.name}", "", as_markdown(told.fault), "", known]
    for name, text in told.sections.items():
        lines += ["", f"## {name}", "", section(text)]
    lines += ["", "[All rules](../rules.md)"]
    return "\n".join(lines) + "\n"


def section(text: str) -> str:
    """A section of a page; lines that are indented in it are code, and stay as they are."""
    return "\n".join(line if line.startswith("    ") else in_line(line) for line in text.splitlines())


def in_line(line: str) -> str:
    """A line in which no tag of a model is taken for one of HTML."""
    pieces = re.split(r"(`[^`]*`)", line)
    return "".join(piece if piece.startswith("`") else piece.replace("<", "\\<") for piece in pieces)


PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli_page,
    "tables.md": tables_page,
    "rules.md": rules_page,
    **{f"rules/{code}.md": partial(rule_page, code) for code in RULES},
}


def main() -> int:
    """Write the pages, or with `--check` only say whether they are current; the exit code."""
    stale = 0
    for name, make in PAGES.items():
        path = HERE / name
        if "--check" not in sys.argv[1:]:
            path.parent.mkdir(exist_ok=True)
            path.write_text(make(), encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != make():
            sys.stderr.write(f"{name} is not what the code says now: run `make docs` and commit it.\n")
            stale = 1
    for path in sorted((HERE / "rules").glob("*.md")):
        if f"rules/{path.name}" not in PAGES:
            sys.stderr.write(f"rules/{path.name} is the page of no rule: delete it.\n")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
