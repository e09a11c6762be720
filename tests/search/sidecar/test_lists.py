"""Where neighbours are expected, against where they are."""

import numpy as np
import pytest

from search.sidecar.coded import CodedIndex
from search.sidecar.lists import upper_tail
from tests.search.sidecar.coded import coded_index
from tests.search.sidecar.mixture import Mixture, nearest

COUNT, K = 20_000, 100


@pytest.fixture(scope="module", params=[0, 1, 2])
def mixture(request: pytest.FixtureRequest) -> Mixture:
    return Mixture(clusters=200, seed=request.param)


@pytest.fixture(scope="module")
def index(mixture: Mixture, tmp_path_factory: pytest.TempPathFactory) -> CodedIndex:
    return coded_index(tmp_path_factory.mktemp("lists") / "rows", mixture.draw(COUNT, 1))


def missed_and_scanned(
    index: CodedIndex, query: np.ndarray, missed: float, allowed: np.ndarray | None = None
) -> tuple[float, float]:
    """The share of the true neighbours that lie in other lists than those that are scanned, and of all vectors."""
    codes = index.codes
    assert codes is not None
    assert codes.lists is not None
    chosen, _ = codes.lists.promising(query @ codes.rotation, K, missed, allowed)
    is_scanned = np.zeros(COUNT, np.bool_)
    is_scanned[np.concatenate([codes.members()[number] for number in chosen])] = True
    among = None if allowed is None else np.flatnonzero(allowed)
    vectors = index.row_file.rows.astype(np.float32)
    return float(1 - is_scanned[nearest(vectors, query, K, among)].mean()), float(is_scanned.mean())


def test_few_neighbours_are_missed_in_the_lists_that_are_left_out(index: CodedIndex, mixture: Mixture) -> None:
    for queries in (mixture.draw(25, 5), mixture.draw_unlike(25, 5)):
        misses, scanned = zip(*(missed_and_scanned(index, query, 0.001) for query in queries), strict=True)
        assert np.mean(misses) <= 0.02
        assert np.mean(scanned) <= 0.8


def test_a_filter_moves_the_neighbours_to_other_lists(index: CodedIndex, mixture: Mixture) -> None:
    """What may be found lies on the far side of the library."""
    codes = index.codes
    assert codes is not None
    query, other = mixture.draw(2, 6)
    far = index.row_file.rows.astype(np.float32) @ other
    allowed = far > np.quantile(far, 0.9)
    assert missed_and_scanned(index, query, 0.001, allowed)[0] <= 0.05
    assert codes.lists is not None
    alone, _ = codes.lists.promising(query @ codes.rotation, K, 0.001, allowed)
    among_all, _ = codes.lists.promising(query @ codes.rotation, K, 0.001)
    assert set(alone.tolist()) != set(among_all.tolist())


def test_what_the_sample_does_not_know_is_looked_for_everywhere(index: CodedIndex, mixture: Mixture) -> None:
    codes = index.codes
    assert codes is not None
    assert codes.lists is not None
    added_since = np.zeros(COUNT + 500, np.bool_)
    added_since[COUNT:] = True
    chosen, _ = codes.lists.promising(mixture.draw(1, 7)[0] @ codes.rotation, K, 0.01, added_since)
    assert len(chosen) == codes.scan.nlist


def test_more_results_are_looked_for_in_more_lists(index: CodedIndex, mixture: Mixture) -> None:
    codes = index.codes
    assert codes is not None
    query = mixture.draw(1, 8)[0]
    shares = [codes.scanned_share(query, results, 0.003) for results in (1, 100, 2000, COUNT)]
    assert shares == sorted(shares)
    assert shares[0] < shares[-1] == 1.0


def test_tails_of_the_normal_distribution_are_those_of_the_tables() -> None:
    expected = {-9.0: 1.0, 0.0: 0.5, 1.0: 0.15866, 1.96: 0.025, 3.0: 0.00135, 99.0: 0.0}
    np.testing.assert_allclose(upper_tail(np.array([*expected])), [*expected.values()], atol=0.004)
