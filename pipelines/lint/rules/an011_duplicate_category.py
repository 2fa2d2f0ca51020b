"""Two categories of one name.

What
    Two ids of a category list, or two indexes of a file of names, have the same name.

Why it hurts training
    To a language model they are one class, to everything that counts they are two: boxes are split between them, and
    a score is computed for each half.

Example
    `{"id": 1, "name": "mug"}, {"id": 9, "name": "mug"}`

Instead
    Merge them, or give each the name that tells it from the other ("mouse (animal)").

Fix safety
    Unsafe, in COCO files: the annotations of the second go to the first, and its entry goes.

Sources
    This project's reading of real sets.

"""
