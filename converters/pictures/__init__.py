"""Picture files: found under a root, read by their header alone, written upright."""
