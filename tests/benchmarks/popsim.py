"""Drawn posts: upvotes that depend on the picture a little, and on the community, the month and chance a lot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.benchmarks.prefsim import CLUSTERS, MEMES, Array, Indices, World, utility

COMMUNITIES, MONTHS = 20, 24
# Standard deviations of the logarithm of upvotes: of what the picture is worth, of communities, of months beside their growth.
OF_PICTURE, OF_COMMUNITY, OF_MONTH, GROWTH = 0.6, 1.5, 0.5, 1.5
# Chance: Student's t, whose outliers are what goes around the world.
FREEDOM, OF_CHANCE = 3, 0.7
AT_HOME = 0.5  # so many pictures are posted in the community of their cluster: a community likes some kinds of pictures


@dataclass(frozen=True, eq=False)
class Posts:
    """One post of each meme of the world: `worth` (MEMES,), what was planted, `upvotes`, and where and when it was posted."""

    vectors: Array
    worth: Array
    communities: Indices
    months: Indices
    upvotes: Array


def draw_posts(seed: int) -> Posts:
    world, rng = World(seed), np.random.default_rng([9, seed])
    worth = utility(world, rng)
    sizes = np.arange(1, COMMUNITIES + 1) ** -1.0
    sizes /= sizes.sum()
    homes = rng.choice(COMMUNITIES, CLUSTERS, p=sizes)
    elsewhere = rng.choice(COMMUNITIES, MEMES, p=sizes)
    communities = np.where(rng.random(MEMES) < AT_HOME, homes[world.clusters], elsewhere)
    months = rng.integers(0, MONTHS, MEMES)
    of_community = rng.standard_normal(COMMUNITIES) * OF_COMMUNITY
    of_month = np.linspace(0, GROWTH, MONTHS) + rng.standard_normal(MONTHS) * OF_MONTH
    chance = rng.standard_t(FREEDOM, MEMES) * OF_CHANCE
    logarithm = 3 + OF_PICTURE * worth + of_community[communities] + of_month[months] + chance
    return Posts(world.vectors, worth, communities, months, np.floor(np.exp(logarithm)))
