"""The shape of the code: short functions, small modules, words on everything public."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDERS = ("annotate", "cli", "converters", "pipelines", "schemas", "docs", "examples", "benchmarks")
LONGEST_FUNCTION, LONGEST_MODULE, NINE_IN_TEN = 60, 400, 30

Function = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.fixture(scope="module")
def modules(root: Path) -> dict[str, str]:
    paths = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*.py"))]
    assert len(paths) > 20
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in paths}


def functions(text: str) -> Iterator[Function]:
    return (node for node in ast.walk(ast.parse(text)) if isinstance(node, Function))


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_functions_are_short(modules: dict[str, str]) -> None:
    found = [
        (length(each), f"{name}:{each.lineno} {each.name}") for name in modules for each in functions(modules[name])
    ]
    assert not [place for lines, place in found if lines > LONGEST_FUNCTION]
    lengths = sorted(lines for lines, _ in found)
    assert lengths[len(lengths) * 9 // 10] <= NINE_IN_TEN


def test_modules_are_small(modules: dict[str, str]) -> None:
    assert not [name for name, text in modules.items() if len(text.splitlines()) > LONGEST_MODULE]


def public(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """The module, its public classes and functions, and those classes' public methods."""
    yield "the module", tree
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, *Function.__args__)) and not node.name.startswith("_"):
            yield node.name, node
            members = node.body if isinstance(node, ast.ClassDef) else []
            for member in members:
                if isinstance(member, Function) and not member.name.startswith("_"):
                    yield f"{node.name}.{member.name}", member


def test_everything_public_says_what_it_is(modules: dict[str, str]) -> None:
    silent = [
        f"{module}: {name}"
        for module, text in modules.items()
        for name, node in public(ast.parse(text))
        if not ast.get_docstring(node)  # type: ignore[arg-type]
    ]
    assert not silent
