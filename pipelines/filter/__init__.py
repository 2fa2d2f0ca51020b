"""Filters of a recipe: which annotations and records of a source are kept, each that is not left out by rule."""
