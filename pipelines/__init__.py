"""What happens to data whatever its format: checks, dedup, split, shards, commit."""
