"""Splits: which records are trained on and which are held back, decided over all records on numbers alone.

`names` are what records must not be torn from, `groups` the records that hang together by them, `stratify` spreads the
groups' labels, `split` puts it together; `ledger` remembers what went where, `homes` what begins its names.
"""
