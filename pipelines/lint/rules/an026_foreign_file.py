"""A file in the folder that is of another kind.

What
    Beside the labels stands a file of the same ending that is no label file of this format, or label files that the
    data set's description leaves out. It was not read.

Why it hurts training
    Labels that are thought to be in the set are not.

Example
    `notes.json` among Label Studio exports; a COCO file in a folder of LabelMe files

Instead
    Convert it by its own format, or move it away.

Fix safety
    None.

Sources
    This project's promise: no file is passed over in silence.

"""
