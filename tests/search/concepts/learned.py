"""A library of planted factors whose concepts are learned once, and put into the database of each test."""

from functools import cache

import numpy as np
from django.contrib.auth.models import User

from search.concepts import packing
from search.models import Concept, ConceptActivations, ConceptModel, ConceptPortrait, EmbeddingSpace
from tests.search.planted import plant, plant_space

DIMS, FACTORS = 32, 24
LABELS = ("cat", "grumpy cat", "dog", "unnamed-3", "space")


@cache
def factors() -> np.ndarray:
    rows = np.random.default_rng(3).standard_normal((FACTORS, DIMS))
    found: np.ndarray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return found


def vectors(count: int, seed: int = 0) -> np.ndarray:
    """(count, DIMS) of unit norm, two factors each."""
    rng = np.random.default_rng(seed)
    chosen = np.stack([rng.choice(FACTORS, 2, replace=False) for _ in range(count)])
    rows = factors()[chosen].sum(axis=1) + 0.05 * rng.standard_normal((count, DIMS))
    found: np.ndarray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return found


def known(space: EmbeddingSpace, **changes: object) -> ConceptModel:
    """A dictionary as if it had been learned: the first factors are its concepts, called as LABELS."""
    facts = {"unexplained": 0.2, "dead": 0.0, "active": 2.0, "histogram": [0, 1, 2], "losses": [1.0, 0.4, 0.2],
             "losses_every": 10, "measured": 9, "curve": [{"active": 1, "unexplained": 0.5, "components": 0.8},
             {"active": 2, "unexplained": 0.2, "components": 0.7}]}  # fmt: skip
    values = {"state": "active", "latents": 8, "active": 2, "memes": 9, "facts": facts, "step": 9, "steps": 9}
    components = factors()[10:14].astype("<f2").tobytes()
    model = ConceptModel.objects.create(space=space, components=components, **{**values, **changes})  # type: ignore[misc]  # by name
    for latent, label in enumerate(LABELS):
        name = "" if label.startswith("unnamed") else label
        concept = Concept.objects.create(
            model=model, latent=latent, label=label, name=name, match=6.0, margin=1.0, frequency=0.5 / (latent + 1),
            direction=factors()[latent],
        )  # fmt: skip
        ConceptPortrait.objects.create(
            concept=concept,
            strongest=[],
            farthest=[],
            histogram=[3, 2, 1],
            highest=2.0,
            near=[(latent + 1) % 5],
            opposite=4,
        )
    return model


def seen(model: ConceptModel, meme_id: int, **values: float) -> None:
    """Say what is seen in a meme, `_0=1.5` being latent 0."""
    latents = np.array([int(name[1:]) for name in values], np.int64)
    packed = packing.pack(latents, np.array(list(values.values()), np.float32))
    ConceptActivations.objects.create(model=model, meme_id=meme_id, packed=packed)


def library(count: int = 9, owner: User | None = None) -> tuple[ConceptModel, list[int]]:
    """Memes of two factors, of which the model knows the first ones."""
    space = plant_space(dims=DIMS)
    return known(space), plant(space, vectors(count), owner=owner)
