"""The order of the house: who may import whom, read from the imports themselves."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

LAYERS = {
    "schemas": set(),
    "converters": {"schemas"},
    "pipelines": {"schemas", "converters"},
    "annotate": {"schemas", "converters", "pipelines"},
    "cli": {"schemas", "converters", "pipelines", "annotate"},
}
SHAPELESS = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common"}


def imports(module: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Line and folder of ours (or "" for the package's own face) of every import of ours in the module."""
    folders = module.relative_to(root).parts[:-1]
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            yield from ((node.lineno, (name[1:] or [""])[0]) for name in names if name[0] == "mmdata")
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, folder) for folder in _from(node, folders))


def _from(node: ast.ImportFrom, folders: tuple[str, ...]) -> Iterator[str]:
    path = (node.module or "").split(".") if node.module else []
    if node.level == 0:
        if not path or path[0] != "mmdata":
            return
        path = path[1:]
    else:
        path = [*folders[: len(folders) - node.level + 1], *path]
    if path:
        yield path[0]
    else:
        yield from (alias.name if alias.name in LAYERS else "" for alias in node.names)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_those_below_it(layer: str, root: Path) -> None:
    allowed = LAYERS[layer] | {layer, ""}
    wrong = [
        f"{module.relative_to(root)}:{line} imports {folder}"
        for module in sorted((root / layer).rglob("*.py"))
        for line, folder in imports(module, root)
        if folder not in allowed
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("place", "text", "expected"),
    [
        ("schemas/a.py", "from ..converters import b", ["converters"]),
        ("schemas/a.py", "from .b import c", ["schemas"]),
        ("schemas/a.py", "from .. import pipelines, __version__", ["pipelines", ""]),
        ("converters/sources/a.py", "from ...pipelines.b import c", ["pipelines"]),
        ("converters/sources/a.py", "from ..pictures.b import c", ["converters"]),
        ("converters/a.py", "def f():\n    import mmdata.cli.b", ["cli"]),
        ("converters/a.py", "from mmdata.cli import b", ["cli"]),
        ("converters/a.py", "import json, numpy.typing", []),
    ],
)
def test_the_reader_of_imports_sees_every_form(place: str, text: str, expected: list[str], tmp_path: Path) -> None:
    module = tmp_path / place
    module.parent.mkdir(parents=True)
    module.write_text(text, encoding="utf-8")
    assert [folder for _, folder in imports(module, tmp_path)] == expected


def test_no_module_is_a_drawer_for_everything(root: Path) -> None:
    modules = [path for layer in LAYERS for path in (root / layer).rglob("*.py")]
    assert len(modules) > 20
    assert not [path for path in modules if SHAPELESS & set(path.stem.split("_"))]
