"""The sampled recall against brute force, and the effort that is chosen by it."""

import numpy as np
import pytest

from search.sidecar import recall
from search.sidecar.coded import CodedIndex
from search.sidecar.codes import DEEP, SHALLOW, Effort
from tests.search.sidecar.coded import coded_index
from tests.search.sidecar.mixture import Mixture, nearest

MIXTURE = Mixture(clusters=200)
COUNT = 30_000
VECTORS = MIXTURE.draw(COUNT, 1)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> CodedIndex:
    return coded_index(tmp_path_factory.mktemp("recall") / "rows", VECTORS)


@pytest.fixture(scope="module")
def effort(index: CodedIndex) -> Effort:
    effort = recall.measure(index).reaching(0.985, 0.985, COUNT)
    assert index.codes is not None
    index.codes.effort = effort
    return effort


def found_share(index: CodedIndex, k: int, queries: np.ndarray) -> float:
    hits = [len(set((index.search(query, k)[0] - 1).tolist()) & set(nearest(VECTORS, query, k))) for query in queries]
    return float(np.mean(hits)) / k


def test_true_neighbours_are_those_of_brute_force_best_first(index: CodedIndex) -> None:
    queries = MIXTURE.draw_unlike(5, 2)
    found = recall.true_neighbours(index.row_file.rows, index.live_slots(), queries, 40)
    assert [row.tolist() for row in found] == [nearest(VECTORS, query, 40) for query in queries]


@pytest.mark.parametrize("k", [10, SHALLOW, 500, DEEP])
def test_the_chosen_effort_reaches_the_target_at_every_length_of_page(
    index: CodedIndex, effort: Effort, k: int
) -> None:
    assert found_share(index, k, MIXTURE.draw(20, 3)) >= 0.98
    assert found_share(index, k, MIXTURE.draw_unlike(20, 3)) >= 0.97


def test_a_deep_page_takes_fewer_candidates_for_each_result(effort: Effort) -> None:
    assert effort.deep_factor < effort.factor < recall.FACTORS[-1]


def test_more_candidates_and_more_lists_find_more(index: CodedIndex) -> None:
    sampled = recall.measure(index)
    for depth in (sampled.shallow, sampled.deep):
        for found in (depth.like, depth.unlike):
            assert (np.diff(found, axis=1) >= 0).all()
            assert found[0, -1] >= found[-1, -1] > 0.9
    few, many = sampled.at(Effort(1.25, 1.25, 0.01)), sampled.at(Effort(16.0, 16.0, 0.0))
    assert many[0] > few[0]
    assert many[1] > few[1]


def test_a_target_beyond_reach_takes_the_most_candidates_from_all_lists(index: CodedIndex) -> None:
    most = recall.measure(index).reaching(1.01, 1.01, COUNT)
    assert (most.factor, most.deep_factor, most.missed) == (recall.FACTORS[-1], recall.DEEP_FACTORS[-1], 0.0)
