"""Findings as people and programs read them: text, json, jsonl, sarif, github. One module a form."""
