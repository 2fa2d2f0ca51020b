"""The things of the example pictures: each a function that returns what a pen does at a place.

`x` is the middle and `y` the bottom of a thing that stands, in pixels; `s` is its size, about its height in pixels.
"""

from collections.abc import Callable

from pen import DARK, WHITE, Colour, Pen, Turned, shade

Paint = Callable[[Pen], object]
STEEL = (176, 184, 196)


def mug(x: float, y: float, s: float, colour: Colour) -> Paint:
    """A mug with its handle on the right."""

    def paint(pen: Pen) -> None:
        pen.ring(x + 0.42 * s, y - 0.5 * s, 0.24 * s, 0.26 * s, shade(colour, 0.8), 0.09 * s)
        pen.rectangle(x - 0.42 * s, y - 0.92 * s, 0.84 * s, 0.92 * s, colour, 0.14 * s)
        pen.rectangle(x - 0.32 * s, y - 0.74 * s, 0.1 * s, 0.56 * s, shade(colour, 1.25), 0.05 * s)
        pen.ellipse(x, y - 0.9 * s, 0.42 * s, 0.12 * s, shade(colour, 1.2))
        pen.ellipse(x, y - 0.89 * s, 0.34 * s, 0.085 * s, (92, 58, 42))

    return paint


def plate(x: float, y: float, s: float, colour: Colour) -> Paint:
    """A plate that lies; `y` is its front edge."""

    def paint(pen: Pen) -> None:
        pen.ellipse(x, y - 0.3 * s, s, 0.3 * s, shade(colour, 0.86))
        pen.ellipse(x, y - 0.34 * s, s, 0.3 * s, colour)
        pen.ellipse(x, y - 0.33 * s, 0.66 * s, 0.19 * s, shade(colour, 0.92))

    return paint


def bowl(x: float, y: float, s: float, colour: Colour) -> Paint:
    """A bowl of soup."""

    def paint(pen: Pen) -> None:
        pen.rectangle(x - 0.3 * s, y - 0.12 * s, 0.6 * s, 0.12 * s, shade(colour, 0.7), 0.04 * s)
        sides = [(x + dx * s, y - dy * s) for dx, dy in ((-0.8, 0.66), (0.8, 0.66), (0.45, 0.06), (-0.45, 0.06))]
        pen.polygon(sides, shade(colour, 0.88))
        pen.ellipse(x, y - 0.66 * s, 0.8 * s, 0.2 * s, colour)
        pen.ellipse(x, y - 0.64 * s, 0.66 * s, 0.14 * s, (232, 150, 74))

    return paint


def apple(x: float, y: float, s: float, colour: Colour) -> Paint:
    """An apple with stalk and leaf."""

    def paint(pen: Pen) -> None:
        pen.line([(x, y - 0.8 * s), (x + 0.06 * s, y - s)], (96, 66, 44), 0.06 * s)
        pen.ellipse(x - 0.2 * s, y - 0.42 * s, 0.32 * s, 0.42 * s, colour)
        pen.ellipse(x + 0.2 * s, y - 0.42 * s, 0.32 * s, 0.42 * s, shade(colour, 0.93))
        pen.ellipse(x - 0.28 * s, y - 0.56 * s, 0.08 * s, 0.12 * s, shade(colour, 1.45))
        pen.ellipse(x + 0.2 * s, y - 0.92 * s, 0.16 * s, 0.07 * s, (94, 152, 78))

    return paint


def teapot(x: float, y: float, s: float, colour: Colour) -> Paint:
    """A round teapot, its spout on the left."""

    def paint(pen: Pen) -> None:
        pen.ring(x + 0.62 * s, y - 0.46 * s, 0.3 * s, 0.3 * s, shade(colour, 0.78), 0.1 * s)
        spout = [(x - 0.5 * s, y - 0.2 * s), (x - 0.98 * s, y - 0.74 * s), (x - 0.82 * s, y - 0.8 * s)]
        pen.polygon([*spout, (x - 0.4 * s, y - 0.5 * s)], shade(colour, 0.88))
        pen.ellipse(x, y - 0.42 * s, 0.62 * s, 0.42 * s, colour)
        pen.ellipse(x, y - 0.78 * s, 0.34 * s, 0.1 * s, shade(colour, 0.86))
        pen.ellipse(x, y - 0.91 * s, 0.08 * s, 0.09 * s, shade(colour, 0.7))
        pen.ellipse(x - 0.26 * s, y - 0.56 * s, 0.1 * s, 0.13 * s, shade(colour, 1.3))

    return paint


