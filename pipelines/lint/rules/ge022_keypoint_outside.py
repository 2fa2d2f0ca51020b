"""A keypoint outside its picture.

What
    A point that is said to be there, hidden or seen, and lies beyond an edge. Readers and conversion say it.

Why it hurts training
    A place beyond the edge has no name on the model's grid, and nothing to see.

Example
    x = 700 on a picture that is 640 wide, visibility 2.

Instead
    Move the point, or give it visibility 0.

Fix safety
    None.

Sources
    COCO's keypoint format (visibility 0, 1, 2).

"""
