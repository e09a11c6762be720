"""Where the pictures of the demo take place: plain colours with a pattern, and fourteen places."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from mse_site.demo.colours import COLOURS, RGB, shade, vary
from mse_site.demo.painting import (
    Canvas,
    blobs,
    clouds,
    dots,
    hills,
    paint,
    peaks,
    rays,
    rings,
    speckles,
    stars,
    stripes,
)

# A place: its name, and the other words people use for it.
PLACES: dict[str, tuple[str, ...]] = {
    "space": ("outer space", "galaxy", "the universe", "among the stars"),
    "underwater": ("under the sea", "under water", "deep sea", "the ocean floor"),
    "beach": ("the beach", "seaside", "the coast", "sandy beach"),
    "sunset": ("at sunset", "dusk", "evening sky", "sundown"),
    "city": ("city at night", "downtown", "the streets", "skyline"),
    "forest": ("the woods", "woods", "among trees", "woodland"),
    "desert": ("the desert", "dunes", "sand dunes", "the sahara"),
    "snow": ("in the snow", "winter", "snowy mountains", "the arctic"),
    "sky": ("in the sky", "blue sky", "among clouds", "up in the air"),
    "meadow": ("a meadow", "grass", "field", "green hills"),
    "room": ("living room", "indoors", "at home", "inside a house"),
    "stage": ("on stage", "theatre", "spotlight", "the spotlight"),
    "road": ("on the road", "street", "highway", "the highway"),
    "classroom": ("blackboard", "school room", "chalkboard", "at school"),
}

_PATTERNS: tuple[Callable[[Canvas, RGB], None], ...] = (rays, dots, stripes, rings, blobs)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is behind the things: one colour or one place, and the seed of its details."""

    seed: int
    colour: str = ""
    place: str = ""

    @property
    def name(self) -> str:
        return self.colour or self.place


def choose_scene(rng: random.Random, *, place_share: float = 0.5) -> Scene:
    """A colour or a place by chance."""
    seed = rng.getrandbits(32)
    if rng.random() < place_share:
        return Scene(seed, place=rng.choice(list(PLACES)))
    return Scene(seed, colour=rng.choice(list(COLOURS)))


def draw_scene(scene: Scene, size: tuple[int, int]) -> Image.Image:
    """The scene at this size in pixels: the same seed gives the same picture."""
    rng = random.Random(scene.seed)
    if scene.colour:
        return _draw_colour(vary(COLOURS[scene.colour], rng), size, rng)
    top, bottom, strokes = _PLACE_PAINTERS[scene.place]
    return paint(size, vary(top, rng), vary(bottom, rng), rng, strokes)


def _draw_colour(colour: RGB, size: tuple[int, int], rng: random.Random) -> Image.Image:
    pattern = rng.choice((None, None, *_PATTERNS))
    # Black can only get lighter and white only darker; the step is small so that the colour keeps its name.
    step = 0.09 if max(colour) < 60 else (-0.07 if min(colour) > 220 else rng.choice((-0.16, 0.16)))
    top, bottom = (colour, shade(colour, step)) if rng.random() < 0.5 else (shade(colour, step / 2), colour)
    accent = shade(colour, -step)

    def strokes(canvas: Canvas) -> None:
        if pattern is not None:
            pattern(canvas, accent)

    return paint(size, top, bottom, rng, strokes)


def _space(canvas: Canvas) -> None:
    rng = canvas.rng
    for _ in range(rng.randint(1, 3)):
        canvas.disc(rng.random(), rng.random(), rng.uniform(0.1, 0.3), vary((42, 24, 76), rng), flatness=0.5)
    stars(canvas, 90, 1.0)
    if rng.random() < 0.7:
        x, y, radius = rng.choice((0.1, 0.9)), rng.uniform(0.1, 0.9), rng.uniform(0.06, 0.14)
        planet = vary(rng.choice(((190, 90, 60), (90, 130, 190), (200, 170, 110))), rng)
        canvas.disc(x, y, radius, planet)
        canvas.disc(x + radius * 0.2, y - radius * 0.2, radius * 0.7, shade(planet, 0.15))


