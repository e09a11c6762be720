"""How many concepts a library can fill, and how long learning them takes."""

import math

from search.sae.model import Config
from search.sae.train import Schedule

MEMES_EACH = 16  # for every latent
LEAST, MOST, MOST_WITHOUT_GPU = 64, 65_536, 8192  # latents; more would take a processor hours
EPOCHS = 15
FEWEST_STEPS, MOST_STEPS = 1500, 60_000
# Latents up to so many, and how many of them are active in a meme.
ACTIVE = ((256, 8), (2048, 16), (8192, 24), (MOST, 32))


def config_for(memes: int, dims: int, *, has_gpu: bool) -> Config:
    """A power of two of latents, one for every `MEMES_EACH` memes within the limits."""
    fitting = 2 ** int(math.log2(max(memes / MEMES_EACH, 1)))
    latents = min(max(fitting, LEAST), MOST if has_gpu else MOST_WITHOUT_GPU)
    k = next(active for most, active in ACTIVE if latents <= most)
    # A latent that a tenth of the training has not woken is helped.
    return Config(dims, latents, k, dead_after=max(4 * memes, 20_000))


def schedule_for(memes: int) -> Schedule:
    batch = Schedule().batch
    return Schedule(steps=min(max(EPOCHS * memes // batch, FEWEST_STEPS), MOST_STEPS), batch=batch)
