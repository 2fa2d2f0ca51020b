"""Jobs of QwenLM/Qwen-VL's finetune.py: full, LoRA and Q-LoRA, on one GPU or several with DeepSpeed.

The flags are those of its finetune/*.sh (head aa00ed0). To be run in a checkout of that repository, which holds
finetune.py and the DeepSpeed configurations. finetune.py reads one file: of a split in several files there is no job.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from .job_files import Files, in_out, script, training, validation


class _Job(NamedTuple):
    """What tells one script of finetune/ from another."""

    name: str
    what: str
    model: str
    gpus: int
    batch: int
    steps: int
    precision: str
    more: tuple[str, ...]


_LORA, _QLORA = ("--use_lora",), ("--use_lora", "--q_lora")
_ZERO_2, _ZERO_3 = (f"--deepspeed finetune/ds_config_zero{stage}.json" for stage in (2, 3))
_CHAT, _INT4 = "Qwen/Qwen-VL-Chat", "Qwen/Qwen-VL-Chat-Int4"

JOBS = (
    _Job("full", "all of the language model, ZeRO-3", _CHAT, 8, 1, 16, "--bf16 True", (_ZERO_3,)),
    _Job("lora_one_gpu", "LoRA on one GPU", _CHAT, 1, 1, 8, "--bf16 True", _LORA),
    _Job("lora", "LoRA, ZeRO-2", _CHAT, 8, 2, 8, "--bf16 True", (*_LORA, _ZERO_2)),
    _Job("qlora_one_gpu", "Q-LoRA on one GPU", _INT4, 1, 1, 8, "--fp16 True", (*_QLORA, _ZERO_2)),
    _Job("qlora", "Q-LoRA, ZeRO-2", _INT4, 8, 2, 8, "--fp16 True", (*_QLORA, _ZERO_2)),
)
"""The five of finetune/, with their own batch sizes and accumulation."""

_COMMON = (
    "--fix_vit True --num_train_epochs 5",
    "--learning_rate 1e-5 --weight_decay 0.1 --adam_beta2 0.95 --warmup_ratio 0.01 --lr_scheduler_type cosine",
    "--save_strategy steps --save_steps 1000 --save_total_limit 10",
    "--logging_steps 1 --report_to none",
    "--gradient_checkpointing --lazy_preprocess True",
)


def job_files(manifest: Mapping[str, Any]) -> Files:
    """A script for each of `JOBS`; a note instead where the training split is several files."""
    split, held_out = training(manifest), validation(manifest)
    if len(split.shards) != 1:
        said = (
            f"finetune.py reads one file, and {split.name} is {len(split.shards)}: convert without --max-shard-size.\n"
        )
        return {"job/README.txt": said.encode()}
    data = [f"--data_path {in_out(split.shards[0])}"]
    if held_out and len(held_out.shards) == 1:
        data.append(f"--eval_data_path {in_out(held_out.shards[0])}")
    files: Files = {}
    for job in JOBS:
        settings = {"MODEL": job.model, "OUTPUT": f"output_qwen_vl_{job.name}", "GPUS": str(job.gpus)}
        run = 'torchrun --nproc_per_node "$GPUS" --master_port "${MASTER_PORT:-6001}" finetune.py'
        sizes = f"--per_device_train_batch_size {job.batch} --gradient_accumulation_steps {job.steps} {job.precision}"
        command = [run, '--model_name_or_path "$MODEL" --output_dir "$OUTPUT"', *data]
        command += ['--model_max_length "$MODEL_MAX_LENGTH"', sizes, *_COMMON, *job.more]
        what = f"Qwen-VL, {job.what}. Run in a checkout of QwenLM/Qwen-VL, beside finetune.py."
        files[f"job/{job.name}.sh"] = script(manifest, what, settings, command)
    return files