def _underwater(canvas: Canvas) -> None:
    rng = canvas.rng
    hills(canvas, vary((196, 178, 120), rng), 0.92, 0.02)
    for _ in range(rng.randint(4, 8)):
        x, tall = rng.random(), rng.uniform(0.1, 0.3)
        sway = rng.uniform(-0.04, 0.04)
        canvas.shape([(x - 0.015, 0.95), (x + sway, 0.95 - tall), (x + 0.015, 0.95)], vary((20, 120, 90), rng))
    for _ in range(rng.randint(12, 24)):
        canvas.disc(rng.random(), rng.random() * 0.9, rng.uniform(0.004, 0.014), (170, 220, 240))


def _beach(canvas: Canvas) -> None:
    rng = canvas.rng
    canvas.disc(rng.choice((0.15, 0.85)), 0.14, 0.08, (255, 236, 130))
    canvas.box(0, 0.5, 1, 0.75, vary((36, 150, 200), rng))
    for _ in range(12):
        x, y = rng.random(), rng.uniform(0.53, 0.68)
        canvas.box(x, y, x + 0.07, y + 0.006, (190, 230, 240))
    hills(canvas, (235, 245, 245), 0.7, 0.012)
    hills(canvas, vary((238, 212, 150), rng), 0.73, 0.015)
    speckles(canvas, (214, 184, 120), 60, 0.77, 0.004)


def _sunset(canvas: Canvas) -> None:
    rng = canvas.rng
    canvas.disc(rng.uniform(0.3, 0.7), 0.66, 0.15, (255, 226, 120))
    for _ in range(rng.randint(2, 5)):
        x, y, wide = rng.random(), rng.uniform(0.1, 0.5), rng.uniform(0.1, 0.25)
        canvas.disc(x, y, wide, vary((240, 120, 100), rng), flatness=0.12)
    peaks(canvas, (92, 40, 84), 0.85, 0.2)
    hills(canvas, (54, 24, 60), 0.83, 0.03)


def _city(canvas: Canvas) -> None:
    rng = canvas.rng
    stars(canvas, 25, 0.4)
    left = 0.0
    while left < 1:
        wide, tall = rng.uniform(0.08, 0.17), rng.uniform(0.3, 0.7)
        canvas.box(left, 1 - tall, left + wide - 0.01, 1, vary((34, 38, 66), rng))
        for row in range(int(tall / 0.055)):
            for column in range(int(wide / 0.035)):
                if rng.random() < 0.5:
                    x, y = left + 0.012 + column * 0.035, 1 - tall + 0.02 + row * 0.055
                    canvas.box(x, y, x + 0.015, y + 0.024, rng.choice(((255, 220, 120), (255, 240, 190), (60, 64, 96))))
        left += wide


def _forest(canvas: Canvas) -> None:
    rng = canvas.rng
    hills(canvas, vary((40, 92, 46), rng), 0.78, 0.03)
    for depth in (0.55, 0.7, 0.85):
        for _ in range(5):
            x, tall = rng.random(), rng.uniform(0.3, 0.5)
            green = shade(vary((28, 98, 44), rng), 0.85 - depth)
            canvas.box(x - 0.012, depth, x + 0.012, depth + 0.07, (86, 56, 34))
            for tier in range(3):
                low, wide = depth - tall * tier / 4, 0.1 - 0.022 * tier
                canvas.shape([(x - wide, low), (x, low - tall / 2.4), (x + wide, low)], green)


def _desert(canvas: Canvas) -> None:
    rng = canvas.rng
    canvas.disc(rng.choice((0.18, 0.82)), 0.16, 0.09, (255, 246, 200))
    hills(canvas, vary((226, 176, 98), rng), 0.6, 0.07)
    hills(canvas, vary((214, 158, 78), rng), 0.72, 0.06)
    hills(canvas, vary((198, 138, 62), rng), 0.85, 0.05)


def _snow(canvas: Canvas) -> None:
    rng = canvas.rng
    peaks(canvas, vary((126, 146, 178), rng), 0.75, 0.42, cap=(250, 252, 255))
    hills(canvas, (236, 242, 250), 0.75, 0.03)
    hills(canvas, (250, 252, 255), 0.86, 0.03)
    for _ in range(50):
        canvas.disc(rng.random(), rng.random(), rng.uniform(0.003, 0.007), (255, 255, 255))


def _sky(canvas: Canvas) -> None:
    clouds(canvas, (244, 250, 255), 0.9)
    clouds(canvas, (255, 255, 255), 0.9)


def _meadow(canvas: Canvas) -> None:
    rng = canvas.rng
    clouds(canvas, (255, 255, 255), 0.3)
    hills(canvas, vary((120, 190, 80), rng), 0.58, 0.05)
    hills(canvas, vary((92, 172, 62), rng), 0.7, 0.04)
    for colour in ((250, 240, 120), (250, 160, 180), (250, 250, 250)):
        speckles(canvas, colour, 14, 0.72, 0.006)


