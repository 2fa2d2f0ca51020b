"""One answer a sample: every answer is the last of one sample, after all that was said before it."""

import json

from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.cli import mmdata
from mmdata.converters.targets.answers import one_answer_each
from mmdata.pipelines.report.out import read_manifest, rows

conversation = st.lists(st.sampled_from(["user", "assistant", "system"]), min_size=1, max_size=6)


@settings(deadline=None, max_examples=80)
@given(drawn=st.lists(conversation, max_size=4))
def test_every_answer_ends_one_sample(drawn, batch_of):
    said = [
        {"id": f"s{at}", "media": [], "turns": [[role, [f"{at}.{place}"]] for place, role in enumerate(roles)]}
        for at, roles in enumerate(drawn)
    ]
    made, origin = one_answer_each(batch_of(said))
    expected = []
    for at, roles in enumerate(drawn):
        ends = [place + 1 for place, role in enumerate(roles) if role == "assistant"]
        whole = [(f"s{at}", at, [f"{at}.{place}" for place in range(len(roles))])]
        cut = [(f"s{at}/{n}", at, [f"{at}.{place}" for place in range(end)]) for n, end in enumerate(ends, 1)]
        expected += cut if len(ends) > 1 else whole
    found = [
        (name, of, [part["text"] for turn in turns for part in turn["parts"]])
        for name, of, turns in zip(
            made.column("id").to_pylist(), origin.tolist(), made.column("turns").to_pylist(), strict=True
        )
    ]
    assert found == expected
    made.validate(full=True)


def test_trl_s_rows_are_accounted_for(tmp_path, root):
    kitchen = root / "examples" / "kitchen"
    asked = ["convert", "coco", str(kitchen / "instances.json"), "--images", str(kitchen / "images"), "--to"]
    written = {}
    for target in ("swift", "trl"):
        out = tmp_path / target
        more = ["--task", "ground,detect", "-q", "-o", str(out)]
        done = CliRunner().invoke(mmdata, [*asked, target, *more], catch_exceptions=False)
        assert done.exit_code == 0, done.stderr
        manifest = read_manifest(out)
        assert manifest.accounting["samples"].read == manifest.accounting["samples"].written
        written[target] = list(rows(out, manifest, "train")), manifest
    answers = [
        message["content"]
        for row in written["swift"][0]
        for message in row["messages"]
        if message["role"] == "assistant"
    ]
    assert len(written["trl"][0]) == len(answers) == written["trl"][1].accounting["samples"].written
    assert written["trl"][1].accounting["annotations"] == written["swift"][1].accounting["annotations"]
    assert all(len(row["completion"]) == 1 for row in written["trl"][0])
    assert len({json.dumps([row["id"]]) for row in written["trl"][0]}) == len(answers)
