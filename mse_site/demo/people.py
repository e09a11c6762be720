"""Three people with planted tastes, so that a learned taste can be held against the one that was really there."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass

from mse_site.demo.truth import Truth, weigh

PASSWORD = "meme-demo"  # printed for everybody to see; the demo listens on this machine alone

# What makes a picture good on an axis whoever looks, before anybody's own taste.
AXES: dict[str, Mapping[str, float]] = {
    "useful": {
        "layout:labels": 0.8,
        "layout:comparison": 0.8,
        "layout:plain": -0.6,
        "place:classroom": 0.6,
        "kind:face": 0.5,
    },
    "meme": {"layout:macro": 0.9, "layout:reaction": 0.9, "layout:plain": -1.0, "kind:face": 0.6, "moving": 0.4},
    "aesthetic": {
        "place:space": 0.8,
        "place:sunset": 0.8,
        "layout:poster": 0.5,
        "layout:macro": -0.5,
        "colour:brown": -0.7,
    },
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose taste is a weight for each fact of a picture, the same on every axis; noise makes them human."""

    username: str
    summary: str
    weights: Mapping[str, float]
    noise: float


PEOPLE = (
    Person(
        "alice",
        "animals, and anything in space; no insects, no machines",
        {"kind:animal": 1.6, "place:space": 1.2, "thing:cat": 0.8, "word:insect": -2.0, "kind:vehicle": -1.0,
         "word:device": -1.0},
        noise=0.5,
    ),
    Person(
        "bob",
        "food and faces, the louder the better; bored by nature",
        {"kind:food": 1.4, "kind:face": 1.2, "layout:macro": 0.8, "colour:red": 0.6, "kind:plant": -1.2, "layout:plain": -1.0,
         "place:forest": -0.8},
        noise=0.7,
    ),
    Person(
        "carol",
        "quiet pictures: plants, weather, blue and green; nothing gross or evil",
        {"kind:plant": 1.4, "kind:weather": 1.2, "colour:blue": 0.8, "colour:green": 0.8, "layout:plain": 0.8,
         "word:disgusted": -2.0, "word:monster": -1.2, "layout:macro": -0.8},
        noise=0.6,
    ),
)  # fmt: skip


def utility(person: Person, axis: str, truth: Truth) -> float:
    """How good this person finds the picture on the axis, without noise; differences are log-odds of preferring."""
    return weigh(truth, AXES[axis]) + weigh(truth, person.weights)


def prefers_left(person: Person, axis: str, left: Truth, right: Truth, rng: random.Random) -> bool:
    """One answer: Bradley-Terry on the utilities, the odds flattened by the person's noise."""
    margin = (utility(person, axis, left) - utility(person, axis, right)) / person.noise
    return rng.random() < 1 / (1 + math.exp(-margin))
