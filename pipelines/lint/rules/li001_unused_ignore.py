"""An ignore that ignores nothing.

What
    A sample's `lint_ignore` names a rule that finds nothing there, or that there is not; a pattern of
    per-file-ignores fits files that were looked at, and its rule finds nothing in them; or a baseline knows
    findings that are gone. Only rules of this run are judged, and of a sample those that look at it alone. A
    baseline is judged when all rules look.

Why it hurts training
    The fault that it hid was mended. The next one of its kind, in the same place, will be hidden too.

Example
    `"lint_ignore": ["GE007"]` beside a box that is large enough by now.

Instead
    Take it out; write the baseline anew with --write-baseline.

Fix safety
    Safe: the code is taken out of the sample's list. Configuration and baselines are left alone.

Sources
    ruff's RUF100; mypy's warn_unused_ignores.

"""
