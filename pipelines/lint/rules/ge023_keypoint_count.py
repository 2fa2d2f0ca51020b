"""Another number of keypoints than the category has names.

What
    A list of points that is not as long as the category's list of names of points.

Why it hurts training
    From the missing point on every point has the name of another one.

Example
    51 numbers for a category with 16 names.

Instead
    Give every point of the category, those that are not there as 0, 0, 0.

Fix safety
    None.

Sources
    COCO's keypoint format: 3 numbers a point, as many points as the category names.

"""
