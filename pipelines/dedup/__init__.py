"""Duplicates: pictures that are the same by their bytes, by their pixels, or to the eye."""
