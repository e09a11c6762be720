"""Four bits for every four dimensions: codes that FAISS scans twenty times faster than the vectors they stand for."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from search.sidecar import lists as listing
from search.sidecar.halves import Halves
from search.sidecar.lists import Lists
from search.sidecar.terms import Ids, Vector

# Its type information describes the C++ below, which takes pointers where Python takes arrays.
python_faiss: Any = faiss

BITS_PER_CODE = 4
DIMS_PER_CODE = 4
# 16 centroids are learned from this many vectors; more change the recall by less than 0.001.
TRAINING_ROWS = 50_000
TRAINING_ROUNDS = 10
ENCODED_ROWS = 8192
# Smaller searches gain nothing.
FEWEST_TO_TRAIN = 256
# Of FAISS's ways through the lists: one query alone, list by list, with a reservoir for the best. By itself it would take the
# way for many queries at once, which is a tenth slower.
ONE_BY_ONE = 11

# With fewer vectors for each centroid k-means follows chance.
FEWEST_IN_LIST = 39
# The sizes of the lists are counted again when there are so many times as many vectors.
GROWTH = 1.02
# Two numbers of results: with more of them fewer candidates for each do, and in between the logarithm decides.
SHALLOW, DEEP = 100, 2000

Report = Callable[[float], None]


@dataclass(frozen=True)
class Effort:
    """How much of the codes is scanned, and how many candidates for each result are looked at more closely."""

    factor: float = 10.0  # for a page of up to SHALLOW results
    deep_factor: float = 10.0  # for DEEP results and more
    missed: float = 0.0  # share of the results that is expected in lists that are not scanned; 0: all are scanned

    def candidates(self, results: int) -> int:
        depth = min(max(math.log(results / SHALLOW) / math.log(DEEP / SHALLOW), 0.0), 1.0)
        return int((self.factor + depth * (self.deep_factor - self.factor)) * results)

    def times(self, more: float) -> "Effort":
        return Effort(self.factor * more, self.deep_factor * more, self.missed / more)


@dataclass(eq=False)
class Codes:
    """The codes of slots 0, 1, 2, ..., each in the list of the centroid that its vector lies nearest to.

    What is coded is the difference from the centroid. Searching is safe in many threads, adding in one and alone.
    """

    rotation: Vector  # (dims, dims) orthogonal
    scan: faiss.IndexIVFPQFastScan
    effort: Effort = Effort()
    measured_slots: int = 0  # how many there were when the recall was measured last
    lists: Lists | None = field(default=None, init=False)  # until the first `survey`

    def __post_init__(self) -> None:
        self.scan.implem = ONE_BY_ONE
        self._by_product: Any = faiss.downcast_index(self.scan.quantizer)
        self._by_distance: Any = faiss.IndexFlatL2(self.scan.d)
        self._by_distance.add(self._by_product.reconstruct_n(0, self.scan.nlist))

    def __len__(self) -> int:
        return int(self.scan.ntotal)

    def add(self, vectors: npt.NDArray[np.floating]) -> None:
        """vectors (n, dims), of the next n slots."""
        first = len(self)
        rotated = np.ascontiguousarray(vectors, np.float32) @ self.rotation
        # FAISS would choose the list by inner product too, as searches have to: that leaves larger differences to code.
        with self._choosing_by_distance():
            self.scan.add_with_ids(rotated, np.arange(first, first + len(vectors)))
        if self.lists is not None and len(self) > GROWTH * self.lists.sizes.sum():
            inverted: Any = self.scan.invlists
            sizes = [inverted.list_size(number) for number in range(self.scan.nlist)]
            self.lists = self.lists.grown(np.array(sizes, np.float32))

    def members(self) -> list[Ids]:
        """The slots in each list."""
        inverted: Any = self.scan.invlists
        sizes = [inverted.list_size(number) for number in range(self.scan.nlist)]
        return [
            python_faiss.rev_swig_ptr(inverted.get_ids(number), size).copy() if size else np.empty(0, np.int64)
            for number, size in enumerate(sizes)
        ]

    def survey(self, members: list[Ids], rows: Halves) -> None:
        """Learn how many vectors lie in each list and how wide, from `members` and their rows (n, dims) or more."""
        self.lists = listing.survey(members, rows, self._by_product.reconstruct_n(0, self.scan.nlist), self.rotation)

    @contextmanager
    def _choosing_by_distance(self) -> Iterator[None]:
        self.scan.quantizer = self._by_distance
        try:
            yield
        finally:
            self.scan.quantizer = self._by_product
            self._by_distance.thisown = True  # being assigned to a field of C++ gave it away

    def candidates(
        self,
        query: Vector,
        want: int,
        *,
        results: float = SHALLOW,
        missed: float = 0.0,
        allowed: npt.NDArray[np.bool_] | None = None,
        selected: npt.NDArray[np.uint8] | None = None,
    ) -> Ids:
        """The `want` slots that look best by their codes, best first; among them all but `missed` of the `results` best.

        selected: one bit for each slot, to take those alone. allowed: the same as bools, if these are a choice of their own:
        then they lie in other lists than all do.
        """
        turned = query @ self.rotation
        options = {} if selected is None else {"sel": python_faiss.IDSelectorBitmap(selected)}
        if self.lists is None:
            _, slots = self.scan.search(
                turned[None], want, params=python_faiss.SearchParametersIVF(nprobe=self.scan.nlist, **options)
            )
        else:
            slots = self._in_lists(turned, want, self.lists.promising(turned, results, missed, allowed), options)
        found: Ids = slots[0]
        return found[found >= 0]

    def scanned_share(self, query: Vector, results: float, missed: float) -> float:
        """Of all codes, those that such a search looks at."""
        if self.lists is None:
            return 1.0
        chosen, _ = self.lists.promising(query @ self.rotation, results, missed)
        return float(self.lists.sizes[chosen].sum() / max(self.lists.sizes.sum(), 1.0))

    def _in_lists(self, turned: Vector, want: int, chosen: tuple[Ids, Vector], options: dict[str, Any]) -> Ids:
        lists, products = (np.ascontiguousarray(part) for part in chosen)
        scores, slots = np.empty((1, want), np.float32), np.empty((1, want), np.int64)
        pointer = python_faiss.swig_ptr
        arrays = [pointer(array) for array in (lists, products, scores, slots)]
        # Where Python's wrapper takes no parameters for one search alone.
        scan: Any = self.scan
        parameters = python_faiss.SearchParametersIVF(nprobe=len(lists), **options)
        scan.search_preassigned_c(1, pointer(turned), want, *arrays, False, parameters)
        return slots

    def to_bytes(self) -> npt.NDArray[np.uint8]:
        packed: npt.NDArray[np.uint8] = faiss.serialize_index(self.scan)
        return packed

    def emptied(self) -> "Codes":
        """What was learned, without any code."""
        scan = python_faiss.clone_index(self.scan)
        scan.reset()
        return Codes(self.rotation, scan, self.effort)


def train(sample: Vector, count: int) -> Codes:
    """Learn from `sample` (n, dims) float32, at least FEWEST_TO_TRAIN rows of `count`. Returns codes of nothing yet."""
    dims = sample.shape[1]
    size = next(size for size in (DIMS_PER_CODE, 3, 2, 1) if dims % size == 0)
    centroids, differences = divide(sample, list_count(count, len(sample)))
    rotation = balanced_rotation(differences, size)
    quantizer: Any = faiss.IndexFlatIP(dims)
    quantizer.add(centroids @ rotation)
    scan = faiss.IndexIVFPQFastScan(
        quantizer, dims, len(centroids), dims // size, BITS_PER_CODE, faiss.METRIC_INNER_PRODUCT
    )
    scan.by_residual = True
    scan.pq.cp.niter = TRAINING_ROUNDS
    trained: Any = scan.pq
    trained.train(differences @ rotation)
    scan.is_trained = True
    return Codes(rotation, scan)


def list_count(count: int, sampled: int) -> int:
    """Few enough that going from list to list costs little beside scanning them."""
    return max(1, min(math.isqrt(count) // 2, sampled // FEWEST_IN_LIST))


def divide(sample: Vector, lists: int) -> tuple[Vector, Vector]:
    """Centroids by k-means, (lists, dims), and what the vectors of `sample` differ by from the nearest, (n, dims)."""
    clustering: Any = python_faiss.Kmeans(sample.shape[1], lists, niter=TRAINING_ROUNDS, max_points_per_centroid=10**6)
    clustering.train(sample)
    _, nearest = clustering.index.search(sample, 1)
    centroids: Vector = clustering.centroids
    return centroids, sample - centroids[nearest[:, 0]]


def balanced_rotation(sample: Vector, size: int) -> Vector:
    """The principal axes of `sample`, dealt out so that every group of `size` gets large and small ones, (dims, dims).

    Codes spend their bits evenly on the groups. Without it, queries unlike the library (all texts are) lose a fifth of
    their neighbours at ten candidates for each. After Ge et al., "Optimized Product Quantization", 2013, section 3.2.2.
    """
    dims = sample.shape[1]
    _, axes = np.linalg.eigh(np.cov(sample, rowvar=False))
    groups = dims // size
    there, back = np.arange(groups), np.arange(groups)[::-1]
    group_of_axis = np.concatenate([there if turn % 2 == 0 else back for turn in range(size)])
    order = np.argsort(group_of_axis, kind="stable")
    return np.ascontiguousarray(axes[:, ::-1][:, order], np.float32)


def training_sample(rows: Halves, slots: Ids, seed: int = 0) -> Vector:
    """Up to TRAINING_ROWS of `slots`, chosen by `seed`, (n, dims) float32."""
    if len(slots) > TRAINING_ROWS:
        slots = np.sort(np.random.default_rng(seed).choice(slots, TRAINING_ROWS, replace=False))
    sample: Vector = rows.take(slots, axis=0).astype(np.float32)
    return sample


def encode(codes: Codes, rows: Halves, report: Report) -> None:
    """Add the codes of `rows` from the first that has none, block by block."""
    while len(codes) < len(rows):
        start = len(codes)
        codes.add(rows[start : start + ENCODED_ROWS])
        report(len(codes) / len(rows))
