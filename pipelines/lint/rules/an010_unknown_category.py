"""An annotation of a category that is not there.

What
    The category that an annotation names is on no list, is broken there, or is two categories with one id.

Why it hurts training
    The answer would have an empty or a wrong name. Tools that take ids for indexes give it the name of another class.

Example
    `{"id": 7, "category_id": 12, …}` where `categories` has no 12

Instead
    Add the category to the list, with the name that was meant.

Fix safety
    None. Its name is not known.

Sources
    Measured: pycocotools takes it without a word.

"""
