"""Sources: one module a format, each satisfying `protocol.Source`; the registry is the literal dict below."""

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from .protocol import Source

SOURCES = {
    "coco": "mmdata.converters.sources.coco",
    "voc": "mmdata.converters.sources.voc",
    "yolo": "mmdata.converters.sources.yolo",
    "dota": "mmdata.converters.sources.dota",
    "cvat": "mmdata.converters.sources.cvat",
    "labelme": "mmdata.converters.sources.labelme",
    "via": "mmdata.converters.sources.via",
    "openimages": "mmdata.converters.sources.openimages",
    "csv": "mmdata.converters.sources.csv_boxes",
    "ocr": "mmdata.converters.sources.ocr",
    "captions": "mmdata.converters.sources.captions",
    "vqa": "mmdata.converters.sources.vqa",
    "refcoco": "mmdata.converters.sources.refcoco",
    "chat": "mmdata.converters.sources.chat",
    "interleaved": "mmdata.converters.sources.interleaved",
    "huggingface": "mmdata.converters.sources.huggingface",
    "label-studio": "mmdata.converters.sources.label_studio",
}
"""Every source by the name it has on the command line; a module is imported when it is first asked for."""


def source_names() -> list[str]:
    """The names of all sources, ours first, then those that other packages add by the entry point `mmdata.sources`."""
    return [*SOURCES, *(point.name for point in _added())]


def load_source(name: str) -> "Source":
    """The source of that name; `KeyError` when there is none."""
    if name in SOURCES:
        return cast("Source", import_module(SOURCES[name]))
    for point in _added():
        if point.name == name:
            return cast("Source", point.load())
    raise KeyError(name)


def _added() -> Iterable["EntryPoint"]:
    """What other packages add. Looking through all installed packages takes longer than a small conversion."""
    from importlib.metadata import entry_points

    return entry_points(group="mmdata.sources")
