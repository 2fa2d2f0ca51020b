"""Twelve scenes: a kitchen's table and shelves, and the street before its window."""

from random import Random

from pen import WHITE, Colour, Scene, Turned, shade
from things import (
    Paint,
    apple,
    book,
    bowl,
    bus,
    car,
    cookbook,
    jar,
    lorry,
    mug,
    person,
    plant,
    plate,
    spoon,
    teapot,
    traffic_light,
)

PAINTS: tuple[Colour, ...] = (
    (214, 96, 82),
    (74, 132, 168),
    (232, 178, 84),
    (108, 158, 116),
    (152, 112, 160),
    (222, 138, 100),
    (84, 108, 150),
)
REDS: tuple[Colour, ...] = ((206, 66, 62), (150, 182, 84), (228, 168, 70))
LIT: tuple[Colour, ...] = ((214, 74, 66), (236, 178, 64), (92, 176, 100))
SKIES: tuple[Colour, ...] = ((186, 218, 234), (244, 214, 190), (206, 204, 226), (198, 226, 220))


def all_scenes() -> list[Scene]:
    """Every picture, drawn; the same at every run."""
    tables = [table(f"table-{n}", *size) for n, size in enumerate(((640, 480), (480, 640), (640, 480), (720, 480)), 1)]
    shelves = [shelf(f"shelf-{n}", *size) for n, size in enumerate(((640, 480), (640, 480), (480, 640), (640, 512)), 1)]
    streets = [street(f"street-{n}", 640, 480, SKIES[n - 1]) for n in range(1, 5)]
    return [*tables, *shelves, *streets]


def table(name: str, width: int, height: int) -> Scene:
    """A table top with things standing and lying on it, the nearer ones larger."""
    random = Random(name)  # noqa: S311 - drawings, not secrets
    scene = Scene(name, width, height, "A kitchen table with mugs, plates and spoons on it.")
    wall, wood = random.choice(SKIES), (202, 156, 112)
    scene.ground.rectangle(0, 0, width, height, shade(wall, 0.98))
    for tile in range(0, width, 60):
        scene.ground.rectangle(tile, 0, 3, height * 0.34, shade(wall, 0.92))
    scene.ground.rectangle(0, height * 0.34, width, height, wood)
    for plank in range(1, 5):
        scene.ground.rectangle(0, height * (0.34 + 0.14 * plank), width, 3, shade(wood, 0.9))
    rows = 3 if width > height else 5
    for row in range(rows):
        _table_row(scene, random, height * (0.47 + 0.49 * row / (rows - 1)), 1.05 + 0.5 * row / (rows - 1))
    return scene


def _table_row(scene: Scene, random: Random, y: float, nearness: float) -> None:
    places = 3 if scene.width < scene.height else 4
    for place in range(places):
        x = scene.width * (place + 0.5) / places + random.uniform(-12, 12)
        _on_table(scene, random, x, y + random.uniform(-8, 8), nearness)


def _on_table(scene: Scene, random: Random, x: float, y: float, near: float) -> None:
    kind = random.choice(("mug", "mug", "plate", "bowl", "apple", "spoon", "spoon", "teapot", "book"))
    colour = random.choice(PAINTS)
    if kind == "spoon":
        frame = Turned(x - 40 * near, y - 30 * near, 96 * near, 20 * near, random.uniform(-25, 40))
        scene.put("spoon", spoon(frame), turned=frame)
    elif kind == "book":
        frame = Turned(x - 30 * near, y - 44 * near, 84 * near, 58 * near, random.uniform(-18, 24))
        scene.put("book", cookbook(frame, colour), turned=frame)
    elif kind == "plate":
        scene.shadow(x + 4, y - 12 * near, 60 * near, 20 * near)
        scene.put("plate", plate(x, y, 56 * near, shade(WHITE, random.uniform(0.92, 1))))
        if random.random() < 0.6:
            scene.put("apple", apple(x, y - 14 * near, 34 * near, random.choice(REDS)))
    else:
        sizes = {"mug": 58, "bowl": 52, "apple": 36, "teapot": 68}
        paints = {"mug": mug, "bowl": bowl, "apple": apple, "teapot": teapot}
        size = sizes[kind] * near
        scene.shadow(x + 6, y - 2, size * 0.6, size * 0.14)
        scene.put(kind, paints[kind](x, y, size, random.choice(REDS) if kind == "apple" else colour))


