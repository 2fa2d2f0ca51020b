"""A file, or a line of one, that is not what it says it is.

What
    A JSON file that ends in the middle, XML with a tag that is never closed, a label file that is no text. Readers
    say it with the line and column, and the last thing before it that was whole.

Why it hurts training
    All that stands behind the place is lost. A tool that goes on with what it has trains on half a set.

Example
    `{"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "fi`

Instead
    Copy or export the file again: exports that were cut by a time limit are common. Then compare the number of images
    with what the labelling tool shows.

Fix safety
    None. What is not there cannot be told.

Sources
    HumanSignal/label-studio #8353 and #5811 (exports cut by a proxy); RFC 8259 for JSON, the XML 1.0 recommendation.

"""
