"""How many upvotes a drawn meme got: what is in it has a planted effect, luck has a long tail."""

import math
import random

from mse_site.demo.communities import Community
from mse_site.demo.truth import Truth, weigh

# Added to the logarithm of the upvotes: +0.69 doubles them, -0.69 halves them.
EFFECTS = {
    "thing:cat": 1.0,
    "thing:dog": 0.8,
    "kind:animal": 0.5,
    "word:happy": 0.4,
    "kind:face": 0.3,
    "place:space": 0.7,
    "layout:comparison": 0.5,
    "layout:plain": -0.4,
    "layout:poster": -0.3,
    "word:insect": -0.8,
    "word:vegetable": -0.6,
    "word:work": -0.4,
    "moving": 0.6,
    "colour:grey": -0.4,
}
# What a repost keeps of the votes its original would get.
REPOST_EFFECT = -0.9
# One post in this many goes round the world.
VIRAL_ODDS = 40


def draw_upvotes(truth: Truth, community: Community, rng: random.Random, *, is_repost: bool = False) -> int:
    """Upvotes: log-normal around the planted effect, and now and then ten times as many."""
    level = math.log(community.members / 600) + weigh(truth, EFFECTS) + (REPOST_EFFECT if is_repost else 0.0)
    luck = rng.gauss(0, 0.75) + (rng.expovariate(0.8) + 1 if rng.random() < 1 / VIRAL_ODDS else 0.0)
    return max(0, round(math.exp(level + luck)))
