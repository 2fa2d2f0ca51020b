"""Two images with one id.

What
    The `id` of an image is also that of another image of the file. An entry that stands there twice, word for word,
    is kept once; where two differ, neither is kept, nor are their annotations.

Why it hurts training
    Nobody can tell which picture the boxes were drawn on. Tools take the last, the first, or give each all boxes.

Example
    `{"id": 1, "file_name": "a.jpg"}, {"id": 1, "file_name": "b.jpg"}`

Instead
    Number the images anew where the files were still apart, and join them again.

Fix safety
    None. Which picture the boxes are of is not in the file.

Sources
    Measured: one conversion tool makes four boxes of two, others keep the last.

"""
