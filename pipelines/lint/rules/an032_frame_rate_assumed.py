"""Frames of a film, and nobody says how many a second has.

What
    A track of Label Studio numbers its frames, and the rate is not known: 24 a second were assumed.

Why it hurts training
    Where it is wrong, every box and range is at another moment than the one that was annotated.

Example
    `"sequence": [{"frame": 48, …}]` without `<Video frameRate="…">`

Instead
    Give the labelling configuration with `--config`; its `<Video>` tag has the rate.

Fix safety
    None.

Sources
    Label Studio's documentation of `<Video>` (frameRate, 24 where it is not given).

"""
