"""project.yaml: what a Label Studio project is to be, for `mmdata annotate plan` and `apply`.

Only what the file names is managed: a setting that is not there, a list that is absent, stays as the server has it.
The names of settings are those of Label Studio's API (1.23.2). Importing this module imports pydantic.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

FORMAT = 1
"""Raised when a key changes its meaning; new keys do not raise it."""

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Title = Annotated[str, StringConstraints(min_length=3, max_length=50, strip_whitespace=True)]
Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/@]+(/[^\s]*)?$", max_length=2048)]
Email = Annotated[str, StringConstraints(pattern=r"^[^\s@]+@[^\s@]+$", max_length=254)]
Event = Literal[
    "PROJECT_UPDATED",
    "TASKS_CREATED",
    "TASKS_DELETED",
    "ANNOTATION_CREATED",
    "ANNOTATIONS_CREATED",
    "ANNOTATION_UPDATED",
    "ANNOTATIONS_DELETED",
    "LABEL_LINK_CREATED",
    "LABEL_LINK_UPDATED",
    "LABEL_LINK_DELETED",
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)  # the server takes unknown keys in silence; we do not


class Settings(_Part):
    """How the project behaves; each under the name that Label Studio's API has for it."""

    expert_instruction: str | None = Field(default=None, description="What annotators read first; may be HTML.")
    show_instruction: bool | None = Field(default=None, description="Show the instruction before the first task.")
    show_skip_button: bool | None = Field(default=None, description="Let annotators skip a task.")
    enable_empty_annotation: bool | None = Field(default=None, description="Take annotations without any region.")
    show_annotation_history: bool | None = None
    show_collab_predictions: bool | None = Field(default=None, description="Show predictions to annotators.")
    reveal_preannotations_interactively: bool | None = None
    maximum_annotations: int | None = Field(
        default=None, ge=1, le=1000, description="Annotations until a task is done."
    )
    sampling: Literal["Sequential sampling", "Uniform sampling", "Uncertainty sampling"] | None = None
    skip_queue: Literal["REQUEUE_FOR_ME", "REQUEUE_FOR_OTHERS", "IGNORE_SKIPPED"] | None = None
    color: Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")] | None = None
    model_version: str | None = Field(default=None, description="Whose predictions annotators begin with.")


class LocalFiles(_Part):
    """A folder of the server's disk from which the project's tasks may show files."""

    path: str = Field(min_length=2, pattern="^/", description="Absolute, below LOCAL_FILES_DOCUMENT_ROOT and not it.")
    title: str = Field(default="", max_length=256)
    regex_filter: str = ""
    use_blob_urls: bool = Field(default=False, description="True makes a task of every file when it is synchronised.")
    recursive_scan: bool = False


class Webhook(_Part):
    """An address that the server tells what happens: a hint, since it tells once and waits a second."""

    url: Address
    actions: list[Event] = Field(default=[], description="None: all of them.")
    send_payload: bool = True
    is_active: bool = True


class Project(_Part):
    """One Label Studio project as code."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="mmdata annotate project")

    version: Literal[1] = Field(description="The version of this description.")
    key: Key = Field(description="By which the project is found; it stands in the project's description.")
    title: Title = Field(description="3 to 50 characters; Label Studio does not ask that it is the only one.")
    description: str = Field(default="", description="Words for people, before the key.")
    label_config: str = Field(min_length=1, description="The labelling interface, XML.")
    settings: Settings = Settings()
    local_files: list[LocalFiles] | None = Field(default=None, description="These and no others; absent: unmanaged.")
    webhooks: list[Webhook] | None = Field(default=None, description="These and no others; absent: unmanaged.")
    members: list[Email] | None = Field(default=None, description="Who must be in the organisation.")


def published_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of project.yaml, as published in schemas/project.schema.json."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:mmdata:schema:project:{FORMAT}",
        **Project.model_json_schema(mode="validation"),
    }


if __name__ == "__main__":  # python -m mmdata.schemas.project > schemas/project.schema.json
    import json

    print(json.dumps(published_schema(), indent=2))
