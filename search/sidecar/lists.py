"""Which lists of codes a query looks into: those that are expected to hold its neighbours."""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from search.sidecar.halves import Halves
from search.sidecar.terms import Ids, Vector

# Of each list, to learn how wide it is: |difference|**2 is known to a few percent.
SURVEYED_IN_LIST = 32
# So many slots, up to so many for each list, tell how many of each list a filter lets through.
SAMPLED_SLOTS, SAMPLED_IN_LIST = 32_768, 100
# With fewer of them for each list the sample tells too little.
FEWEST_SAMPLED = 4
# The numbers expected above these scores, from the mean to the farthest, are compared with the number that is wanted.
STEPS = np.linspace(0, 1, 14, dtype=np.float32)
# Standard deviations above the mean of a list where none of its vectors is expected.
FARTHEST = 5.0
# The share of a normal distribution above z, from -TAIL_END to TAIL_END in steps.
TAIL_END, TAIL_STEPS = 8, 128
TAIL = np.array(
    [math.erfc(step / TAIL_STEPS / math.sqrt(2)) / 2 for step in range(-TAIL_END * TAIL_STEPS, TAIL_END * TAIL_STEPS)],
    np.float32,
)
# No list is expected to be wholly empty, and no logarithm infinite.
LEAST = np.float32(1e-9)


@dataclass(frozen=True, eq=False)
class Lists:
    """What is known of the lists, all in the turned axes of the codes.

    Vectors of a list are taken to lie around its centroid as a normal distribution does: as wide along each axis as the
    differences of all lists are on average, times the width of the list. A query's products with them are then normal, too.
    """

    centroids: Vector  # (lists, dims)
    sizes: Vector  # (lists,) how many vectors each holds
    widths: Vector  # (lists,) mean squared difference, 1 on average
    variances: Vector  # (dims,) of the differences
    sampled: Ids  # (n,) slots
    list_of_sampled: Ids  # (n,)

    def promising(
        self, query: Vector, results: float, missed: float, allowed: npt.NDArray[np.bool_] | None = None
    ) -> tuple[Ids, Vector]:
        """The lists that hold all but the share `missed` of the `results` best, as far as can be told, best first.

        query: (dims,) turned, of unit norm. allowed: (slots,), where not all may be found. Returns the lists (n,) and the
        query's products with their centroids (n,).
        """
        products = self.centroids @ query
        deviations = np.sqrt(self.widths * (query * query @ self.variances)) + LEAST
        sizes = self.sizes if allowed is None else self._allowed_sizes(allowed)
        score = None if missed <= 0 or sizes is None else _score_of_last(products, deviations, sizes, results)
        if score is None or sizes is None:
            order = np.argsort(-products)
            return order, products[order]
        expected = sizes * upper_tail((score - products) / deviations)
        order = np.argsort(-expected)
        left_out = np.cumsum(expected[order][::-1])[::-1]  # by whoever stops before each
        order = order[: max(int(np.count_nonzero(left_out > missed * left_out[0])), 1)]
        return order, products[order]

    def grown(self, sizes: Vector) -> "Lists":
        return replace(self, sizes=sizes)

    def _allowed_sizes(self, allowed: npt.NDArray[np.bool_]) -> Vector | None:
        """How many of each list are allowed, (lists,); None if the sample does not tell, as for what was added since."""
        picked = allowed.take(self.sampled)
        scale = len(allowed) / len(self.sampled)
        members = self.list_of_sampled[picked]
        if len(members) < max(FEWEST_SAMPLED * len(self.sizes), np.count_nonzero(allowed) / scale / 2):
            return None
        sizes: Vector = (np.bincount(members, minlength=len(self.sizes)) * scale + min(scale, 1.0)).astype(np.float32)
        return sizes


def upper_tail(z: npt.NDArray[np.floating]) -> Vector:
    """The share of a standard normal distribution above each of `z`, any shape; errors below 0.004."""
    steps = (z * TAIL_STEPS + TAIL_END * TAIL_STEPS).astype(np.intp)
    return TAIL.take(steps, mode="clip")


def _score_of_last(products: Vector, deviations: Vector, sizes: Vector, results: float) -> float | None:
    """The score above which `results` vectors are expected; None where that is about half of all.

    Between scores the logarithm of the number is taken to be straight: it is off by a few percent.
    """
    lowest, highest = products.sum() / len(products), (products + FARTHEST * deviations).max()
    scores = lowest + (highest - lowest) * STEPS
    narrowness = 1 / deviations
    counts = upper_tail(scores[:, None] * narrowness - products * narrowness) @ sizes
    if counts[0] <= results:
        return None
    return float(np.interp(-math.log(results), -np.log(counts + LEAST), scores))


def survey(members: list[Ids], rows: Halves, centroids: Vector, rotation: Vector) -> Lists:
    """members: the slots in each list, of the vectors `rows` (slots, dims); centroids (lists, dims) turned by `rotation`."""
    sizes = np.array([len(slots) for slots in members])
    surveyed = [_evenly(slots, SURVEYED_IN_LIST) for slots in members]
    counts = np.array([len(slots) for slots in surveyed])
    list_of = np.repeat(np.arange(len(members)), counts)
    differences = rows.take(np.concatenate(surveyed), axis=0).astype(np.float32) @ rotation - centroids[list_of]
    squares = differences * differences
    mean = squares.sum(axis=1).mean() if len(squares) else 1.0
    widths = np.bincount(list_of, squares.sum(axis=1), minlength=len(members)) / np.maximum(counts, 1)
    widths[counts == 0] = mean
    share = min(min(SAMPLED_SLOTS, SAMPLED_IN_LIST * len(members)) / max(int(sizes.sum()), 1), 1.0)
    sampled = [_evenly(slots, math.ceil(len(slots) * share)) for slots in members]
    return Lists(
        centroids,
        sizes.astype(np.float32),
        (widths / max(mean, LEAST)).astype(np.float32),
        squares.mean(axis=0) if len(squares) else np.ones(centroids.shape[1], np.float32),
        np.concatenate(sampled),
        np.repeat(np.arange(len(members)), [len(slots) for slots in sampled]),
    )


def _evenly(slots: Ids, count: int) -> Ids:
    """Up to `count` of them, from old to new."""
    return slots[np.linspace(0, len(slots) - 1, count).astype(np.intp)] if len(slots) > count else slots
