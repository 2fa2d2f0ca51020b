"""Stands in for the folder of 01-ai/Yi that ms-swift clones: the one function that its template for Yi-VL imports."""
