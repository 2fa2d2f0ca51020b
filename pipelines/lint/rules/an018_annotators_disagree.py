"""Several people annotated one thing, and not alike.

What
    A task of Label Studio with several annotations, of which one is taken: the latest, unless told otherwise. The
    others are said here.

Why it hurts training
    Taken all, the model sees one picture with two answers. Taken one, it may be the careless one.

Example
    Two annotations of one task, with boxes that overlap by 30 %

Instead
    `--annotators consensus` keeps what people agree on, `ground-truth` what was marked so; review the rest.

Fix safety
    None.

Sources
    Label Studio's documentation of overlap and ground truth; `mmdata annotate agreement` measures it.

"""
