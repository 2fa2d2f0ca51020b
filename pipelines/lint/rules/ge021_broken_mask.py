"""A mask that cannot be read.

What
    Runs that are none, or that do not add up to the picture's pixels; a panoptic PNG whose size or colours are not
    those that the file lists. Readers say it while they read.

Why it hurts training
    Its box cannot be told, or is wrong.

Example
    `"counts": "x~"` in a run-length encoding of COCO.

Instead
    Export the masks again.

Fix safety
    None.

Sources
    pycocotools' maskApi (the encoding); COCO's panoptic format page.

"""
