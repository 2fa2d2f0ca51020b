"""A class index without a name.

What
    The first number of a YOLO line is no index of the list of names: the list is too short, or is another set's.

Why it hurts training
    Trainers stop at it at best; at worst they give it the name of another class.

Example
    `7 0.5 0.5 0.1 0.1` where `names` has five entries

Instead
    Complete the list of names, or correct the index.

Fix safety
    None. The name is not known.

Sources
    Ultralytics' documentation of its label format (indexes from 0); this project's reading of real sets.

"""
