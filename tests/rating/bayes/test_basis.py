from pathlib import Path

import numpy as np
import pytest

from rating.bayes import Basis, learn_basis
from rating.bayes.basis import BadBasis


def vectors(count: int = 200, dims: int = 12) -> np.ndarray:
    drawn = np.random.default_rng(0).standard_normal((count, dims)) * np.arange(1, dims + 1) ** -1.0 + 0.7
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def test_features_of_the_sample_are_centred_and_of_unit_mean_square() -> None:
    features = learn_basis(vectors()).project(vectors())
    np.testing.assert_allclose(features.mean(0), 0, atol=1e-12)
    assert (features**2).sum(1).mean() == pytest.approx(1)


def test_components_are_orthonormal_and_the_largest_comes_first() -> None:
    basis = learn_basis(vectors(), 5)
    np.testing.assert_allclose(basis.components @ basis.components.T, np.eye(5), atol=1e-12)
    spread = basis.project(vectors()).var(0)
    assert (np.diff(spread) < 0).all()  # not whitened


def test_a_direction_orders_vectors_as_the_weights_order_features() -> None:
    basis, weights = learn_basis(vectors(), 5), np.asarray([1.0, -2.0, 0.5, 3.0, -1.0])
    direction = basis.direction(weights)
    assert direction.shape == (12,)
    scores = vectors() @ direction - basis.centre @ direction
    np.testing.assert_allclose(scores, basis.project(vectors()) @ weights, atol=1e-12)


def test_what_is_loaded_is_equal_to_the_bit(tmp_path: Path) -> None:
    basis = learn_basis(vectors(), 5)
    basis.save(tmp_path / "basis.safetensors")
    loaded = Basis.load(tmp_path / "basis.safetensors")
    assert loaded.centre.tobytes() == basis.centre.tobytes()
    assert loaded.components.tobytes() == basis.components.tobytes()
    assert (loaded.scale, loaded.checksum) == (basis.scale, basis.checksum)
    assert loaded.project(vectors()).tobytes() == basis.project(vectors()).tobytes()


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "basis.safetensors"
    learn_basis(vectors(), 5).save(path)
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    with pytest.raises(BadBasis, match="damaged"):
        Basis.load(path)
    path.write_bytes(b"not this")
    with pytest.raises(BadBasis, match="no basis"):
        Basis.load(path)


def test_the_same_sample_gives_the_same_basis() -> None:
    assert learn_basis(vectors()).checksum == learn_basis(vectors().copy()).checksum
    assert learn_basis(vectors()).checksum != learn_basis(vectors()[1:]).checksum


def test_a_small_sample_gives_as_many_components_as_it_spans() -> None:
    assert learn_basis(vectors(4)).size == 3
    assert learn_basis(vectors(2)).size == 1


def test_half_precision_vectors_are_taken() -> None:
    basis = learn_basis(vectors())
    rough = basis.project(vectors().astype(np.float16))
    assert rough.dtype == np.float64
    np.testing.assert_allclose(rough, basis.project(vectors()), atol=0.01)


@pytest.mark.parametrize(
    ("sample", "why"),
    [
        (np.zeros((0, 4)), "no vectors"),
        (np.full((3, 4), np.nan), "not finite"),
        (np.ones((5, 4)), "the same"),
        (np.ones((1, 4)), "the same"),
        (np.ones(4), "shape"),
    ],
)
def test_a_sample_that_spans_nothing_is_refused(sample: np.ndarray, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        learn_basis(sample)


def test_vectors_of_another_space_are_refused() -> None:
    basis = learn_basis(vectors())
    with pytest.raises(ValueError, match="12"):
        basis.project(np.zeros((3, 13)))
    with pytest.raises(ValueError, match="finite"):
        basis.project(np.full((3, 12), np.inf))
