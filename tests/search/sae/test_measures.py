"""Principal axes."""

import numpy as np

from search.sae import Scale, principal_axes

DIMS = 16


def test_a_principal_axis_points_where_its_largest_number_is_positive() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((200, DIMS)) @ rng.standard_normal((DIMS, DIMS))
    axes = principal_axes(vectors.astype(np.float32), Scale(np.zeros(DIMS, np.float32), 1.0), DIMS)
    np.testing.assert_array_equal(axes.max(axis=0), np.abs(axes).max(axis=0))