def jar(x: float, y: float, s: float, colour: Colour) -> Paint:
    """A preserving jar with a lid."""

    def paint(pen: Pen) -> None:
        pen.rectangle(x - 0.34 * s, y - 0.84 * s, 0.68 * s, 0.84 * s, (206, 226, 230), 0.12 * s)
        pen.rectangle(x - 0.3 * s, y - 0.62 * s, 0.6 * s, 0.58 * s, colour, 0.1 * s)
        pen.rectangle(x - 0.22 * s, y - 0.46 * s, 0.44 * s, 0.24 * s, WHITE, 0.03 * s)
        pen.rectangle(x - 0.3 * s, y - s, 0.6 * s, 0.18 * s, STEEL, 0.04 * s)

    return paint


def book(x: float, y: float, s: float, colour: Colour) -> Paint:
    """A book that stands, its spine to the front; a third as wide as it is high."""

    def paint(pen: Pen) -> None:
        pen.rectangle(x - 0.15 * s, y - s, 0.3 * s, s, colour, 0.03 * s)
        pen.rectangle(x - 0.15 * s, y - 0.88 * s, 0.3 * s, 0.06 * s, shade(colour, 1.35))
        pen.rectangle(x - 0.15 * s, y - 0.2 * s, 0.3 * s, 0.06 * s, shade(colour, 1.35))

    return paint


def plant(x: float, y: float, s: float, colour: Colour) -> Paint:
    """A pot plant."""

    def paint(pen: Pen) -> None:
        leaves = ((-0.3, 0.62, -0.05), (0.3, 0.62, 0.05), (-0.16, 0.86, 0), (0.16, 0.86, 0), (0, 0.96, 0))
        for number, (dx, dy, _) in enumerate(leaves):
            green = shade((86, 148, 88), 0.86 + 0.08 * number)
            pen.polygon([(x, y - 0.34 * s), (x + (dx - 0.1) * s, y - (dy - 0.12) * s), (x + dx * s, y - dy * s)], green)
            pen.polygon([(x, y - 0.34 * s), (x + (dx + 0.1) * s, y - (dy - 0.12) * s), (x + dx * s, y - dy * s)], green)
        pot = [(x + dx * s, y - dy * s) for dx, dy in ((-0.26, 0.4), (0.26, 0.4), (0.18, 0), (-0.18, 0))]
        pen.polygon(pot, colour)
        pen.rectangle(x - 0.29 * s, y - 0.44 * s, 0.58 * s, 0.1 * s, shade(colour, 0.88), 0.02 * s)

    return paint


def spoon(frame: Turned) -> Paint:
    """A spoon that lies in a turned rectangle, its bowl to the left."""

    def paint(pen: Pen) -> None:
        handle = [frame.place(across, down) for across, down in ((0.2, 0.42), (1, 0.3), (1, 0.7), (0.2, 0.58))]
        pen.polygon(handle, STEEL)
        pen.polygon(frame.oval(0.17, 0.5, 0.17, 0.5), STEEL)
        pen.polygon(frame.oval(0.17, 0.5, 0.12, 0.34), shade(STEEL, 0.84))

    return paint


