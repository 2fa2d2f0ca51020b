"""`mmdata --help` answers at once: the command line imports nothing heavy before it is needed."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = "numpy pyarrow PIL pandas pydantic yaml rich jsonschema msgspec tiktoken dashscope asyncio scipy"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--version"]], ids=" ".join)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys; from mmdata.cli import mmdata\n"
        f"try: mmdata({arguments!r}, prog_name='mmdata')\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        f"print('heavy:', *(name for name in {HEAVY!r}.split() if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1].split() == ["heavy:"]


def test_graphs_are_imported_where_something_hangs_together(tmp_path: Path) -> None:
    kitchen = Path(__file__).parents[2] / "examples/kitchen"
    voc = [str(kitchen / "voc"), "--images", str(kitchen / "images"), "--split", "train=0.5,val=0.5"]
    for more, wanted in ([], "no scipy"), (["--group-by", "table"], "scipy"):
        arguments = ["convert", "voc", *voc, *more]
        program = (
            "import sys; from mmdata.cli import mmdata\n"
            f"try: mmdata({[*arguments, '-o', str(tmp_path / wanted)]!r})\n"
            "except SystemExit as end: assert not end.code, end.code\n"
            "print('scipy' if 'scipy' in sys.modules else 'no scipy')"
        )
        done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
        assert done.stdout.splitlines()[-1] == wanted