def _room(canvas: Canvas) -> None:
    rng = canvas.rng
    canvas.box(0, 0.72, 1, 1, vary((150, 104, 66), rng))
    canvas.box(0, 0.7, 1, 0.725, (240, 236, 226))
    for board in range(1, 6):
        canvas.box(board / 6, 0.725, board / 6 + 0.004, 1, (124, 84, 52))
    x = rng.choice((0.08, 0.62))
    canvas.box(x, 0.12, x + 0.3, 0.48, (250, 248, 240))
    for pane_x, pane_y in ((0.015, 0.14), (0.155, 0.14), (0.015, 0.31), (0.155, 0.31)):
        canvas.box(x + pane_x, pane_y, x + pane_x + 0.13, pane_y + 0.155, (166, 212, 240))
    frame = 0.7 - x
    canvas.box(frame, 0.2, frame + 0.2, 0.4, (90, 60, 40))
    canvas.box(frame + 0.015, 0.217, frame + 0.185, 0.383, vary((200, 160, 120), rng, 40))


def _stage(canvas: Canvas) -> None:
    rng = canvas.rng
    beam = (238, 214, 150)
    x = rng.uniform(0.4, 0.6)
    canvas.box(0, 0.8, 1, 1, (92, 58, 36))
    canvas.shape([(x - 0.04, 0), (x + 0.04, 0), (x + 0.36, 0.86), (x - 0.36, 0.86)], (120, 84, 70))
    canvas.disc(x, 0.87, 0.37, beam, flatness=0.22)
    for fold in range(6):
        wide = 0.03
        for side in (fold * wide, 1 - (fold + 1) * wide):
            canvas.box(side, 0, side + wide, 0.84, (150, 20, 34) if fold % 2 else (184, 34, 46))


def _road(canvas: Canvas) -> None:
    rng = canvas.rng
    hills(canvas, vary((110, 160, 90), rng), 0.52, 0.03)
    canvas.shape([(0.46, 0.5), (0.54, 0.5), (1.1, 1), (-0.1, 1)], (74, 76, 82))
    for step in range(5):
        near, far = 0.55 + step * 0.1, 0.59 + step * 0.1
        wide = 0.004 + step * 0.004
        canvas.shape(
            [(0.5 - wide, near), (0.5 + wide, near), (0.505 + wide, far), (0.495 - wide, far)], (244, 226, 130)
        )


def _classroom(canvas: Canvas) -> None:
    rng = canvas.rng
    canvas.box(0, 0.84, 1, 1, vary((170, 130, 90), rng))
    canvas.box(0.05, 0.07, 0.95, 0.8, (140, 96, 58))
    canvas.box(0.075, 0.1, 0.925, 0.77, vary((34, 78, 62), rng))
    for _ in range(rng.randint(3, 6)):
        x, y, wide = rng.uniform(0.1, 0.6), rng.uniform(0.14, 0.7), rng.uniform(0.1, 0.3)
        canvas.box(x, y, x + wide, y + 0.008, (150, 180, 168))
    canvas.box(0.4, 0.77, 0.47, 0.785, (250, 250, 250))


_PLACE_PAINTERS: dict[str, tuple[RGB, RGB, Callable[[Canvas], None]]] = {
    "space": ((10, 10, 34), (28, 16, 60), _space),
    "underwater": ((46, 160, 200), (8, 54, 110), _underwater),
    "beach": ((120, 200, 244), (200, 232, 246), _beach),
    "sunset": ((96, 50, 130), (252, 156, 70), _sunset),
    "city": ((16, 20, 52), (66, 50, 110), _city),
    "forest": ((150, 200, 190), (206, 226, 180), _forest),
    "desert": ((110, 180, 226), (244, 222, 170), _desert),
    "snow": ((150, 190, 226), (226, 238, 248), _snow),
    "sky": ((74, 152, 232), (176, 216, 248), _sky),
    "meadow": ((110, 190, 244), (210, 236, 250), _meadow),
    "room": ((226, 206, 176), (236, 220, 196), _room),
    "stage": ((46, 16, 30), (70, 26, 40), _stage),
    "road": ((126, 188, 236), (216, 232, 240), _road),
    "classroom": ((226, 216, 196), (236, 228, 210), _classroom),
}
