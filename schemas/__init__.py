"""The words that every other part speaks: tables, frames, rules, errors, the manifest. Imports nothing of ours."""
