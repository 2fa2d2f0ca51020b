"""Something that mmdata has no place for.

What
    Spans of text, answers about something else than the picture, bare answers without a configuration, in exports of
    Label Studio. They are counted and left out.

Why it hurts training
    Nothing goes wrong with the pictures. The work is not carried.

Example
    `{"type": "labels", "value": {"start": 3, "end": 9, "labels": ["Name"]}}`

Instead
    Nothing, where text alone was annotated. Give `--config` where the bare answers of JSON_MIN are meant to be
    questions.

Fix safety
    None.

Sources
    Label Studio's documentation of its tags.

"""
