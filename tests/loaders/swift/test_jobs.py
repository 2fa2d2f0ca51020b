"""The options of the scripts beside the data are those of `swift sft`."""

import re
from typing import Any

from swift.arguments import SftArguments
from transformers import HfArgumentParser


def test_every_option_is_one_of_the_trainer_s(dataset: Any) -> None:
    known = HfArgumentParser(SftArguments)._option_string_actions
    scripts = sorted((dataset.out("swift") / "job").glob("*.sh"))
    assert [each.stem for each in scripts] == ["full", "lora", "qlora"]
    for script in scripts:
        given = re.findall(r"(--\w+)", script.read_text(encoding="utf-8").partition("swift sft")[2])
        assert len(given) > 10
        assert set(given) <= set(known)
