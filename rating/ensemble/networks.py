"""A trained ensemble read with numpy alone: what the networks say of memes, wherever torch is not loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load

Weights = Mapping[str, npt.NDArray[np.float32]]

AT_ONCE = 512  # memes: their hidden units are two megabytes for 16 members of 64


class BadEnsemble(ValueError):
    """These files hold no ensemble, or not the one that was saved; the message says which."""


@dataclass(frozen=True)
class Config:
    """`features` go in (see `rating.bayes.Basis`, whose checksum is `basis`), one score for each of `axes` comes out."""

    features: int
    axes: tuple[str, ...]
    members: int = 16
    hidden: int = 64
    basis: str = ""

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of the weights by name."""
        axes = len(self.axes)
        return {
            "linear": (self.members, self.features, axes),
            "inner": (self.members, self.features, self.hidden),
            "inner_bias": (self.members, 1, self.hidden),
            "outer": (self.members, self.hidden, axes),
        }


def checksum(config: Config, weights: Weights) -> str:
    """SHA-256 in hexadecimal over the configuration and the bytes of all weights."""
    digest = hashlib.sha256(json.dumps(asdict(config), sort_keys=True).encode())
    for name, values in sorted(weights.items()):
        digest.update(name.encode() + np.ascontiguousarray(values, "<f4").tobytes())
    return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Networks:
    """The mean of all members as one wide network: `x @ linear + silu(x @ inner + inner_bias) @ outer`.

    Float32; `inner` (k, members * hidden), `inner_bias` (members * hidden,), `outer` (members * hidden, axes) and `linear`
    (k, axes), the last two divided by the number of members.
    """

    config: Config
    checksum: str
    linear: npt.NDArray[np.float32]
    inner: npt.NDArray[np.float32]
    inner_bias: npt.NDArray[np.float32]
    outer: npt.NDArray[np.float32]

    @classmethod
    def read(cls, weights: bytes, description: bytes) -> Networks:
        """From what `rating.ensemble.model.Ensemble.save` wrote. Raises BadEnsemble for damaged and foreign files."""
        config, promised, arrays = _described(description), _promised(description), _weights(weights)
        if {name: values.shape for name, values in arrays.items()} != config.shapes():
            raise BadEnsemble(
                "These files hold no ensemble: the weights have other shapes than their description says."
            )
        if checksum(config, arrays) != promised:
            raise BadEnsemble("This ensemble is damaged: its checksum is not the one it was saved with.")
        if not all(np.isfinite(values).all() for values in arrays.values()):
            raise BadEnsemble("This ensemble holds numbers that are not finite.")
        return cls(
            config,
            promised,
            arrays["linear"].mean(0),
            np.ascontiguousarray(arrays["inner"].transpose(1, 0, 2).reshape(config.features, -1)),
            arrays["inner_bias"].reshape(-1),
            arrays["outer"].reshape(-1, len(config.axes)) / np.float32(config.members),
        )

    def scores(self, features: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """(n, axes) in logits, the mean of the members, of `features` (n, k); ValueError if they are of another space."""
        if features.ndim != 2 or features.shape[1] != self.config.features:
            raise ValueError(f"Expected {self.config.features} features of each meme, not {features.shape}.")
        rows = features.astype(np.float32)
        parts = [self._scores(rows[start : start + AT_ONCE]) for start in range(0, len(rows), AT_ONCE)]
        return np.concatenate([np.zeros((0, len(self.config.axes))), *parts])

    def _scores(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        return np.asarray(self._hidden(rows) @ self.outer + rows @ self.linear, np.float64)

    def by_member(self, features: npt.NDArray[np.float64], axis: str) -> npt.NDArray[np.float64]:
        """(n, members) in logits on one axis: what each member says, their mean being the score. The linear part is the
        same for all of them."""
        rows, column, (members, hidden) = features.astype(np.float32), self.config.axes.index(axis), self._sizes
        outer = self.outer[:, column].reshape(members, hidden) * np.float32(members)
        parts = [
            np.einsum("nmh,mh->nm", self._hidden(rows[start : start + AT_ONCE]).reshape(-1, members, hidden), outer)
            for start in range(0, len(rows), AT_ONCE)
        ]
        bent = np.concatenate([np.zeros((0, members)), *parts])
        return np.asarray(bent + (rows @ self.linear[:, column])[:, None], np.float64)

    @property
    def _sizes(self) -> tuple[int, int]:
        return self.config.members, self.config.hidden

    def _hidden(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        hidden = rows @ self.inner + self.inner_bias
        hidden *= np.float32(0.5) * (1 + np.tanh(np.float32(0.5) * hidden))
        return hidden


def _described(description: bytes) -> Config:
    try:
        said: dict[str, Any] = json.loads(description)["config"]
        return Config(**{**said, "axes": tuple(said["axes"])})
    except (KeyError, TypeError, ValueError) as error:
        raise BadEnsemble(f"These files hold no ensemble: {error}") from error


def _promised(description: bytes) -> str:
    return str(json.loads(description).get("checksum"))


def _weights(weights: bytes) -> Weights:
    try:
        return dict(load(weights))
    except (SafetensorError, ValueError) as error:
        raise BadEnsemble(f"These files hold no ensemble: {error}") from error
