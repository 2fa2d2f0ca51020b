"""New labels put into a project file that is there, and nothing else in it touched: settings, comments, colours.

A new label goes to the end of each control that has labels, with the next number; key points to the end of theirs.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from ..schemas.errors import ConfigError
from .init import block, check_labels
from .labelling import Control, read_labelling
from .labelling_make import Labels, colours, label_line
from .project_file import read_project

if TYPE_CHECKING:
    from yaml.nodes import Node

_REMEDY = "Put the new labels in by hand, or make a new file beside it."


def with_labels(path: Path, labels: Labels) -> tuple[str, int]:
    """The text of the file with the labels that it did not have, and how many these are.

    `ConfigError` where the file is none, or its config is laid out so that the place of a label is not plain.
    """
    check_labels("caption", labels)
    config = read_project(path).label_config
    place = f"{path}: label_config"
    grown, new = config, set[str]()
    for name, control in read_labelling(config, place).controls.items():
        tag = control.tag.lower()
        wanted = labels.points if tag == "keypointlabels" else labels.names if tag.endswith("labels") else ()
        missing = [each for each in wanted if each not in control.labels]
        if missing:
            grown = _with(grown, name, control, missing, place)
            new.update(missing)
    text = path.read_text(encoding="utf-8")
    if not new:
        return text, 0
    start, end = _span(text, place)
    return f"{text[:start]}|\n{block(grown)}\n{text[end:]}", len(new)


def _with(config: str, name: str, control: Control, missing: list[str], place: str) -> str:
    """The config with more labels at the end of the control of that name."""
    tag = re.escape(control.tag)
    opening = rf"<{tag}\s(?:[^<>]*\s)?name\s*=\s*[\"']{re.escape(name)}[\"'][^<>]*(?<!/)>"
    found = re.findall(rf"{opening}.*?</{tag}\s*>", config, re.DOTALL)
    if len(found) != 1:
        raise ConfigError(place, f"the end of <{control.tag} name={name!r}> is not plain", _REMEDY)
    number = "model_index" if control.tag.lower() == "keypointlabels" else "category"
    used = [int(text) for each in control.labels.values() if (text := each.get(number, "")).isdecimal()]
    first = max([len(control.labels) - 1, *used]) + 1
    kept = {each: facts["background"] for each, facts in control.labels.items() if "background" in facts}
    colour = colours([*control.labels, *missing], kept)
    lines = [label_line(each, colour[each], number, first + at) for at, each in enumerate(missing)]
    body, closing = found[0].rsplit("</", 1)
    more = body.rstrip() + "\n" + "\n".join(lines) + "\n  </" + closing
    return config.replace(found[0], more, 1)


def _span(text: str, place: str) -> tuple[int, int]:
    """Where the value of `label_config` begins and ends in the file's text."""
    import yaml

    top: Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    for key, value in getattr(top, "value", []):
        if key.value == "label_config" and value.style == "|":
            return value.start_mark.index, value.end_mark.index
    raise ConfigError(place, "is no block that begins with |", _REMEDY)
