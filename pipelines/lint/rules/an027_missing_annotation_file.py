"""A file that a list or description names is not there.

What
    A name of an ImageSets list of VOC has no XML file; a folder that data.yaml names for a split is not there.

Why it hurts training
    A part of the set is missing, and counts of the set's paper or of a colleague do not hold.

Example
    `000123` in ImageSets/Main/train.txt and no Annotations/000123.xml

Instead
    Add the file, or take the name off the list.

Fix safety
    None.

Sources
    The VOC2012 development kit, §2; Ultralytics' documentation of data.yaml.

"""
