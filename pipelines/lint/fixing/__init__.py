"""Fixing: edits into new files. Nothing is changed in place; what is written is whole or absent.

edits.py     edits into the bytes of one file
json_edits.py, line_edits.py, xml_edits.py     how each kind of file takes them
rounds.py    lint, edit, lint again, until nothing is left to mend
write.py     the mended files, with the list of edits, by the commit protocol
"""
