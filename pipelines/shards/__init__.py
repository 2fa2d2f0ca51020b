"""Shards: rows into the files that a trainer opens. One module a form of file; the registry is the literal dict below.

A row comes as JSON, whatever the form. Where the bytes of a file belong into the shard, the row has
`{"$file": "/its/path"}` in the place of them; forms that hold bytes (parquet, tars, MDS) put them there.
"""

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from .protocol import Form

FORMS = {
    "json": "mmdata.pipelines.shards.json_list",
    "jsonl": "mmdata.pipelines.shards.json_lines",
    "jsonl-led": "mmdata.pipelines.shards.json_lines_led",
    "folder": "mmdata.pipelines.shards.folder",
    "jsonl-data-uri": "mmdata.pipelines.shards.json_data_uri",
    "parquet": "mmdata.pipelines.shards.parquet",
    "imagefolder": "mmdata.pipelines.shards.imagefolder",
    "webdataset": "mmdata.pipelines.shards.webdataset",
    "energon": "mmdata.pipelines.shards.energon",
    "mds": "mmdata.pipelines.shards.mds",
}
"""Every form of file by its name, which is a target's `FORM`; a module is imported when it is first asked for."""


def load_form(name: str) -> "Form":
    """The form of that name; `KeyError` when there is none."""
    return cast("Form", import_module(FORMS[name]))
