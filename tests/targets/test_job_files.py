"""Scripts and configurations beside the data: a shell reads them, paths are found from anywhere, lengths are told."""

import shutil
import subprocess

import pytest
import yaml
from mmdata.converters.targets import load_target

TARGETS = ["qwen-vl", "qwen2-vl", "qwen2.5-vl", "qwen3-vl", "swift", "llama-factory"]


def files(target, shards=("train/train.json",), **options):
    splits = {"train": {"shards": [{"path": path} for path in shards]}, "val": {"shards": [{"path": "val/val.json"}]}}
    beside = load_target(target).beside({"splits": splits, "options": options})
    return {name: text.decode() for name, text in beside.items()}


def scripts(target, **options):
    return {name: text for name, text in files(target, **options).items() if name.endswith(".sh")}


@pytest.mark.parametrize("target", [name for name in TARGETS if name != "llama-factory"])
@pytest.mark.parametrize("options", [{}, {"max_length": 900, "max_pixels": 100000, "min_pixels": 5000}])
def test_a_shell_reads_every_script(target, options, tmp_path):
    found = scripts(target, **options)
    assert found
    for text in found.values():
        (tmp_path / "job.sh").write_text(text, encoding="utf-8")
        subprocess.run(["bash", "-n", str(tmp_path / "job.sh")], check=True)
        assert ("900" in text) == bool(options)


@pytest.mark.parametrize("target", ["qwen-vl", "swift"])
def test_a_script_runs_from_anywhere_and_quotes_its_paths(target, tmp_path):
    """`torchrun` and `swift` are programs of the test's, which say what they were given."""
    out = tmp_path / "my out $(x)'s"
    (out / "job").mkdir(parents=True)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("torchrun", "swift"):
        (programs / name).write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    path = f"{programs}:{shutil.which('bash').rpartition('/')[0]}:/usr/bin:/bin"
    for text in scripts(target, max_length=900).values():
        job = out / "job" / "job.sh"
        job.write_text(text, encoding="utf-8")
        run = subprocess.run(
            ["bash", str(job)], env={"PATH": path}, cwd="/", capture_output=True, text=True, check=True
        )
        given = run.stdout.splitlines()
        assert f"{out}/train/train.json" in given
        assert f"{out}/val/val.json" in given
        assert "900" in given


@pytest.mark.parametrize("target", ["qwen-vl", "swift", "qwen2.5-vl"])
def test_without_a_length_a_script_asks_for_one_rather_than_let_the_trainer_cut(target, tmp_path):
    for text in scripts(target).values():
        run = subprocess.run(
            ["bash", "-c", text], check=False, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True
        )
        assert run.returncode != 0
        assert "no length is known of this data set" in run.stderr


@pytest.mark.parametrize(("basis", "known"), [("exact: by its ranks", "the longest sample"), ("upper bound", "bound")])
@pytest.mark.parametrize("target", TARGETS)
def test_a_job_trains_with_the_longest_sample_of_any_split(target, basis, known):
    lengths = {"train": {"max": 700, "mean": 9.5, "over": 1, "basis": basis}, "val": {"max": 811, "basis": basis}}
    splits = {name: {"shards": [{"path": f"{name}/{name}.json"}], "lengths": lengths[name]} for name in lengths}
    beside = load_target(target).beside({"splits": splits, "options": {"max_length": 2048}})
    jobs = [text.decode() for name, text in beside.items() if name.startswith("job/")]
    assert jobs
    assert all("811" in text and known in text and "2048" not in text for text in jobs)


def test_finetune_py_reads_one_file_so_of_several_there_is_no_script():
    assert list(files("qwen-vl", shards=("train/0.json", "train/1.json"))) == ["job/README.txt"]


@pytest.mark.parametrize("length", [None, 900])
def test_llama_factory_s_configurations_name_the_data_sets_that_are_trained(length):
    found = files("llama-factory", shards=("train/0.jsonl", "train/1.jsonl"), max_length=length)
    for name in ("full", "lora", "qlora"):
        told = yaml.safe_load(found[f"job/{name}.yaml"])
        assert told["dataset"] == "mmdata_train,mmdata_train_1"
        assert told["cutoff_len"] == (length or "???")  # which the trainer refuses: it is no number
        assert (told["finetuning_type"], "quantization_bit" in told) == (
            "full" if name == "full" else "lora",
            name == "qlora",
        )
