"""Stages: what is done to one part at a time, by any worker on any machine that sees the files.

    read     one source's input     ─▶ its annotation batches on disk, and keys of every record
    render   some of those batches  ─▶ rows of the output on disk, with their sizes
    look     some pictures          ─▶ the hashes of each, where near duplicates are searched for
    write    the rows of one shard  ─▶ that shard

Between them stands what is global, decided on keys and numbers alone: duplicates and splits (`placing`), the order of
the rows and the cuts of the shards (`order`). A stage gets a small value that names files, and returns another.
"""
