"""Recipes: a YAML file of several sources and targets, read and resolved into a plan.

plan.py      the whole way: file, variables, model, jobs, plan
resolve.py   variables of the environment and relative paths, each remembered so that it can be said
options.py   a source's or target's own options, from a mapping to its dataclass
faults.py    what does not fit, with the line of the file, in the house's words
"""