def cookbook(frame: Turned, colour: Colour) -> Paint:
    """A closed book that lies in a turned rectangle."""

    def corners(left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
        return [frame.place(*corner) for corner in ((left, top), (right, top), (right, bottom), (left, bottom))]

    def paint(pen: Pen) -> None:
        pen.polygon(corners(0, 0, 1, 1), colour)
        pen.polygon(corners(0, 0, 0.1, 1), shade(colour, 0.78))
        pen.polygon(corners(0.26, 0.2, 0.86, 0.4), WHITE)
        pen.polygon(corners(0.26, 0.5, 0.62, 0.58), shade(colour, 1.35))

    return paint


def _wheels(pen: Pen, y: float, radius: float, *centres: float) -> None:
    for x in centres:
        pen.ellipse(x, y - radius, radius, radius, DARK)
        pen.ellipse(x, y - radius, radius * 0.45, radius * 0.45, STEEL)


def car(x: float, y: float, s: float, colour: Colour) -> Paint:
    """A car from its left side, about twice as long as high."""

    def paint(pen: Pen) -> None:
        cabin = [(-0.62, 0.62), (-0.34, 0.98), (0.38, 0.98), (0.74, 0.62)]
        pen.polygon([(x + dx * s, y - dy * s) for dx, dy in cabin], shade(colour, 0.88))
        glass = (196, 222, 232)
        pen.polygon([(x + dx * s, y - dy * s) for dx, dy in ((-0.5, 0.64), (-0.28, 0.9), (0, 0.9), (0, 0.64))], glass)
        pen.polygon(
            [(x + dx * s, y - dy * s) for dx, dy in ((0.06, 0.64), (0.06, 0.9), (0.34, 0.9), (0.6, 0.64))], glass
        )
        pen.rectangle(x - 1.1 * s, y - 0.66 * s, 2.2 * s, 0.48 * s, colour, 0.16 * s)
        pen.rectangle(x - 1.1 * s, y - 0.5 * s, 0.12 * s, 0.14 * s, (252, 222, 122), 0.04 * s)
        _wheels(pen, y, 0.24 * s, x - 0.64 * s, x + 0.64 * s)

    return paint


def lorry(x: float, y: float, s: float, colour: Colour) -> Paint:
    """A lorry from its left side: cab, box and three axles."""

    def paint(pen: Pen) -> None:
        pen.rectangle(x - 0.62 * s, y - s, 1.72 * s, 0.84 * s, (236, 232, 224), 0.03 * s)
        pen.rectangle(x - 0.62 * s, y - 0.62 * s, 1.72 * s, 0.14 * s, colour)
        pen.rectangle(x - 1.1 * s, y - 0.78 * s, 0.46 * s, 0.64 * s, colour, 0.08 * s)
        pen.rectangle(x - 1.04 * s, y - 0.7 * s, 0.26 * s, 0.24 * s, (196, 222, 232), 0.03 * s)
        pen.rectangle(x - 1.1 * s, y - 0.2 * s, 2.2 * s, 0.08 * s, DARK)
        _wheels(pen, y, 0.16 * s, x - 0.84 * s, x + 0.5 * s, x + 0.86 * s)

    return paint


def bus(x: float, y: float, s: float, colour: Colour) -> Paint:
    """A bus from its left side."""

    def paint(pen: Pen) -> None:
        pen.rectangle(x - 1.2 * s, y - s, 2.4 * s, 0.86 * s, colour, 0.1 * s)
        for number in range(5):
            pen.rectangle(x + (-1.12 + 0.4 * number) * s, y - 0.86 * s, 0.34 * s, 0.32 * s, (196, 222, 232), 0.03 * s)
        pen.rectangle(x + 0.88 * s, y - 0.86 * s, 0.24 * s, 0.66 * s, shade(colour, 0.8), 0.03 * s)
        pen.rectangle(x - 1.2 * s, y - 0.42 * s, 2.08 * s, 0.07 * s, WHITE)
        _wheels(pen, y, 0.19 * s, x - 0.76 * s, x + 0.62 * s)

    return paint


def traffic_light(x: float, y: float, s: float, colour: Colour) -> Paint:
    """A traffic light on its pole; `colour` is the lamp that is lit."""
    lamps = ((214, 74, 66), (236, 178, 64), (92, 176, 100))

    def paint(pen: Pen) -> None:
        pen.rectangle(x - 0.03 * s, y - 0.6 * s, 0.06 * s, 0.6 * s, (92, 92, 100))
        pen.rectangle(x - 0.12 * s, y - s, 0.24 * s, 0.5 * s, DARK, 0.06 * s)
        for number, lamp in enumerate(lamps):
            lit = lamp if lamp == colour else shade(lamp, 0.4)
            pen.ellipse(x, y - (0.91 - 0.16 * number) * s, 0.07 * s, 0.07 * s, lit)

    return paint


def person(x: float, y: float, s: float, colour: Colour) -> Paint:
    """Somebody who stands."""

    def paint(pen: Pen) -> None:
        pen.rectangle(x - 0.13 * s, y - 0.46 * s, 0.11 * s, 0.46 * s, (66, 74, 104), 0.03 * s)
        pen.rectangle(x + 0.02 * s, y - 0.46 * s, 0.11 * s, 0.46 * s, (56, 64, 94), 0.03 * s)
        pen.rectangle(x - 0.2 * s, y - 0.8 * s, 0.4 * s, 0.42 * s, colour, 0.1 * s)
        pen.ellipse(x, y - 0.89 * s, 0.11 * s, 0.11 * s, (224, 172, 136))
        pen.ellipse(x, y - 0.94 * s, 0.11 * s, 0.07 * s, (84, 58, 46))

    return paint
