"""manifest.json: what a data set was made from, with what, and what became of every annotation.

It names no day and no machine: the same inputs, options and version give the same manifest. Importing this module
imports pydantic; writers and readers of manifests do so where they need it.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

FORMAT = 1
"""Raised when a key of the manifest changes its meaning; new keys do not raise it."""

Count = Annotated[int, Field(ge=0)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[0-9]{3}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)  # additions are welcome; the keys below stay


class Balance(_Part):
    """What became of everything of one kind: read = written + the sum of rejected."""

    read: Count = Field(description="How many the input holds.")
    written: Count = Field(description="How many reached the output.")
    rejected: dict[Code, Count] = Field(description="How many were left out, by the code of the rule.")

    @model_validator(mode="after")
    def _balances(self) -> Self:
        left_out = sum(self.rejected.values())
        if self.read != self.written + left_out:
            raise ValueError(f"{self.read} read is not {self.written} written + {left_out} rejected")
        return self


class Balances(_Part):
    """The balance of each kind."""

    annotations: Balance = Field(description="Boxes, captions, regions: what one person drew or wrote at a time.")
    images: Balance = Field(description="Pictures that the labels name.")
    samples: Balance = Field(description="Conversations made from them.")


class File(_Part):
    """One file, whole: its path, its size in bytes, the sha256 of its bytes."""

    path: str = Field(description="Inputs as the user named them; files of the output relative to it, with '/'.")
    bytes: Count
    sha256: Sha256


class Shard(File):
    """One file of samples."""

    samples: Count = Field(description="How many rows it holds.")


class Lengths(_Part):
    """How many tokens the samples of a split have, as the target counts them."""

    max: Count = Field(description="Of the longest sample.")
    mean: float = Field(ge=0)
    over: Count = Field(description="Samples that had more than --max-length, and were divided or left out.")
    basis: str = Field(description="By what they were counted; it begins with 'exact' or says that it is a bound.")


class Packing(_Part):
    """The plan of which samples fill a sequence together, in packing-SPLIT.parquet."""

    packs: Count = Field(description="How many sequences it makes.")
    max_length: Count = Field(description="Tokens of a sequence at most.")
    fill: float = Field(ge=0, description="How much of all sequences is tokens; one too long counts whole.")


class Split(_Part):
    """One split: how many samples, in which files."""

    samples: Count
    shards: list[Shard]
    lengths: Lengths | None = Field(default=None, description="Where tokens were counted.")
    packing: Packing | None = Field(default=None, description="Where a plan was asked for.")
    records: Count | None = Field(default=None, description="Records in it, where there is more than one split.")
    labels: dict[str, Count] | None = Field(
        default=None, description="In how many of its records each label is: the thousand commonest."
    )

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        held = sum(shard.samples for shard in self.shards)
        if held != self.samples:
            raise ValueError(f"{self.samples} samples, but the shards hold {held}")
        return self


class SourcePart(_Part):
    """One of several parts that a recipe made the data set of."""

    name: str = Field(description="As the recipe calls it.")
    source: str = Field(description="What its labels are.")
    accounting: Balances = Field(description="What became of everything that it read.")


class Manifest(_Part):
    """The manifest of a data set that mmdata wrote."""

    model_config = ConfigDict(extra="allow", frozen=True, title="mmdata manifest")

    mmdata: str = Field(description="The version of mmdata that wrote it.")
    format: Literal[1] = Field(description="The version of this description.")
    accounting: Balances
    splits: dict[str, Split]
    inputs: list[File] = Field(description="Every label file that was read.")
    options: dict[str, Any] = Field(description="Every option with its value, defaults included.")
    versions: dict[str, str] = Field(description="Versions of what can change the bytes of the output.")
    parts: list[SourcePart] | None = Field(default=None, description="Where it was made of several.")
    pictures: dict[str, Count] | None = Field(
        default=None, description="How pictures came into OUT, where that was asked for; pictures.parquet has each."
    )
    recipe: dict[str, Any] | None = Field(
        default=None, description="The recipe's file, its sha256, and what its texts were resolved to."
    )
    files: list[File] = Field(default=[], description="Every file of the output but this one.")


def published_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of manifest.json, as published in schemas/manifest.schema.json."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:mmdata:schema:manifest:{FORMAT}",
        **Manifest.model_json_schema(mode="serialization"),
    }


if __name__ == "__main__":  # python -m mmdata.schemas.manifest > schemas/manifest.schema.json
    import json

    print(json.dumps(published_schema(), indent=2))
