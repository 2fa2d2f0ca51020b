"""A VOC file that does not say the size of its picture.

What
    `<size>` is not there, or its width or height is 0 or no number. Conversion takes the picture's own size.

Why it hurts training
    Whatever divides by that size gets boxes at infinity, or NaN; and nothing tells that the boxes are those of this
    picture.

Example
    `<size><width>0</width><height>0</height><depth>0</depth></size>`

Instead
    Write the size of the picture that the boxes were drawn on.

Fix safety
    Safe: the size of the picture is written, where there is a <size> with its two sides to write it into.

Sources
    The VOC2012 development kit, §3; real sets without it, such as this project's tests read.

"""
