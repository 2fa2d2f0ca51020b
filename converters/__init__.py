"""Formats: sources that read, targets that write, and the templates that turn one into the other."""
