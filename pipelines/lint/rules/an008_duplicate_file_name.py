"""Two images of one file name.

What
    Two entries of `images` have the same `file_name`, under two ids.

Why it hurts training
    Each has some of the boxes. The model sees the picture twice, each time with half of the objects, and is taught
    that the other half is not there.

Example
    `{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "a.jpg"}`

Instead
    Merge the two: all annotations to one id, one entry away. If they are two pictures from two folders, write the
    folders into their names.

Fix safety
    Unsafe: the annotations of the second go to the first and its entry goes, on the guess that they are one picture.

Sources
    This project's reading of real sets; datumaro and COCO's own tools do not look.

"""
