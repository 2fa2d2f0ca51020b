"""One card of the report: a picture, the boxes on it as an SVG drawing, and what is said about it."""

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from ...converters.targets.protocol import Decoded, Target
from .cards import Card
from .picture import data_uri, locate, open_upright

LONGEST = 720
NO_WORDS = "#4b6584"
ANSWERING = ("assistant", "gpt")

_MARKS = re.compile(r"(<img>.*?</img>|</?[a-z_-]+>|<\|[a-z_0-9]+\|>|\(\d+,\d+\))", re.DOTALL)


def card_html(card: Card, target: Target, out: Path, image_root: str, palette: dict[str, str]) -> str:
    """The card as HTML; a picture that cannot be opened is named as such."""
    inside = card.embedded(target)
    places: Sequence[Path | bytes] = inside or [locate(name, out, image_root) for name in card.names]
    pictures = [_picture(card, target, media, place, palette) for media, place in enumerate(places)]
    names = ", ".join(Path(name).name for name in card.names) or "no picture"
    head = f'<span class="name">{escape(names)}</span><span class="split">{escape(card.split)}</span>'
    said = "".join(_turn(role, text) for role, text in card.said(target))
    return f'<article class="card">{"".join(pictures)}<header>{head}</header><div class="said">{said}</div></article>'


def _picture(card: Card, target: Target, media: int, place: Path | bytes, palette: dict[str, str]) -> str:
    opened = open_upright(place, LONGEST)
    if opened is None:
        shown = place if isinstance(place, Path) else card.names[media]
        return f'<div class="missing">Cannot be opened: {escape(str(shown))}</div>'
    picture, (width, height) = opened
    boxes = card.boxes(target, media, (width, height))
    unit = max(width, height) / 100
    drawn = "".join(_outline(box, unit, palette) for box in boxes) + "".join(
        _tag(box, unit, width, palette) for box in boxes
    )
    image = f'<image href="{data_uri(picture)}" width="{width}" height="{height}"/>'
    return f'<svg viewBox="0 0 {width} {height}" role="img">{image}{drawn}</svg>'


def _outline(box: Decoded, unit: float, palette: dict[str, str]) -> str:
    colour = palette.get(box.label or "", NO_WORDS)
    look = f'fill="none" stroke="{colour}" stroke-width="{unit * 0.5:.2f}" stroke-linejoin="round"'
    title = f"<title>{escape(box.label or '')} {' '.join(f'{number:.1f}' for number in box.box)}</title>"
    if box.quad is not None:
        return f'<polygon points="{" ".join(f"{number:.2f}" for number in box.quad)}" {look}>{title}</polygon>'
    x1, y1, x2, y2 = box.box
    place = f'x="{x1:.2f}" y="{y1:.2f}" width="{x2 - x1:.2f}" height="{y2 - y1:.2f}"'
    return f'<rect {place} rx="{unit * 0.3:.2f}" {look}>{title}</rect>'


def _tag(box: Decoded, unit: float, width: int, palette: dict[str, str]) -> str:
    if not box.label:
        return ""
    long = sum(2.0 if ord(letter) > 0x2E80 else 1.32 for letter in box.label) * unit + 1.4 * unit
    x, y = max(0.0, min(box.box.x1, width - long)), max(0.0, box.box.y1 - 2.8 * unit)
    ground = f'<rect x="{x:.2f}" y="{y:.2f}" width="{long:.2f}" height="{2.8 * unit:.2f}" rx="{unit * 0.4:.2f}"'
    words = f'transform="translate({x + 0.7 * unit:.2f} {y + 2.05 * unit:.2f}) scale({2 * unit:.3f})" fill="#fff"'
    return f'{ground} fill="{palette.get(box.label, NO_WORDS)}"/><text {words}>{escape(box.label)}</text>'


def _turn(role: str, text: str) -> str:
    words = "".join(_mark(piece) if place % 2 else escape(piece) for place, piece in enumerate(_MARKS.split(text)))
    kind = "turn answer" if role in ANSWERING else "turn"
    return f'<div class="{kind}"><b>{escape(role)}</b>{words}</div>'


def _mark(piece: str) -> str:
    if piece.startswith("<img>"):
        path = piece.removeprefix("<img>").removesuffix("</img>")
        return f'<span class="tag" title="{escape(path)}">&lt;img&gt;…/{escape(Path(path).name)}&lt;/img&gt;</span>'
    return f'<span class="tag">{escape(piece)}</span>'
