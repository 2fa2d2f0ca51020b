"""A field that must be there is not.

What
    An annotation without `image_id`, an object without a box, a line with too few numbers. The entry is left out.

Why it hurts training
    The object is in the picture and not in the answer.

Example
    `{"id": 7, "category_id": 1, "bbox": [1, 2, 3, 4]}`: of which picture?

Instead
    Fill the field in, or delete the entry in the labelling tool.

Fix safety
    None. What is missing is not known.

Sources
    The formats' own documentation, named in `mmdata sources`.

"""
