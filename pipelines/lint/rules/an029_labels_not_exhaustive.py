"""A set that was looked through for some labels only.

What
    The pictures say of which labels all objects were drawn (`neg_category_ids`, `not_exhaustive_category_ids` of
    LVIS). What is not labelled may be there all the same.

Why it hurts training
    "There is no dog" and "two cups" are taught where a dog and ten cups are in the picture.

Example
    LVIS: 1,203 categories, a few dozen looked for in each picture

Instead
    Ask for no negatives and no counts; ground and detect what is labelled.

Fix safety
    None.

Sources
    A. Gupta, P. Dollár, R. Girshick, "LVIS: A Dataset for Large Vocabulary Instance Segmentation", 2019.

"""
