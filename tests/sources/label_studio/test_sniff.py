"""Recognising an export by its content."""

from pathlib import Path

from mmdata.converters.sources import load_source, source_names
from mmdata.converters.sources.label_studio import sniff

CASES = Path(__file__).parent / "cases"


def test_sniffing_says_why(tmp_path: Path) -> None:
    assert "data" in (sniff(CASES / "alias" / "in.json") or "")
    assert "annotator" in (sniff(CASES / "minimal" / "in.json") or "")
    assert sniff(CASES / "one_task" / "in.json") and sniff(CASES / "by_id" / "in.json")
    for name in ("not_label_studio", "list_of_something", "torn"):
        found = sniff(CASES / name / "in.json")
        assert found is None or name == "torn", name
    assert sniff(tmp_path) is None and sniff(tmp_path / "nothing") is None
    for text in ("", "{", "[", "[[]]", "\x00", '[{"data"', "nul"):
        (tmp_path / "x.json").write_text(text)
        assert sniff(tmp_path / "x.json") is None


def test_it_is_registered() -> None:
    assert "label-studio" in source_names()
    assert load_source("label-studio").NAME == "label-studio"
