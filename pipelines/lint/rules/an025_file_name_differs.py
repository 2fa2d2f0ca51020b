"""A VOC file that names another picture than the one beside it.

What
    `<filename>` names a picture that is not there, while one with the name of the annotation file is: that one was
    taken.

Why it hurts training
    A tool that believes the name finds nothing, or finds another set's picture of that name, with these boxes.

Example
    `cat_17.xml` with `<filename>IMG_0042.jpg</filename>` beside `cat_17.jpg`

Instead
    Correct `<filename>`, or rename the annotation file after its picture.

Fix safety
    None. Which of the two is right has to be seen.

Sources
    Files renamed after labelling with labelImg; real sets that this project's tests read.

"""
