"""What changes between two labelling configs, said as people mean it: labels, controls, data keys.

A label or control that goes leaves the regions behind that hold it: Label Studio keeps them and shows them without a
name, and lets the change pass where the regions were imported (1.23.2). `Orphaned` says which regions those are, so
that they can be counted first.
"""

from dataclasses import dataclass
from typing import Literal

from .labelling import Control, Labelling

Action = Literal["add", "change", "remove"]


@dataclass(frozen=True)
class Orphaned:
    """Regions that a change leaves behind: those of a control, all of them or those with one label."""

    control: str
    label: str | None = None


@dataclass(frozen=True)
class ConfigChange:
    """One line of the difference; `orphans` are the regions that it leaves behind, `key` a data key that goes."""

    action: Action
    text: str
    orphans: Orphaned | None = None
    key: str | None = None


def config_changes(old: Labelling, new: Labelling) -> list[ConfigChange]:
    """What changes, dangerous or not; empty where the configs differ in nothing that matters."""
    if old.canonical == new.canonical:
        return []
    changes = [*_keys(old, new), *_shown(old, new)]
    for name in dict.fromkeys([*old.controls, *new.controls]):
        changes += _control(name, old.controls.get(name), new.controls.get(name))
    return changes or [ConfigChange("change", "layout or attributes of the interface")]


def _keys(old: Labelling, new: Labelling) -> list[ConfigChange]:
    gone, come = sorted(old.keys - new.keys), sorted(new.keys - old.keys)
    return [
        *(ConfigChange("remove", f"data key ${key}") for key in gone),
        *(ConfigChange("add", f"data key ${key}, which every task must have", key=key) for key in come),
    ]


def _shown(old: Labelling, new: Labelling) -> list[ConfigChange]:
    changes: list[ConfigChange] = []
    for name in dict.fromkeys([*old.shown, *new.shown]):
        before, after = old.shown.get(name), new.shown.get(name)
        if before is None and after is not None:
            changes.append(ConfigChange("add", f"<{after[0]} {name}>"))
        elif after is None and before is not None:
            changes.append(ConfigChange("remove", f"<{before[0]} {name}>"))
        elif before and after and before[0] != after[0]:
            changes.append(ConfigChange("change", f"{name}: <{before[0]}> becomes <{after[0]}>"))
    return changes


def _control(name: str, old: Control | None, new: Control | None) -> list[ConfigChange]:
    if old is None and new is not None:
        labels = f" with {len(new.labels)} labels" if new.labels else ""
        return [ConfigChange("add", f"<{new.tag} {name}>{labels}")]
    if new is None and old is not None:
        return [ConfigChange("remove", f"<{old.tag} {name}>", Orphaned(name))]
    if old is None or new is None:
        return []
    if old.tag.lower() != new.tag.lower():
        return [ConfigChange("change", f"{name}: <{old.tag}> becomes <{new.tag}>", Orphaned(name))]
    changes = _labels(name, old, new)
    if set(old.over) != set(new.over):
        text = f"{name} stands over {', '.join(new.over)} and not over {', '.join(old.over)}"
        changes.insert(0, ConfigChange("change", text, Orphaned(name)))
    differing = _attributes(old.attributes, new.attributes)
    return changes + ([ConfigChange("change", f"{name}: {differing}")] if differing else [])


def _labels(name: str, old: Control, new: Control) -> list[ConfigChange]:
    gone = [each for each in old.labels if each not in new.labels]
    come = [each for each in new.labels if each not in old.labels]
    changes: list[ConfigChange] = []
    for label in gone:
        successor = _successor(old.labels[label], new, come)
        if successor is None:
            changes.append(ConfigChange("remove", f"label {name}/{label}", Orphaned(name, label)))
        else:
            come.remove(successor)
            changes.append(ConfigChange("change", f"label {name}/{label} becomes {successor}", Orphaned(name, label)))
    changes += [ConfigChange("add", f"label {name}/{label}") for label in come]
    both = [each for each in old.labels if each in new.labels]
    for label in both:
        if differing := _attributes(old.labels[label], new.labels[label]):
            changes.append(ConfigChange("change", f"label {name}/{label}: {differing}"))
    if both != [each for each in new.labels if each in old.labels]:
        changes.append(ConfigChange("change", f"order of the labels of {name}"))
    return changes


def _successor(facts: dict[str, str], new: Control, come: list[str]) -> str | None:
    """The new label that took the place of one that is gone: with its number, else its colour."""
    for attribute in ("category", "model_index", "background"):
        for label in come:
            if attribute in facts and facts[attribute] == new.labels[label].get(attribute):
                return label
    return None


def _attributes(old: dict[str, str], new: dict[str, str]) -> str:
    changed = [name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]
    return ", ".join(f"{name} {old.get(name, '(none)')} → {new.get(name, '(none)')}" for name in changed)
