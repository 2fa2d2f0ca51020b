"""Lint: what is wrong with labels, with conversations, with a data set that was built, by named rules.

    input.py      what PATH is: a source's labels, a file of conversations, a data set of ours
    views         labels.py  chats.py  build.py  media.py: one batch as rules look at it, in columns
    rules/        one rule a file; its docstring is its page; its functions look at views and give Hits
    hearing.py    what readers say on their way
    engine.py     views through rules
    tally.py      Hits to findings: ignores, the baseline, counts, the first twenty of a rule
    lines.py      where in its file a finding stands, by line and column
    output/       findings as text, json, jsonl, sarif, github
    fixing/       edits into new files
    config.py, patterns.py, baseline.py     what a project has chosen, and what it knows already

Rules are those of `schemas.rule.RULES`, by which conversion rejects. What a reader meets on its way (a number that is
none, an image that is not listed) it says itself by rule; lint passes that on, and the rule's file holds its page.
"""
