"""A mask without a box.

What
    An annotation has a polygon or mask and no `bbox`, or an empty one. The box around the mask was taken.

Why it hurts training
    The box is right where the mask is; one stray pixel makes it as large as the picture.

Example
    `{"segmentation": [[10, 10, 50, 10, 50, 40]], "bbox": []}`

Instead
    Export the boxes too, or look at some with `mmdata report`.

Fix safety
    None. Conversion takes the box of the mask.

Sources
    LVIS, panoptic COCO and exports of several labelling tools.

"""
