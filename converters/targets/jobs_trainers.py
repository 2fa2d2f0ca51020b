"""Jobs of ms-swift, LLaMA-Factory and qwen-vl-finetune: what reads the data set as it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from .job_files import Files, in_out, max_length, pictures_in_out, script, training, validation

_TUNING = {"full": "full", "lora": "lora", "qlora": "lora"}


def swift_jobs(manifest: Mapping[str, Any], pixels: tuple[int, int]) -> Files:
    """`swift sft` for full, LoRA and Q-LoRA; a row that is too long stops the job instead of falling out of it."""
    split, held_out = training(manifest), validation(manifest)
    data = ["--dataset " + " ".join(map(in_out, split.shards))]
    if held_out:
        data.append("--val_dataset " + " ".join(map(in_out, held_out.shards)))
    else:
        data.append("--split_dataset_ratio 0")
    files: Files = {}
    root = 'ROOT_IMAGE_DIR="$OUT" ' if pictures_in_out(manifest) else ""
    for name, tuner in _TUNING.items():
        settings = {"MODEL": "Qwen/Qwen2.5-VL-7B-Instruct", "OUTPUT": f"output_swift_{name}"}
        command = [f"{root}MAX_PIXELS={pixels[1]} swift sft", '--model "$MODEL" --output_dir "$OUTPUT"', *data]
        command += ['--strict true --max_length "$MODEL_MAX_LENGTH" --truncation_strategy raise']
        command += [f"--tuner_type {tuner} --torch_dtype bfloat16 --num_train_epochs 1", "--freeze_vit true"]
        command += ["--per_device_train_batch_size 1 --gradient_accumulation_steps 16 --learning_rate 1e-4"]
        if name == "qlora":
            command.append("--quant_method bnb --quant_bits 4 --bnb_4bit_compute_dtype bfloat16")
        files[f"job/{name}.sh"] = script(manifest, f"ms-swift 4, {name}.", settings, command)
    return files


def llama_factory_jobs(manifest: Mapping[str, Any], names: Sequence[str], pixels: tuple[int, int]) -> Files:
    """A YAML for each of full, LoRA and Q-LoRA: `llamafactory-cli train job/lora.yaml`, run in OUT."""
    length = max_length(manifest)
    known = f"cutoff_len: {length.tokens}  # {length.known}" if length else "cutoff_len: ???"
    files: Files = {}
    for name, kind in _TUNING.items():
        lines = [f"# LLaMA-Factory, {name}: run `llamafactory-cli train job/{name}.yaml` in the folder above this one."]
        if not length:
            lines.append(
                "# cutoff_len: what no sample exceeds (--count-tokens); the trainer shortens what is longer, silently."
            )
        lines += ["stage: sft", "do_train: true", f"finetuning_type: {kind}"]
        lines += ["model_name_or_path: Qwen/Qwen3-VL-8B-Instruct", "template: qwen3_vl_nothink"]
        lines += [f"image_min_pixels: {pixels[0]}", f"image_max_pixels: {pixels[1]}"]
        lines += ["dataset_dir: .", f"dataset: {','.join(names)}", known]
        lines += [f"output_dir: output_llama_factory_{name}", "bf16: true", "gradient_checkpointing: true"]
        lines += ["per_device_train_batch_size: 1", "gradient_accumulation_steps: 8", "num_train_epochs: 3.0"]
        lines += [f"learning_rate: {'1.0e-5' if name == 'full' else '1.0e-4'}", "lr_scheduler_type: cosine"]
        lines += ["warmup_ratio: 0.1", "logging_steps: 10", "save_steps: 500"]
        lines += ["freeze_vision_tower: true"] if name == "full" else ["lora_rank: 8", "lora_target: all"]
        lines += ["quantization_bit: 4", "quantization_method: bnb"] if name == "qlora" else []
        files[f"job/{name}.yaml"] = ("\n".join(lines) + "\n").encode()
    return files


def qwen_finetune_job(manifest: Mapping[str, Any], used: str, model: str, pixels: tuple[int, int]) -> Files:
    """A script for qwen-vl-finetune, whose data sets are those of the entry `registration` writes."""
    settings = {"MODEL": model, "OUTPUT": "output_qwen_vl_finetune", "GPUS": "8"}
    command = ['torchrun --nproc_per_node "$GPUS" qwenvl/train/train_qwen.py']
    command += ['--model_name_or_path "$MODEL" --output_dir "$OUTPUT"', f"--dataset_use {used}"]
    command += [f"--min_pixels {pixels[0]} --max_pixels {pixels[1]}", '--model_max_length "$MODEL_MAX_LENGTH"']
    command += ["--tune_mm_vision False --tune_mm_mlp True --tune_mm_llm True --bf16"]
    command += ["--per_device_train_batch_size 4 --gradient_accumulation_steps 4 --num_train_epochs 0.5"]
    command += ["--learning_rate 1e-5 --weight_decay 0 --warmup_ratio 0.03 --max_grad_norm 1"]
    command += ["--lr_scheduler_type cosine --logging_steps 1 --gradient_checkpointing True"]
    command += ["--save_strategy steps --save_steps 1000 --deepspeed scripts/zero3.json"]
    what = (
        "qwen-vl-finetune: run in that folder of a checkout of QwenLM/Qwen3-VL, with qwen_vl_finetune_data.py pasted."
    )
    return {"job/full.sh": script(manifest, what, settings, command)}
