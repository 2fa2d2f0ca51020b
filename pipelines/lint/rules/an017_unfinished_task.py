"""Work that nobody finished.

What
    A draft that was not submitted, a task that was skipped, a prediction of a model, or a task that nobody worked on,
    in an export of Label Studio; an object marked as deleted in LabelMe's XML. They are left out.

Why it hurts training
    A draft is half of a picture's objects, a prediction is what another model guessed: trained on as annotations they
    teach omissions and errors.

Example
    `"was_cancelled": true`; a task with `predictions` and no `annotations`

Instead
    Finish the tasks. `--include drafts,skipped,predictions` lets them in where they are good.

Fix safety
    None. What is left out does no harm, and may be finished later.

Sources
    Label Studio's documentation of its export format (`was_cancelled`, `drafts`, `predictions`).

"""
