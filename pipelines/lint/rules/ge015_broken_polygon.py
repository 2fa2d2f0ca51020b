"""A polygon that is none.

What
    A ring of fewer than three points, or an odd number of coordinates. Readers say it while they read. Rings that
    cross themselves are let be: outlines drawn by hand often do at a tip, and their hull is right all the same.

Why it hurts training
    Its box cannot be told, or is wrong.

Example
    `"segmentation": [[12, 40, 30, 40]]` in COCO.

Instead
    Draw it anew in the labelling tool.

Fix safety
    None.

Sources
    pycocotools asks for six numbers at least; the rest is this project's reading of real sets.

"""
