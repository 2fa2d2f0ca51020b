"""Every rule has its file, its page with every section, and a case of each kind."""

from pathlib import Path

import pytest
import yaml
from mmdata.pipelines.lint.pages import SECTIONS, page
from mmdata.schemas.rule import RULES

HERE = Path(__file__).parent


@pytest.mark.parametrize("code", RULES)
def test_a_rule_has_its_page_with_every_section(code: str) -> None:
    told = page(code)
    assert told.fault.endswith(".") and "\n" not in told.fault
    assert tuple(told.sections) == SECTIONS
    assert all(told.sections.values())


@pytest.mark.parametrize("code", RULES)
def test_a_rule_has_a_case_of_every_kind(code: str) -> None:
    cases = yaml.safe_load((HERE / f"{code}.yml").read_text("utf-8"))
    wanted = {"fail", "pass"} | ({"fix"} if RULES[code].fix != "none" else set())
    assert {kind for kind, each in cases.items() if each} >= wanted


def test_a_case_belongs_to_a_rule() -> None:
    assert {file.stem for file in HERE.glob("*.yml")} <= set(RULES)


def test_a_name_reads_after_allow() -> None:
    assert all(rule.name == rule.name.lower() and " " not in rule.name for rule in RULES.values())
    assert len({rule.name for rule in RULES.values()}) == len(RULES)
