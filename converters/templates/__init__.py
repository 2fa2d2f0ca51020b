"""Templates: what is asked and answered about a record, before any model's tags."""
