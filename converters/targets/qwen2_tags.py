"""The control tokens of Qwen2-VL, Qwen2.5-VL and Qwen3-VL, and the words of qwen-vl-finetune's loader.

The tokenizers know no escape: any of these strings in a label becomes the token, and `<image>` in a question is where
the loader puts a picture (QwenLM/Qwen3-VL, qwen-vl-finetune/qwenvl/data/data_processor.py, `_build_messages`).
The three vocabularies share ids 151643 to 151656; Qwen2.5 adds the tool and fim tokens, Qwen3 the response and
think tokens. All are refused for all: data is often trained on the next generation too.
"""

import re

CONTROL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
    "<tool_call>",
    "</tool_call>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
    "<tool_response>",
    "</tool_response>",
    "<think>",
    "</think>",
)
"""Every control token in the order of its id, from 151643 on."""

RESERVED = (*CONTROL, "<image>", "<video>")
"""The control tokens, and where the loader puts pictures and films."""

CONTROL_PATTERN = re.compile("|".join(map(re.escape, CONTROL)))
"""Matches exactly the control tokens, without a group."""

_RESERVED = re.compile("|".join(map(re.escape, RESERVED)))

ANSWER_MARK = re.compile("(?<! )assistant")
"""Where the loader's label mask would begin in the middle of a question."""


def reserved_in(text: str) -> str | None:
    """The first control token or place of a picture that stands in a text, or None."""
    found = _RESERVED.search(text)
    return found[0] if found else None


def blunt(text: str) -> str:
    """`text` with a space after the bracket of every reserved string: `<image>` becomes `< image>`."""
    return _RESERVED.sub(lambda found: f"< {found[0][1:]}", text)


def answer_mark_in(question: str) -> str | None:
    """The word at which the loader's label mask would begin in the middle of a question, or None.

    `preprocess_qwen_visual` takes every token 77091, `assistant` without a space before it, for the head of an answer
    and trains what follows up to the next end of a turn. After a space it is another token; after anything else it
    may be that one, so it is refused there.
    """
    found = ANSWER_MARK.search(question)
    return found[0] if found else None
