"""Cross-validation by meme: how long to train an ensemble, and what it says of answers about memes it never saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rating.ensemble.metrics import log_loss
from rating.ensemble.model import Config
from rating.ensemble.train import Array, Examples, Places, Schedule, train

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Crossed:
    """`wins` (n,) of all examples, NaN where none was tested; `epochs` were best, all parts together, 0 if none was tested.

    `losses`: after each epoch, in nats.
    """

    epochs: int
    wins: Array
    losses: list[float]


def inside(examples: Examples, folds: Places, fold: int) -> Mask:
    """Which examples are about memes of this part alone. `folds` (memes,): the part that each meme is in."""
    return np.asarray((folds[examples.left] == fold) & (folds[examples.right] == fold))


def outside(examples: Examples, folds: Places, fold: int) -> Mask:
    return np.asarray((folds[examples.left] != fold) & (folds[examples.right] != fold))


def cross_validate(
    config: Config,
    examples: Examples,
    folds: Places,
    learned: Mask,
    *,
    directions: Mapping[int, Array] | None = None,
    schedule: Schedule | None = None,
    device: str = "cpu",
    heartbeat: Callable[[int], None] | None = None,
) -> Crossed:
    """Train without the memes of one part after the other, and test on them; of examples that are not `learned` (n,) too.

    What is said of one part is said after as many epochs as were best for the others: else the part would be tested by
    what was chosen on it. With fewer than two parts to test, nothing is.
    `directions` (features, axes), to begin with, were learned without the part that names them.
    """
    wins, tested = np.full(len(examples), np.nan), dict[int, Mask]()
    curves = dict[int, list[Array]]()
    for fold in np.unique(folds).tolist():
        within, without = inside(examples, folds, fold), outside(examples, folds, fold) & learned
        if within.any() and without.any():
            tested[fold] = within
            curves[fold] = train(
                config, examples.only(without), examples.only(within),
                directions=None if directions is None else directions[fold],
                schedule=schedule, device=device, heartbeat=heartbeat,
            ).wins  # fmt: skip
    if len(tested) < 2:
        return Crossed(0, wins, [])
    for fold, within in tested.items():
        others = {other: curve for other, curve in curves.items() if other != fold}
        best = int(np.argmin(_losses(others, tested, examples.targets)))
        wins[within] = _after(curves[fold], best)
    losses = _losses(curves, tested, examples.targets)
    return Crossed(int(np.argmin(losses)) + 1, wins, losses)


def _losses(curves: Mapping[int, list[Array]], tested: Mapping[int, Mask], targets: Array) -> list[float]:
    """Of all these parts together, after each epoch."""
    answered = np.concatenate([targets[tested[fold]] for fold in curves])
    longest = max(len(curve) for curve in curves.values())
    return [
        log_loss(np.concatenate([_after(curve, epoch) for curve in curves.values()]), answered)
        for epoch in range(longest)
    ]


def _after(curve: list[Array], epoch: int) -> Array:
    """Training that was stopped stays where it ended."""
    return curve[min(epoch, len(curve) - 1)]
