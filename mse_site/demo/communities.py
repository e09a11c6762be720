"""Where the memes of the demo are posted: four sources, their communities and the people who post there."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from mse_site.demo.glyphs import load_glyphs


@dataclass(frozen=True, slots=True)
class Community:
    """A corner of a source with its own subjects; members decides how many votes there are to be had."""

    name: str
    categories: tuple[str, ...]
    places: tuple[str, ...]
    members: int


@dataclass(frozen=True, slots=True)
class DrawnSource:
    """A site that memes are taken from."""

    slug: str
    title: str
    communities: tuple[Community, ...]


SOURCES = (
    DrawnSource(
        "boardwalk",
        "The Boardwalk",
        (
            Community("animals_being_odd", ("animal",), ("meadow", "forest", "room", "space"), 90_000),
            Community("snack_time", ("food", "drink"), ("room", "beach", "meadow"), 40_000),
        ),
    ),
    DrawnSource(
        "nebula",
        "Nebula",
        (
            Community("lost_in_space", ("animal", "vehicle", "weather", "face"), ("space", "sky", "city"), 60_000),
            Community("school_of_hard_facts", ("object", "activity", "face"), ("classroom", "space", "stage"), 25_000),
        ),
    ),
    DrawnSource(
        "campfire",
        "Campfire",
        (
            Community("office_hours", ("face", "object", "person", "symbol"), ("room", "city", "classroom"), 70_000),
            Community(
                "out_of_doors", ("plant", "weather", "animal", "vehicle"), ("forest", "snow", "beach", "desert"), 30_000
            ),
        ),
    ),
    DrawnSource(
        "kitchen-sink",
        "Kitchen Sink",
        (
            Community(
                "everything_else",
                ("symbol", "building", "object", "food", "person"),
                ("road", "city", "sunset"),
                50_000,
            ),
            Community("sunday_league", ("activity", "person", "vehicle"), ("stage", "road", "snow", "meadow"), 20_000),
        ),
    ),
)

# Everyday things are posted far more often than others, as anywhere.
FAVOURITES = (
    "cat", "dog", "tears of joy", "fire", "pizza", "skull", "frog", "sobbing face", "thinking face", "coffee", "rocket",
    "robot", "clown", "alien", "cool face", "duck", "angry face", "penguin", "unicorn", "burger", "shrug", "laptop", "eyes",
    "chart going up", "octopus", "ghost", "cookie", "car", "party face", "exploding head",
)  # fmt: skip

AUTHORS = (
    "tealeaf", "old_socket", "mango_mike", "quietstorm", "pixelpete", "nora_b", "lumen", "bytebaker", "sir_loin", "wendell",
    "half_past_nine", "okapi", "tin_whistle", "marzipan", "draughty", "juniper", "ninepins", "crumpet", "velcro_shoes",
    "moss", "anna_log", "kettle", "second_breakfast", "upside_dan", "pond_life", "zigzag", "quince", "lamp_post", "bobbin",
    "rubber_duck",
)  # fmt: skip


@cache
def _names_by_category() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for glyph in load_glyphs():
        found.setdefault(glyph.category, []).append(glyph.name)
    return {category: tuple(names) for category, names in found.items()}


def choose_names(community: Community, count: int, rng: random.Random) -> tuple[str, ...]:
    """Different things that this community would post, everybody's favourites among them."""
    known = {glyph.name for glyph in load_glyphs()}
    favourites: Sequence[str] = [name for name in FAVOURITES if name in known]
    chosen: list[str] = []
    while len(chosen) < count:
        drawn = rng.random()
        if drawn < 0.3:
            name = rng.choice(favourites)
        elif drawn < 0.8:
            name = rng.choice(_names_by_category()[rng.choice(community.categories)])
        else:
            name = rng.choice(_names_by_category()[rng.choice(list(_names_by_category()))])
        if name not in chosen:
            chosen.append(name)
    return tuple(chosen)
