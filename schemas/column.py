"""A column with its meaning: the words stand in the schema itself, and docs/tables.md is made from them."""

import pyarrow as pa


def column(name: str, kind: pa.DataType, meaning: str, *, nullable: bool = False) -> pa.Field:
    """A field whose metadata says what it means, in which unit, and what null stands for."""
    return pa.field(name, kind, nullable=nullable, metadata={"meaning": meaning})
