"""The recall of codes in other mixtures than the one that everything else is measured on."""

from pathlib import Path

import numpy as np

from search.sidecar import codes as coding
from search.sidecar import recall
from search.sidecar.coded import CodedIndex
from search.sidecar.plan import Plan
from search.sidecar.rows import RowFile
from search.sidecar.terms import Vector
from tests.benchmarks.report import Figure, figure
from tests.benchmarks.search_library import BLOCK_ROWS, CLUSTERS, DIMS, K
from tests.search.sidecar.mixture import Mixture

SEEDS = (1, 2)
COUNT, QUERIES = 100_000, 50
FIRST_QUERY = 10**9


def measure_seeds(folder: Path) -> list[Figure]:
    figures = []
    for seed in SEEDS:
        mixture = Mixture(dims=DIMS, clusters=CLUSTERS, seed=seed)
        index = CodedIndex(RowFile.begin(folder / f"{seed}.f16", DIMS))
        for start in range(0, COUNT, BLOCK_ROWS):
            index.extend(np.arange(start, start + BLOCK_ROWS) * 256 + 256, mixture.draw(BLOCK_ROWS, start + 1))
        learn(index)
        label = f"{COUNT:,}, seed {seed}: recall@{K}"
        like, unlike = mixture.draw(QUERIES, FIRST_QUERY), mixture.draw_unlike(QUERIES, FIRST_QUERY)
        figures.append(figure(f"{label}, queries like the library", found(index, like), "", bound=">= 0.98"))
        figures.append(figure(f"{label}, queries unlike it", found(index, unlike), "", bound=">= 0.97"))
    return figures


def learn(index: CodedIndex) -> None:
    """As the sidecar does it, with the effort that it would choose."""
    count, plan = len(index), Plan()
    codes = coding.train(coding.training_sample(index.row_file.rows, index.live_slots()), count)
    index.install(codes)
    index.survey()
    codes.effort = recall.measure(index).reaching(plan.recall_target, plan.recall_target_unlike, count)


def found(index: CodedIndex, queries: Vector) -> float:
    """The recall, of an index whose meme `row + 1` has the vector of `row`."""
    truth = recall.true_neighbours(index.row_file.rows, index.live_slots(), queries, K)
    hits = [len(np.intersect1d(index.search(q, K)[0] - 1, best)) for q, best in zip(queries, truth, strict=True)]
    return float(np.mean(hits)) / K
