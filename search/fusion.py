"""Several orders of the same memes made into one: reciprocal rank fusion."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from search.sidecar.terms import Ids

# Of the source; it says that the difference between the first and the tenth place of one order matters little.
K = 60


def reciprocal_ranks(ids: Ids, ranking: Sequence[int], k: int = K) -> npt.NDArray[np.float64]:
    """1 / (k + place) of each of `ids` (n,) in `ranking`, which begins with place 1; 0 where it is not in it."""
    places = {meme_id: place for place, meme_id in enumerate(ranking, 1)}
    return np.array([1 / (k + places[meme_id]) if meme_id in places else 0.0 for meme_id in ids.tolist()])


def fuse(ids: Ids, *others: Sequence[int]) -> Ids:
    """Indices (n,) that put `ids`, best first, into the order that `others` have a say in as well.

    Each ranking gives every meme in it 1 / (60 + place), and the sums decide; equal sums stay in the order of `ids`. What
    `others` have beyond `ids` is ignored. Source: G. V. Cormack, C. L. A. Clarke and S. Büttcher, "Reciprocal Rank Fusion
    Outperforms Condorcet and Individual Rank Learning Methods" (SIGIR 2009).
    """
    sums = 1 / (K + np.arange(1, len(ids) + 1))
    for ranking in others:
        sums += reciprocal_ranks(ids, ranking)
    order: Ids = np.argsort(-sums, kind="stable")
    return order
