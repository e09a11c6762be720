"""Widening by integer shifts against numpy's own conversion."""

import numpy as np

from search.sidecar.halves import BLOCK_ROWS, inner_products, products_of_all, products_of_rows


def every_finite_half() -> np.ndarray:
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    return halves[np.isfinite(halves)]


def test_every_finite_half_is_widened_exactly() -> None:
    halves = every_finite_half()
    products = inner_products(halves[:, None], np.ones(1, np.float32))
    np.testing.assert_array_equal(products, halves.astype(np.float32))


def test_products_are_those_of_float32() -> None:
    rng = np.random.default_rng(1)
    halves = rng.standard_normal((BLOCK_ROWS * 2 + 3, 48)).astype(np.float16)
    query = rng.standard_normal(48).astype(np.float32)
    expected = halves.astype(np.float64) @ query
    np.testing.assert_allclose(products_of_all(halves, query), expected, atol=1e-4)
    rows = rng.permutation(len(halves))[: BLOCK_ROWS + 9]
    np.testing.assert_allclose(products_of_rows(halves, rows, query), expected[rows], atol=1e-4)


def test_no_rows_have_no_products() -> None:
    halves, query = np.empty((0, 8), np.float16), np.ones(8, np.float32)
    assert len(products_of_all(halves, query)) == len(products_of_rows(halves, np.empty(0, np.int64), query)) == 0
