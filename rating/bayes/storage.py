"""A posterior as bytes, for a row or a cache, equal to the bit when read again."""

from __future__ import annotations

import json
import struct

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from rating.bayes.posterior import Posterior


class BadPosterior(ValueError):
    """These bytes are no posterior, or one of another size; the message says which."""


def to_bytes(posterior: Posterior) -> bytes:
    """Safetensors of `mean` (k,), the upper triangle of `covariance`, `log_evidence` and `updates`: about 4 k^2 bytes."""
    rows, columns = np.triu_indices(len(posterior.mean))
    return save(
        {
            "mean": np.ascontiguousarray(posterior.mean),
            "covariance": np.ascontiguousarray(posterior.covariance[rows, columns]),
            "log_evidence": np.asarray([posterior.log_evidence]),
            "updates": np.asarray([posterior.updates]),
        }
    )


def from_bytes(data: bytes, size: int) -> Posterior:
    """The posterior over `size` weights that `to_bytes` wrote; raises BadPosterior."""
    try:
        arrays = load(data)
        mean, triangle, evidence = (arrays[name] for name in ("mean", "covariance", "log_evidence"))
    except (SafetensorError, KeyError, ValueError, struct.error, json.JSONDecodeError) as error:
        raise BadPosterior(f"These bytes hold no posterior: {error}") from error
    if mean.shape != (size,) or triangle.shape != (size * (size + 1) // 2,):
        raise BadPosterior(f"This posterior has {mean.size} weights, not {size}.")
    if not (np.isfinite(mean).all() and np.isfinite(triangle).all()):
        raise BadPosterior("This posterior holds numbers that are not finite.")
    covariance, (rows, columns) = np.empty((size, size)), np.triu_indices(size)
    covariance[rows, columns] = covariance[columns, rows] = triangle
    updates = int(arrays["updates"][0]) if "updates" in arrays else 0  # as first kept, they were not counted
    return Posterior(mean, covariance, float(evidence[0]), updates)
