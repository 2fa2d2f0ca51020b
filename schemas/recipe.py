"""recipe.yaml: several sources, mixed, filtered and split once, into one data set or several.

What it says of paths is relative to the recipe's own folder; `${NAME}` in a text is a variable of the environment
(`pipelines/recipe/` resolves both). Importing this module imports pydantic; who reads recipes does so where needed.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

VERSION = 1
"""Raised when a key changes its meaning; new keys do not raise it."""

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Text = Annotated[str, StringConstraints(min_length=1)]
Texts = Annotated[list[Text], Field(min_length=1)]
Pixels = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Area = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Size = Annotated[int, Field(ge=1)] | Text
Lang = Literal["en", "zh"]
Script = Literal["latin", "han", "kana", "hangul", "cyrillic", "greek", "arabic", "hebrew", "devanagari", "thai"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class KeepPart(_Part):
    """What is kept of a source; everything else is left out, one by one, by the rules AN033 to AN038."""

    labels: Texts | None = Field(default=None, description="Labels of objects that are kept; the others are left out.")
    drop_labels: Texts | None = Field(default=None, description="Labels of objects that are left out.")
    min_side: Pixels | None = Field(default=None, description="Pixels of a picture's shorter side at least.")
    max_side: Pixels | None = Field(default=None, description="Pixels of a picture's longer side at most.")
    min_pixels: Pixels | None = Field(default=None, description="Pixels of a picture at least, width times height.")
    max_pixels: Pixels | None = Field(default=None, description="Pixels of a picture at most.")
    min_area: Area | None = Field(
        default=None, description="Square pixels of an object's box inside its picture at least."
    )
    max_area: Area | None = Field(default=None, description="Square pixels of an object's box at most.")
    min_area_share: Share | None = Field(
        default=None, description="The share of its picture that a box covers at least."
    )
    max_area_share: Share | None = Field(
        default=None, description="The share of its picture that a box covers at most."
    )
    scripts: Annotated[list[Script], Field(min_length=1)] | None = Field(
        default=None,
        description="Scripts of texts that are kept: half of the words and more are written in one of them.",
    )
    min_text: Count | None = Field(default=None, description="Characters of a text at least.")
    max_text: Count | None = Field(default=None, description="Characters of a text at most.")
    lint: Texts | None = Field(default=None, description="Rules of lint, by code or name: what they find is left out.")


class SourcePart(_Part):
    """One source: what is read, what of it is kept, and what is asked about it."""

    name: Name | None = Field(
        default=None, description="What this part is called in what is said; else the source's name."
    )
    source: Text = Field(description="What the labels are: a name of `mmdata sources`.")
    input: Text = Field(description="The labels: a file, a folder, or a pattern such as exports/*.json.")
    images: Text | None = Field(default=None, description="The folder of the pictures; else that of the labels.")
    check_images: bool = Field(default=True, description="Read the head of every picture.")
    options: dict[str, Any] = Field(
        default={}, description="The source's own options; `mmdata convert SOURCE --help` has them."
    )
    keep: KeepPart = Field(default=KeepPart(), description="What is kept of it; by default everything.")
    weight: Annotated[float, Field(gt=0, le=1000)] = Field(
        default=1.0,
        description="How often each of its records is taken: 3 three times where it is trained on (train, or else the "
        "largest split) and once elsewhere, 0.5 every second one everywhere.",
    )
    tasks: Texts | None = Field(default=None, description="What is asked; by default what fits the source.")
    lang: Lang | None = Field(default=None, description="The language of questions and answers; else the recipe's.")
    templates: Text | None = Field(default=None, description="Your own wordings, a YAML file.")
    order: Literal["reading", "largest", "category"] = Field(default="reading", description="Of objects in an answer.")
    max_objects: Count = Field(default=0, description="Objects in an answer at most; 0: all.")
    negatives: Count = Field(default=0, description="Questions a picture about labels that are not there.")
    answers: Literal["majority", "first", "sampled", "all"] = Field(
        default="majority", description="Which of several answers to a question; all: a sample an answer."
    )
    crowd: Literal["drop", "keep"] = Field(default="drop", description="Boxes over many things at once.")
    difficult: Literal["keep", "drop"] = Field(default="keep", description="Objects marked as difficult.")
    exif_boxes: Literal["auto", "upright", "stored"] = Field(
        default="auto", description="Which picture the boxes of EXIF-rotated ones belong to."
    )
    wrong_extension: Literal["reject", "keep"] = Field(
        default="reject", description="Pictures whose bytes are another format than their name says."
    )


class TargetPart(_Part):
    """One target: the trainer that is written for, and how."""

    to: Text = Field(description="The trainer to write for: a name of `mmdata targets`.")
    name: Name | None = Field(
        default=None, description="Its folder in OUT, where there are several; else the target's name."
    )
    options: dict[str, Any] = Field(default={}, description="The target's own options.")
    rotated: Literal["hull", "quad"] = Field(
        default="hull", description="Turned boxes: upright box around them, or four corners."
    )
    reserved_text: Literal["reject", "blunt"] = Field(
        default="reject", description="Text that holds the model's own tags: leave out, or blunt them."
    )
    upright: bool = Field(default=True, description="Rewrite EXIF-rotated pictures upright under OUT/images.")
    rounding: Literal["nearest", "floor"] = Field(default="nearest", description="How pixels go to the model's grid.")
    image_root: Text | None = Field(default=None, description="Write picture paths relative to this folder.")
    min_pixels: Pixels | None = Field(default=None, description="The trainer's least pixels of a resized picture.")
    max_pixels: Pixels | None = Field(default=None, description="The trainer's most pixels of a resized picture.")
    max_length: Pixels | None = Field(default=None, description="Tokens of a sample at most.")
    shuffle: bool = Field(default=False, description="The samples of each split in an order that the seed decides.")
    count_tokens: bool = Field(default=False, description="Count tokens without max_length too.")
    over_length: Literal["split", "reject"] = Field(
        default="split", description="A sample over max_length: split by objects, or leave out."
    )
    max_shard_size: Size | None = Field(default=None, description="Bytes of a file of samples at most, such as 512MB.")
    max_shard_samples: Pixels | None = Field(default=None, description="Samples of a file at most.")
    even: Pixels | None = Field(default=None, description="A multiple of so many files, of as many samples each.")
    compress: Literal["none", "zstd"] = Field(
        default="none", description="Files of samples as a whole, for targets whose readers take that."
    )
    pictures: Literal["refer", "link", "copy"] = Field(
        default="refer", description="Named where they are; or linked or copied into OUT, named relative to it."
    )
    max_side: Pixels | None = Field(
        default=None, description="Pixels of a picture's longer side at most: larger ones are written smaller into OUT."
    )
    lengths: bool = Field(
        default=False, description="Tokens and pixels of every sample, for batches of samples of like length."
    )
    packing: bool = Field(default=False, description="Plan which samples fill a sequence of max_length together.")


class Recipe(_Part):
    """A recipe for `mmdata build`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, title="mmdata recipe")

    version: Literal[1] = Field(description="The version of this description: 1.")
    out: Text | None = Field(
        default=None, description="The folder to make or replace; the command line's -o counts more."
    )
    seed: int = Field(default=0, description="Chooses wordings and splits.")
    lang: Lang = Field(default="en", description="The language of questions and answers.")
    split: Annotated[dict[str, Share], Field(min_length=1)] = Field(
        default={"train": 1.0}, description="Names and shares of the splits, which sum to 1; one split for everything."
    )
    group_by: str = Field(
        default="",
        description="Pictures that share what this regular expression finds in their names stay in one split.",
    )
    ledger: Text = Field(
        default="auto", description="What was put where before: auto as OUT has it, new nothing, or a file."
    )
    dedup: Literal["off", "exact", "near"] = Field(
        default="off", description="Look for the same picture twice, over all."
    )
    dedup_policy: Literal["keep-first", "most-annotated", "merge", "reject", "none"] = Field(
        default="keep-first", description="Which of them is kept."
    )
    dedup_text: Literal["off", "exact", "near"] = Field(
        default="off", description="Look for records that say the same, whatever they show."
    )
    against: Text | None = Field(
        default=None,
        description="Leave out pictures of this: a file of hashes, a built data set, a folder of pictures.",
    )
    max_rejected: Count | Text = Field(
        default="1%", description="Faults at most: a number, or a percentage of what was read."
    )
    sources: Annotated[list[SourcePart], Field(min_length=1)] = Field(description="What is read, in this order.")
    targets: Annotated[list[TargetPart], Field(min_length=1)] = Field(
        default=[TargetPart(to="qwen-vl")], description="What is written: one data set each."
    )


def recipe_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of recipes, as published in schemas/recipe.schema.json."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:mmdata:schema:recipe:{VERSION}",
        **Recipe.model_json_schema(),
    }


if __name__ == "__main__":  # python -m mmdata.schemas.recipe > schemas/recipe.schema.json
    import json

    print(json.dumps(recipe_schema(), indent=2))
