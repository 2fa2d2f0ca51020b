"""An annotation that is read and not used.

What
    Something that the source says and no task asks about: a caption of a single box, shapes of a kind that has no
    box.

Why it hurts training
    Nothing goes wrong; work that was paid for is not used, which is worth knowing.

Example
    `"caption": "a red mug"` at an annotation that also has a box

Instead
    Choose a task that uses it with `--task`, or do without.

Fix safety
    None.

Sources
    This project's promise: what is read is written or said.

"""
