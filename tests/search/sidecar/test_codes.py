"""What is learned from a sample, and how much effort a search takes."""

from typing import Any

import numpy as np
import pytest

from search.sidecar import codes as coding
from search.sidecar.codes import DEEP, SHALLOW, Codes, Effort, list_count
from tests.search.sidecar.mixture import Mixture, nearest

MIXTURE = Mixture()
VECTORS = MIXTURE.draw(4000, 1)


@pytest.fixture(scope="module")
def codes() -> Codes:
    codes = coding.train(VECTORS, 40_000)
    codes.add(VECTORS)
    return codes


def test_a_longer_page_takes_fewer_candidates_for_each_result() -> None:
    effort = Effort(8.0, 2.0)
    assert (effort.candidates(SHALLOW), effort.candidates(DEEP), effort.candidates(20_000)) == (800, 4000, 40_000)
    counts = [effort.candidates(results) for results in range(SHALLOW, DEEP, 50)]
    assert counts == sorted(counts)
    assert Effort(8.0, 2.0, 0.003).times(1.5) == Effort(12.0, 3.0, 0.002)


def test_larger_libraries_have_more_lists_and_small_samples_fewer() -> None:
    assert [list_count(count, 50_000) for count in (10, 30_000, 100_000, 1_000_000)] == [1, 86, 158, 500]
    assert list_count(1_000_000, 400) == 10


def test_each_vector_is_in_the_list_of_the_centroid_nearest_to_it(codes: Codes) -> None:
    centroids = codes.scan.quantizer.reconstruct_n(0, codes.scan.nlist) @ codes.rotation.T
    distances = ((VECTORS[:, None, :] - centroids[None]) ** 2).sum(axis=2)
    scan: Any = codes.scan  # whose type information says that it may have no lists
    sizes = [scan.invlists.list_size(number) for number in range(scan.nlist)]
    np.testing.assert_allclose(sizes, np.bincount(distances.argmin(axis=1), minlength=len(sizes)), atol=2)


def test_lists_without_neighbours_are_left_out(codes: Codes) -> None:
    codes.survey(codes.members(), VECTORS.astype(np.float16))
    query = MIXTURE.draw(1, 2)[0]
    whole, part = (codes.candidates(query, len(VECTORS), missed=missed) for missed in (0.0, 0.003))
    assert len(whole) == len(VECTORS)
    assert len(part) < len(VECTORS)
    assert len(part) == round(codes.scanned_share(query, SHALLOW, 0.003) * len(VECTORS))
    assert len(set(nearest(VECTORS, query, 100)) & set(part.tolist())) >= 97


def test_adding_block_by_block_gives_the_same_codes(codes: Codes) -> None:
    again = codes.emptied()
    for start in range(0, len(VECTORS), 1500):
        again.add(VECTORS[start : start + 1500])
    query = MIXTURE.draw_unlike(1, 3)[0]
    assert again.candidates(query, 300).tolist() == codes.candidates(query, 300).tolist()