def shelf(name: str, width: int, height: int) -> Scene:
    """Boards with crockery, jars, books and plants, side by side."""
    random = Random(name)  # noqa: S311 - drawings, not secrets
    scene = Scene(name, width, height, "Kitchen shelves with jars, books and crockery.")
    wall = random.choice(SKIES)
    scene.ground.rectangle(0, 0, width, height, shade(wall, 1.03))
    boards = 3 if width > height else 4
    for board in range(boards):
        y = height * (board + 0.86) / boards
        scene.ground.rectangle(0, y, width, 12, (176, 128, 88))
        scene.ground.rectangle(0, y + 12, width, 6, shade(wall, 0.88))
        _board(scene, random, y, height / boards * 0.66)
    return scene


def _board(scene: Scene, random: Random, y: float, room: float) -> None:
    x = random.uniform(14, 44)
    while True:
        kind = random.choice(("mug", "mug", "jar", "books", "plant", "teapot", "bowl"))
        half = {"mug": 0.45, "jar": 0.36, "books": 0.48, "plant": 0.42, "teapot": 0.95, "bowl": 0.6}[kind] * room
        if x + 2 * half > scene.width - 8:
            return
        _on_board(scene, random, kind, x + half, y, room)
        x += 2 * half + random.uniform(6, 26)


def _on_board(scene: Scene, random: Random, kind: str, x: float, y: float, room: float) -> None:
    colour = random.choice(PAINTS)
    if kind == "books":
        for number in range(3):
            size = room * random.uniform(0.84, 1)
            scene.put("book", book(x + (number - 1) * 0.31 * room, y, size, random.choice(PAINTS)))
        return
    paints: dict[str, Paint] = {
        "mug": mug(x - 0.07 * room, y, room * 0.7, colour),
        "jar": jar(x, y, room * 0.9, colour),
        "plant": plant(x, y, room, (196, 112, 82)),
        "teapot": teapot(x, y, room * 0.9, colour),
        "bowl": bowl(x, y, room * 0.7, colour),
    }
    scene.put(kind, paints[kind])


def street(name: str, width: int, height: int, sky: Colour) -> Scene:
    """Houses, a pavement with people and a light, and two lanes of traffic."""
    random = Random(name)  # noqa: S311 - drawings, not secrets
    scene = Scene(name, width, height, "A street with traffic in front of a row of houses.")
    scene.ground.rectangle(0, 0, width, height, sky)
    for number in range(5):
        _house(scene, random, number * 132 - 10, height * random.uniform(0.12, 0.24))
    scene.ground.rectangle(0, height * 0.56, width, height * 0.12, (204, 200, 194))
    scene.ground.rectangle(0, height * 0.68, width, height, (112, 114, 124))
    for dash in range(0, width, 84):
        scene.ground.rectangle(dash, height * 0.825, 44, 5, (226, 222, 206))
    _pavement(scene, random, height * 0.665)
    _traffic(scene, random, height * 0.79, 54)
    _traffic(scene, random, height * 0.975, 66)
    return scene


def _house(scene: Scene, random: Random, x: float, top: float) -> None:
    colour = shade(random.choice(PAINTS), random.uniform(1.05, 1.25))
    scene.ground.rectangle(x, top, 132, scene.height * 0.56 - top, colour)
    scene.ground.polygon([(x - 6, top), (x + 66, top - 46), (x + 138, top)], shade(colour, 0.7))
    for row in range(2):
        for column in range(3):
            scene.ground.rectangle(x + 16 + 38 * column, top + 22 + 62 * row, 24, 36, (232, 238, 236), 2)


def _pavement(scene: Scene, random: Random, y: float) -> None:
    scene.put("traffic light", traffic_light(scene.width - 60, y, 180, random.choice(LIT)))
    for _ in range(random.choice((2, 3))):
        x = random.uniform(150, scene.width - 130)
        scene.put("person", person(x, y - random.uniform(0, 14), 92, random.choice(PAINTS)))
    if scene.name == "street-2":
        queue = [person(40 + 26 * number, y - number % 2 * 8, 88, PAINTS[number]) for number in range(5)]
        scene.put("person", lambda pen: [paint(pen) for paint in queue], crowd=True)


def _traffic(scene: Scene, random: Random, y: float, size: float) -> None:
    x = random.uniform(-30, 60)
    while x < scene.width - 70:
        kind = random.choice(("car", "car", "lorry", "bus"))
        height = size if kind == "car" else size * 1.3
        length = {"car": 1.1, "lorry": 1.1, "bus": 1.2}[kind] * height
        x += length
        scene.shadow(x, y - 2, length, 7)
        paint = {"car": car, "lorry": lorry, "bus": bus}[kind]
        scene.put(kind, paint(x, y, height, random.choice(PAINTS)))
        x += length + random.uniform(14, 60)
