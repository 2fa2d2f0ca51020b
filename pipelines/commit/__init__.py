"""Commit: how a data set comes to be at OUT, whole or not at all; docs/commit.md has every gap.

`destination` says where OUT may be, `lock` that one run writes it at a time, `staging` makes its files, `commit` puts
them in its place in one step, and `fs` is all that these ask of the file system.
"""
