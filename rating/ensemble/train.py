"""Training the ensemble on pairs: own order and bootstrap for each member, stopped early by memes that were held out."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from rating.ensemble.metrics import log_loss
from rating.ensemble.model import Config, Ensemble

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Examples:
    """Answers to pairs: `left` and `right` (n,) places in `features` (memes, k), `axis` (n,) places among the axes, `targets`
    (n,) how likely the left one wins. Who picked the best of four preferred it to each of the other three: three examples.

    Raises ValueError for shapes, places and numbers that cannot be.
    """

    features: Array
    left: Places
    right: Places
    axis: Places
    targets: Array

    def __post_init__(self) -> None:
        shapes = {part.shape for part in (self.left, self.right, self.axis, self.targets)}
        if shapes != {(len(self.left),)} or self.features.ndim != 2:
            raise ValueError(f"Answers have different shapes: {sorted(shapes)}.")
        if not np.isfinite(self.features).all() or not ((self.targets >= 0) & (self.targets <= 1)).all():
            raise ValueError("Features must be finite and targets probabilities, from 0 to 1.")
        places = np.concatenate([self.left, self.right])
        if len(places) and (places.min() < 0 or places.max() >= len(self.features)):
            raise ValueError("Answers speak of memes that have no features.")

    def __len__(self) -> int:
        return len(self.left)

    def only(self, which: npt.NDArray[np.bool_] | Places) -> Examples:
        return Examples(self.features, self.left[which], self.right[which], self.axis[which], self.targets[which])


@dataclass(frozen=True)
class Schedule:
    """Measured in `tests.benchmarks.taste`. `patience`: epochs without a better loss on held-out memes."""

    rate: float = 1e-3
    weight_decay: float = 1.0
    batch: int = 64
    most_epochs: int = 100
    patience: int = 6
    # Without anything held out nobody says when to stop.
    blind_epochs: int = 30
    seed: int = 0


# What a direction leaves to be learned is little: with this rate it is found in 5 to 50 epochs, and held-out memes end it.
ON_DIRECTIONS = Schedule(rate=3e-3)


@dataclass(frozen=True, eq=False)
class Trained:
    model: Ensemble
    epochs: int  # after which the weights were best
    # What the ensemble's mean said of held-out answers after each epoch, (n,) each; empty without any.
    wins: list[Array]
    losses: list[float]  # the cross-entropy of that, in nats


def train(
    config: Config,
    learned: Examples,
    held_out: Examples | None = None,
    *,
    directions: Array | None = None,
    schedule: Schedule | None = None,
    device: str = "cpu",
    heartbeat: Callable[[int], None] | None = None,
) -> Trained:
    """An ensemble trained on `learned`, as it was when it predicted `held_out` (memes it never saw) best.

    With `directions` (features, axes), tastes without networks, the networks learn only what those cannot say.

    To learn from all answers once it is known how well that works, train again on all of them without `held_out`, for as
    many `blind_epochs` as turned out best. The same answers and seed give the same ensemble on the same device.
    `heartbeat` is called after each epoch; whatever it raises stops the training. ValueError without any answers.
    """
    if not len(learned):
        raise ValueError("An ensemble cannot be trained on no answers.")
    schedule = schedule or Schedule()
    rng = np.random.default_rng(schedule.seed)
    model = Ensemble(config, schedule.seed)
    if directions is not None:
        model.begin_with(directions)
    model.to(device)
    data = _Data.of(learned, device)
    judged = None if held_out is None or not len(held_out) else _Data.of(held_out, device)
    learning = [weights for weights in model.parameters() if weights.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=schedule.rate, weight_decay=schedule.weight_decay)
    bootstraps = rng.integers(0, len(learned), (config.members, len(learned)))
    best, wins, losses = Trained(model, 0, [], []), list[Array](), list[float]()
    for epoch in range(1, (schedule.most_epochs if judged else schedule.blind_epochs) + 1):
        _epoch(model, optimizer, data, rng.permuted(bootstraps, axis=1), schedule.batch)
        if held_out is not None and judged is not None:
            wins.append(_judge(model, judged))
            losses.append(log_loss(wins[-1], held_out.targets))
            if losses[-1] == min(losses):
                best = Trained(copy.deepcopy(model), epoch, wins, losses)
        else:
            best = Trained(model, epoch, wins, losses)
        if heartbeat is not None:
            heartbeat(epoch)
        if epoch - best.epochs >= schedule.patience:
            break
    return dataclasses.replace(best, model=best.model.eval())


@dataclass(frozen=True, eq=False)
class _Data:
    features: Tensor
    left: Tensor
    right: Tensor
    axis: Tensor
    targets: Tensor

    @classmethod
    def of(cls, examples: Examples, device: str) -> _Data:
        return cls(
            torch.as_tensor(examples.features, dtype=torch.float32, device=device),
            torch.as_tensor(examples.left, device=device),
            torch.as_tensor(examples.right, device=device),
            torch.as_tensor(examples.axis, device=device),
            torch.as_tensor(examples.targets, dtype=torch.float32, device=device),
        )


def _epoch(model: Ensemble, optimizer: torch.optim.Optimizer, data: _Data, orders: Places, batch: int) -> None:
    """Each member goes through its own bootstrap, a row of `orders` (members, n), in that order."""
    rows = torch.as_tensor(orders, device=data.left.device)
    for part in torch.split(rows, batch, dim=1):
        logits = _logits(model, data, part)
        losses = nn.functional.binary_cross_entropy_with_logits(logits, data.targets[part], reduction="none")
        optimizer.zero_grad()
        losses.mean(1).sum().backward()  # type: ignore[no-untyped-call]  # members share nothing
        optimizer.step()


def _logits(model: Ensemble, data: _Data, rows: Tensor) -> Tensor:
    """(members, n) that the left one wins, for `rows` (members, n) of the answers."""
    count = rows.shape[1]
    both = model(torch.cat([data.features[data.left[rows]], data.features[data.right[rows]]], dim=1))
    axes = data.axis[rows][..., None]
    gaps: Tensor = both[:, :count].gather(2, axes) - both[:, count:].gather(2, axes)
    return gaps[..., 0]


@torch.no_grad()
def _judge(model: Ensemble, data: _Data) -> Array:
    every = torch.arange(len(data.left), device=data.left.device).expand(model.config.members, -1)
    return np.asarray(torch.sigmoid(_logits(model, data, every)).mean(0).cpu().numpy(), np.float64)
