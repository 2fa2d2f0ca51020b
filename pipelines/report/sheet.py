"""The contact sheet: one PNG of pictures with the boxes that the emitted rows say, for a README or a message."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ...converters.targets.protocol import Decoded
from .atomic import write_whole
from .cards import choose
from .out import read_manifest
from .picture import colours, locate, open_upright

COLUMNS, CELL, GAP = 3, (480, 360), 16
GROUND = "#f4f2ee"


def contact_sheet(out: Path, png: Path, pictures: int = 6) -> Path:
    """Draw `pictures` of OUT with their boxes into one PNG, written whole or not at all; returns `png`.

    Boxes are decoded from the rows with the target's own decoder. Raises `InputError` where OUT is none.
    """
    manifest = read_manifest(out)
    target = manifest.target()
    chosen = choose(out, manifest, target, pictures)
    palette = colours([label for label, _ in chosen.labels.most_common()])
    cells: list[Image.Image] = []
    for card in chosen.cards[:pictures]:
        place = locate(card.names[0], out, str(manifest.options.get("image_root") or "")) if card.names else out
        if opened := open_upright(place, 2 * max(CELL)):
            picture, size = opened
            cells.append(_cell(picture, size, card.boxes(target, 0, size), palette))
    return write_whole(png, lambda file: _arrange(cells).save(file, "PNG", optimize=True))


def _arrange(cells: list[Image.Image]) -> Image.Image:
    width, height = CELL
    lines = max(1, -(-len(cells) // COLUMNS))
    sheet = Image.new("RGB", (COLUMNS * (width + GAP) + GAP, lines * (height + GAP) + GAP), GROUND)
    for number, cell in enumerate(cells):
        line, column = divmod(number, COLUMNS)
        sheet.paste(cell, (GAP + column * (width + GAP), GAP + line * (height + GAP)))
    return sheet.quantize(256, dither=Image.Dither.NONE)


def _cell(picture: Image.Image, size: tuple[int, int], boxes: list[Decoded], palette: dict[str, str]) -> Image.Image:
    scale = min(CELL[0] / size[0], CELL[1] / size[1])
    small = picture.resize((round(size[0] * scale), round(size[1] * scale)), Image.Resampling.LANCZOS)
    pen = ImageDraw.Draw(small)
    for box in sorted(boxes, key=lambda each: -(each.box.x2 - each.box.x1) * (each.box.y2 - each.box.y1)):
        _outline(pen, box, scale, palette.get(box.label or "", "#4b6584"))
    for box in boxes:
        _tag(pen, box, scale, small.width, palette.get(box.label or "", "#4b6584"))
    cell = Image.new("RGB", CELL, "#e7e3dc")
    cell.paste(small, ((CELL[0] - small.width) // 2, (CELL[1] - small.height) // 2))
    return cell


def _outline(pen: ImageDraw.ImageDraw, box: Decoded, scale: float, colour: str) -> None:
    if box.quad is not None:
        corners = [number * scale for number in box.quad]
        pen.line([*corners, *corners[:2]], fill=colour, width=3, joint="curve")
    else:
        pen.rectangle([number * scale for number in box.box], outline=colour, width=3)


def _tag(pen: ImageDraw.ImageDraw, box: Decoded, scale: float, right: int, colour: str) -> None:
    if not box.label:
        return
    font = ImageFont.load_default(size=12)
    width = pen.textlength(box.label, font=font) + 8
    x, y = max(0.0, min(box.box.x1 * scale, right - width)), max(0.0, box.box.y1 * scale - 16)
    pen.rectangle((x, y, x + width, y + 16), fill=colour)
    pen.text((x + 4, y + 1), box.label, fill="white", font=font)
