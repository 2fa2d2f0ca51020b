"""Object stores: labels and pictures are fetched from them, finished data sets are sent to them and read back.

The rest of the package knows local paths alone. `inputs.fetched` makes local files of addresses before a conversion,
`outputs.made_for` gives it a local folder to write and sends what was written there afterwards.
"""
