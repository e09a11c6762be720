"""What a query scores with memes that it is not about, told from a sample of the index."""

import numpy as np
import numpy.typing as npt

from search.sidecar.terms import Background, Ids

# Of 1,024 scores the quantile below is known to about a tenth of a standard deviation; comparing them takes 0.2 ms.
SAMPLE = 1024
# Hashes are below this prime: products of two of them fit 64 bits, in Postgres too.
PRIME = 2**31 - 1
FIRST, SECOND, SHIFT = 1_181_783_497, 1_082_520_049, 15  # tried: their hashes pass a chi-squared test at every step
# The share of a normal distribution that lies below its mean plus one standard deviation.
ONE_ABOVE = 0.8413447460685429


def hash_keys(keys: npt.NDArray[np.int64]) -> Ids:
    """(n,) keys of vectors -> (n,) int64 below PRIME; neighbours do not stay neighbours.

    Two rounds of h(x) = ax mod p from Carter and Wegman, "Universal Classes of Hash Functions" (1979); between them the
    upper half of the bits is mixed into the lower one.
    """
    hashed = keys % PRIME * FIRST % PRIME
    mixed: Ids = (hashed ^ (hashed >> SHIFT)) * SECOND % PRIME
    return mixed


def hash_key(key: int) -> int:
    """One of `hash_keys`, without the detour through an array."""
    hashed = key % PRIME * FIRST % PRIME
    return (hashed ^ (hashed >> SHIFT)) * SECOND % PRIME


def measure(scores: npt.NDArray[np.floating], total: int) -> Background:
    """The median of a sample's scores (n,), and how far one standard deviation of chance reaches above it.

    The spread is the distance from the median to the 0.841 quantile, robust while no more than a sixth of the sample is
    what the query is about. The upper half alone counts, because chance is seldom as wide on both sides. After B. Efron,
    "Large-Scale Simultaneous Hypothesis Testing: The Choice of a Null Hypothesis" (2004). `total` is passed on.
    """
    if not len(scores):
        return Background(0.0, 0.0, 0, total)
    centre, above = np.quantile(scores, [0.5, ONE_ABOVE])
    return Background(float(centre), float(above - centre), len(scores), total)
