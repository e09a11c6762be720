"""The coordinates in which tastes are learned: principal components of an embedding space, centred, not whitened."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

Array = npt.NDArray[np.float64]

COMPONENTS = 256
# Directions with less than this share of the largest variance are rounding errors of the sample.
SMALLEST_SHARE = 1e-10


class BadBasis(ValueError):
    """The file holds no basis, or not the one that was saved; the message says which."""


@dataclass(frozen=True, eq=False)
class Basis:
    """`features = scale * components @ (vector - centre)`.

    `centre` (dims,), `components` (k, dims) orthonormal rows, largest variance first, all float64. `scale` makes the mean
    squared norm of the sample's features 1, so that a prior variance means the same in every space: it is the variance of
    a score over the library, in squared logits. Whitening (each component to unit variance) makes tastes worse.
    """

    centre: Array
    components: Array
    scale: float

    @property
    def dims(self) -> int:
        return len(self.centre)

    @property
    def size(self) -> int:
        """k, the number of features."""
        return len(self.components)

    def project(self, vectors: npt.ArrayLike) -> Array:
        """Features (n, k) of `vectors` (n, dims); ValueError if they are of another space or not finite."""
        rows = _finite(vectors, self.dims)
        return np.asarray(((rows - self.centre) @ self.components.T) * self.scale)

    def direction(self, weights: Array) -> Array:
        """The weights (k,) of a taste as a vector (dims,) of the embedding space, in logits.

        `direction @ vector - direction @ centre` is the score `weights @ project(vector)`. The second term is the same for
        every meme and can be left out where memes are compared; a search adds the direction to its query as it is, or with
        unit norm and a weight of its own.
        """
        return np.asarray(self.scale * (weights @ self.components))

    @cached_property
    def checksum(self) -> str:
        """SHA-256 in hexadecimal over shapes and bytes, the same on every machine for the same numbers."""
        digest = hashlib.sha256(f"{self.size}x{self.dims}".encode())
        for part in (self.centre, self.components, np.asarray([self.scale])):
            digest.update(np.ascontiguousarray(part, "<f8").tobytes())
        return digest.hexdigest()

    def save(self, path: Path) -> None:
        """As safetensors; what `load` gives back is equal to the bit."""
        arrays = {
            "centre": np.ascontiguousarray(self.centre),
            "components": np.ascontiguousarray(self.components),
            "scale": np.asarray([self.scale]),
        }
        save_file(arrays, path, metadata={"checksum": self.checksum})

    @classmethod
    def load(cls, path: Path) -> Basis:
        """Raises BadBasis for a damaged or foreign file, FileNotFoundError if there is none."""
        try:
            with safe_open(path, "numpy") as file:
                promised = (file.metadata() or {}).get("checksum", "")
                centre, components, scale = (file.get_tensor(name) for name in ("centre", "components", "scale"))
        except SafetensorError as error:
            raise BadBasis(f"{path.name} is no basis: {error}") from error
        basis = cls(centre, components, float(scale[0]))
        if basis.checksum != promised:
            raise BadBasis(f"{path.name} is damaged: its checksum is not the one it was saved with.")
        return basis


def learn_basis(sample: npt.ArrayLike, size: int = COMPONENTS) -> Basis:
    """The first `size` principal components of `sample` (n, dims); fewer if the sample spans fewer.

    Signs are fixed (the largest entry of each component is positive), so the same sample gives the same basis. Raises
    ValueError for an empty sample, for numbers that are not finite, and if all vectors are the same.
    """
    rows = _finite(sample)
    centre = rows.mean(0)
    centred = rows - centre
    variances, vectors = np.linalg.eigh(centred.T @ centred / len(rows))
    variances, vectors = variances[::-1][:size], vectors[:, ::-1][:, :size]
    spread = float(np.abs(centred).max()) if len(rows) else 0.0
    if spread < 1e-9:
        raise ValueError("All vectors of the sample are the same: nothing could be told apart.")
    kept = variances > variances[0] * SMALLEST_SHARE
    components = vectors[:, kept].T
    components *= np.sign(components[np.arange(len(components)), np.abs(components).argmax(1)])[:, None]
    return Basis(centre, np.ascontiguousarray(components), float(1 / np.sqrt(variances[kept].sum())))


def _finite(vectors: npt.ArrayLike, dims: int | None = None) -> Array:
    rows = np.asarray(vectors, dtype=np.float64)
    if rows.ndim != 2 or (dims is not None and rows.shape[1] != dims):
        raise ValueError(f"Expected vectors of shape (n, {dims or 'dims'}), not {rows.shape}.")
    if dims is None and not len(rows):
        raise ValueError("A basis cannot be learned from no vectors.")
    if not np.isfinite(rows).all():
        raise ValueError("Vectors hold numbers that are not finite.")
    return rows
