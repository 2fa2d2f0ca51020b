"""`mmdata --help` answers at once: the command line imports nothing heavy before it is needed."""

import subprocess
import sys

import pytest

HEAVY = "numpy pyarrow PIL pandas pydantic yaml rich jsonschema msgspec tiktoken dashscope asyncio"


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
