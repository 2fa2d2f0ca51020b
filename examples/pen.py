"""A picture under the pen: flat shapes in pixels, each labelled thing on a layer of its own, so that its box is true.

The box of a thing is the bounding box of the paint that it left, measured on a layer twice the picture's size: it is
exact to half a pixel, also where the thing runs over the picture's edge.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import cos, pi, sin

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

SCALE = 2
DARK, WHITE = (52, 46, 58), (250, 248, 242)


def shade(colour: Colour, amount: float) -> Colour:
    """The colour, darker below 1 and lighter above."""
    red, green, blue = (min(255, max(0, round(channel * amount))) for channel in colour)
    return red, green, blue


@dataclass(frozen=True)
class Pen:
    """Draws on one layer; all coordinates are pixels of the finished picture."""

    layer: Image.Image

    @property
    def _draw(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self.layer)

    def rectangle(self, x: float, y: float, w: float, h: float, colour: Colour, radius: float = 0) -> None:
        """A rectangle from its top-left corner, its corners rounded by `radius`."""
        corners = (x * SCALE, y * SCALE, (x + w) * SCALE - 1, (y + h) * SCALE - 1)
        self._draw.rounded_rectangle(corners, radius * SCALE, fill=colour)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        """An ellipse about its centre."""
        self._draw.ellipse(((x - rx) * SCALE, (y - ry) * SCALE, (x + rx) * SCALE, (y + ry) * SCALE), fill=colour)

    def ring(self, x: float, y: float, rx: float, ry: float, colour: Colour, width: float) -> None:
        """The outline of an ellipse about its centre, `width` inwards."""
        corners = ((x - rx) * SCALE, (y - ry) * SCALE, (x + rx) * SCALE, (y + ry) * SCALE)
        self._draw.ellipse(corners, outline=colour, width=round(width * SCALE))

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """A filled polygon."""
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=colour)

    def line(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        """A polyline."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self._draw.line(scaled, fill=colour, width=round(width * SCALE), joint="curve")


@dataclass(frozen=True)
class Turned:
    """A rectangle turned clockwise by `degrees` about its top-left corner (x, y), in pixels: Label Studio's way."""

    x: float
    y: float
    width: float
    height: float
    degrees: float

    def place(self, across: float, down: float) -> Point:
        """The point at those fractions of the rectangle's width and height."""
        c, s = cos(self.degrees * pi / 180), sin(self.degrees * pi / 180)
        dx, dy = across * self.width, down * self.height
        return self.x + dx * c - dy * s, self.y + dx * s + dy * c

    def oval(self, across: float, down: float, rx: float, ry: float) -> list[Point]:
        """An ellipse in the rectangle's own frame, centre and radii as fractions of it, as a polygon."""
        turns = [step * pi / 24 for step in range(48)]
        return [self.place(across + rx * cos(turn), down + ry * sin(turn)) for turn in turns]


@dataclass(frozen=True)
class Thing:
    """One labelled thing: `x, y, w, h` in pixels of the picture as it is looked at."""

    label: str
    box: tuple[float, float, float, float]
    crowd: bool = False
    turned: Turned | None = None


@dataclass
class Scene:
    """One picture being drawn, back to front, and what is on it."""

    name: str
    width: int
    height: int
    caption: str
    things: list[Thing] = field(default_factory=list[Thing])

    def __post_init__(self) -> None:
        self.canvas = Image.new("RGBA", (self.width * SCALE, self.height * SCALE), (255, 255, 255, 255))

    @property
    def ground(self) -> Pen:
        """The pen for what bears no label."""
        return Pen(self.canvas)

    def shadow(self, x: float, y: float, rx: float, ry: float) -> None:
        """A soft-edged darkness under a thing; no part of its box."""
        layer = Image.new("RGBA", self.canvas.size)
        box = ((x - rx) * SCALE, (y - ry) * SCALE, (x + rx) * SCALE, (y + ry) * SCALE)
        ImageDraw.Draw(layer).ellipse(box, fill=(30, 20, 40, 46))
        self.canvas.alpha_composite(layer)

    def put(
        self, label: str, paint: Callable[[Pen], object], *, crowd: bool = False, turned: Turned | None = None
    ) -> None:
        """Paint one thing on top of what is there and note its box."""
        layer = Image.new("RGBA", self.canvas.size)
        paint(Pen(layer))
        left, top, right, bottom = layer.getbbox() or (0, 0, 0, 0)
        self.canvas.alpha_composite(layer)
        box = (left / SCALE, top / SCALE, (right - left) / SCALE, (bottom - top) / SCALE)
        self.things.append(Thing(label, box, crowd, turned))

    def picture(self) -> Image.Image:
        """The finished picture, upright, RGB."""
        return self.canvas.convert("RGB").resize((self.width, self.height), Image.Resampling.BOX)
