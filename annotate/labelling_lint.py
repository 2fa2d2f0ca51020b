"""What Label Studio takes as a labelling config and should not.

The server's own check (POST /api/projects/ID/validate/, 1.23.2) refuses broken XML, an unknown toName and names that
stand twice. It takes unknown tags, controls without labels, labels that stand twice or say nothing, and `value="image"`
without the `$`, which shows every annotator a broken picture. An `error` here would cost work that people do; a
`warning` is what has its use and its trap.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .labelling import LABEL_TAGS, label_name, root_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SHOWING = {
    "image": "image",
    "video": "video",
    "audio": "sound",
    "audioplus": "sound",
    "text": "text",
    "hypertext": "text",
    "paragraphs": "dialogue",
    "chat": "dialogue",
    "timeseries": "series",
    "list": "list",
    "table": "table",
    "pdf": "pdf",
}
"""Tags that show data, and what."""

_ON_PICTURES = ("rectangle", "polygon", "ellipse", "keypoint", "brush", "bitmask", "magicwand", "vector")
_LABELLING = {
    **{f"{shape}labels": ("image", "pdf") for shape in _ON_PICTURES if shape != "magicwand"},
    "ocrlabels": ("image", "pdf"),
    "timelinelabels": ("video", "sound"),
    "timeserieslabels": ("series",),
    "paragraphlabels": ("dialogue",),
    "hypertextlabels": ("text",),
    "videovectorlabels": ("video",),
    "labels": (),
}
"""Controls that have `<Label>`s, and over what they may stand; none: over anything."""
_CHOOSING = ("choices", "taxonomy")
_OTHERS = {
    *(shape for shape in _ON_PICTURES),
    *("videorectangle", "videovector", "number", "datetime", "pairwise", "ranker", "rating", "textarea", "chatmessage"),
    *("relations", "relation", "shortcut", "bucket", "timeseries", "channel", "multichannel", "reactcode", "magicwand"),
    *("view", "header", "style", "collapse", "panel", "filter", "repeater", "dialog", "markdown", "typography"),
    *("autoannotate", "interface", "label", "choice", "hypertext"),
}
_HTML = frozenset(
    "a b br code div em h1 h2 h3 h4 h5 h6 hr i img li ol p pre section small span strong sub sup u ul".split()  # noqa: SIM905
)
KNOWN = {*SHOWING, *_LABELLING, *_CHOOSING, *_OTHERS}
"""Every tag of Label Studio 1.23, in lower case: as HTML's, their case does not count."""
_NEED_A_NAME = {*SHOWING, *_LABELLING, *_CHOOSING, "textarea", "rating", "number", "datetime"} - {"timeseries"}


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a config: where (a path of elements), the fact with its value, what to do."""

    severity: Literal["error", "warning"]
    at: str
    fact: str
    remedy: str


def flaws(config: str, place: str = "label_config") -> list[Flaw]:
    """What is wrong with the config, in its order; `ConfigError` where it is no XML."""
    root = root_of(config, place)
    paths = dict(_paths(root, root.tag))
    found = [flaw for element, at in paths.items() for flaw in _of_element(element, at)]
    return [*_of_names(paths), *found]


def _paths(element: "Element", at: str) -> "Iterator[tuple[Element, str]]":
    yield element, at
    count = Counter[str]()
    for child in element:
        count[child.tag] += 1
        yield from _paths(child, f"{at}/{child.tag}[{count[child.tag]}]")


def _of_names(paths: "dict[Element, str]") -> Iterator[Flaw]:
    """Names that stand twice, and controls over what there is not or cannot carry them."""
    named: dict[str, Element] = {}
    for element, at in paths.items():
        name = element.get("name")
        if name is None or element.tag.lower() in ("channel", "interface"):
            continue
        if name in named:
            yield Flaw("error", at, f"the name {name!r} stands twice", "Give each tag a name of its own.")
        named.setdefault(name, element)
    for element, at in paths.items():
        over = element.get("toName")
        for each in [part.strip() for part in over.split(",")] if over is not None else []:
            if each not in named:
                known = ", ".join(name for name, one in named.items() if one.tag.lower() in SHOWING) or "none"
                yield Flaw("error", at, f"toName {each!r} is the name of nothing", f"Names of what is shown: {known}.")
                continue
            may = _LABELLING.get(element.tag.lower(), ())
            kind = SHOWING.get(named[each].tag.lower())
            if may and kind not in may:
                fact = f"<{element.tag}> cannot stand over <{named[each].tag} name={each!r}>"
                yield Flaw("error", at, fact, f"It needs {' or '.join(may)}.")


def _of_element(element: "Element", at: str) -> Iterator[Flaw]:
    tag = element.tag.lower()
    if tag not in KNOWN and element.tag not in _HTML:
        remedy = "Look at its spelling; an unknown tag is drawn as nothing, and nobody can use it."
        yield Flaw("error", at, f"<{element.tag}> is no tag of Label Studio", remedy)
        return
    if tag in _NEED_A_NAME and not element.get("name"):
        yield Flaw("error", at, f"<{element.tag}> has no name", 'Give it name="…", by which results refer to it.')
    if tag in SHOWING:
        yield from _shown(element, at, tag)
    elif tag in _LABELLING or tag in _CHOOSING:
        if not element.get("toName"):
            yield Flaw("error", at, f"<{element.tag}> has no toName", "Say over which tag it stands.")
        yield from _labels(element, at, tag)
    elif tag in ("textarea", "rating", "number", "datetime") and not element.get("toName"):
        yield Flaw("error", at, f"<{element.tag}> has no toName", "Say over which tag it stands.")


def _shown(element: "Element", at: str, tag: str) -> Iterator[Flaw]:
    value = element.get("valueList") or element.get("value") or ""
    if not value:
        yield Flaw("error", at, f"<{element.tag}> has no value", 'Name the key of the data: value="$image".')
    elif "$" not in value:
        remedy = f'Write value="${value}" if {value!r} is a key of the data.'
        severity: Literal["error", "warning"] = "warning" if tag == "text" else "error"
        yield Flaw(severity, at, f"value={value!r} names no key of the data, since it has no $", remedy)


def _labels(element: "Element", at: str, tag: str) -> Iterator[Flaw]:
    """What is wrong with the labels of one control."""
    labels = [child for child in element.iter() if child.tag.lower() in LABEL_TAGS]
    if not labels and "$" not in (element.get("value") or element.get("apiUrl") or ""):
        yield Flaw("error", at, f"<{element.tag}> has no labels", 'Put <Label value="…"/> into it.')
    nested = tag == "taxonomy"
    names = Counter[str]()
    for number, label in enumerate(labels, 1):
        here, name, value = f"{at}/{label.tag}[{number}]", label_name(label), label.get("value")
        if not (value or "").strip():
            remedy = "Give it a value, or take it out: results of it would name no label."
            yield Flaw("error", here, f"<{label.tag}> has no value", remedy)
            continue
        names[name] += 1
        if names[name] == 2 and not nested:
            yield Flaw("error", here, f"the label {name!r} stands twice in one control", "Keep one of them.")
        if value != (value or "").strip():
            yield Flaw("warning", here, f"the label {value!r} begins or ends with a blank", "Take the blank out.")
        if label.get("alias"):
            fact = f"results will hold the alias {name!r} and not {value!r}, which the annotator sees"
            yield Flaw("warning", here, fact, "Leave the alias out unless this is what you want.")
    yield from _numbers(labels, at, "category")
    if tag == "keypointlabels":
        yield from _numbers(labels, at, "model_index")
        if any(label.get("model_index") is None for label in labels):
            remedy = 'Give each its place in the skeleton: model_index="0", "1", …'
            yield Flaw("error", at, "a key point has no model_index, so their order is nobody's word", remedy)


def _numbers(labels: "list[Element]", at: str, attribute: str) -> Iterator[Flaw]:
    """Class numbers (`category`) and places of key points (`model_index`): whole numbers, each once, ascending."""
    given = [
        (number, label.get(attribute)) for number, label in enumerate(labels, 1) if label.get(attribute) is not None
    ]
    seen: list[int] = []
    for number, text in given:
        here = f"{at}/{labels[number - 1].tag}[{number}]"
        if text is None or not (text.isascii() and text.isdigit() and len(text) < 10):
            yield Flaw("error", here, f"{attribute}={text!r} is no whole number", "Write 0, 1, 2, …")
            continue
        if int(text) in seen:
            yield Flaw("error", here, f"{attribute}={text!r} stands twice", "Give each label a number of its own.")
        elif seen and int(text) < seen[-1]:
            remedy = (
                "Put the labels in the order of their numbers: Label Studio's own YOLO export swaps them otherwise."
            )
            yield Flaw("warning", here, f"{attribute}={text!r} comes after {seen[-1]}", remedy)
        seen.append(int(text))
    if given and len(given) < len(labels) and attribute == "category":
        fact = f"{len(labels) - len(given)} of {len(labels)} labels have no category"
        yield Flaw("warning", at, fact, "Number all of them or none.")
