"""Training from a memory map, step by step, to be stopped and taken up again at any of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from search.sae.data import Scale, Vectors, batches, check_enough, measure
from search.sae.loss import loss
from search.sae.model import Active, Config, SparseAutoencoder

EPSILON = 6.25e-10  # of Adam, as in Gao et al. 2024, A.1


@dataclass(frozen=True)
class Schedule:
    """Of the rate: up over `warm_up` steps, level, and down to nothing over the last `decay` share.

    Found on planted factors, see `tests.benchmarks.concepts`. `seconds`, when given, ends training instead of `steps`.
    """

    steps: int = 10_000
    seconds: float | None = None
    batch: int = 512
    rate: float = 3e-3
    warm_up: int = 100
    decay: float = 0.3

    def rate_at(self, step: int, done: float) -> float:
        """`done`: the share of the training that is over, 0 to 1."""
        return self.rate * min(1.0, (step + 1) / self.warm_up) * min(1.0, (1.0 - done) / self.decay)


@dataclass(frozen=True)
class Step:
    """What a step tells. `loss` is per dimension, in units of the vectors' variance."""

    number: int
    done: float
    loss: float
    dead_share: float


@dataclass
class Training:
    """All that a training is made of, between two steps."""

    model: SparseAutoencoder
    scale: Scale
    optimizer: torch.optim.Adam
    unseen: torch.Tensor  # (latents,) vectors since each was active
    step: int = 0
    losses: list[float] = field(default_factory=list)  # one for every `KEEP_EVERY` steps

    @property
    def is_dead(self) -> torch.Tensor:
        return self.unseen >= self.model.config.dead_after


KEEP_EVERY = 10


def begin(config: Config, vectors: Vectors, *, device: torch.device, generator: torch.Generator) -> Training:
    """Raises data.BadVectors."""
    if vectors.ndim == 2 and vectors.shape[1] != config.dims:
        raise ValueError(f"Vectors have {vectors.shape[1]} dimensions, the model has {config.dims}.")
    scale = measure(vectors)
    check_enough(len(vectors), config.latents)
    model = SparseAutoencoder(config, generator).to(device).train()
    unseen = torch.zeros(config.latents, dtype=torch.long, device=device)
    return Training(model, scale, optimizer_of(model), unseen)


def optimizer_of(model: SparseAutoencoder) -> torch.optim.Adam:
    return torch.optim.Adam(model.parameters(), lr=0.0, betas=(0.9, 0.999), eps=EPSILON)


def train(
    training: Training,
    vectors: Vectors,
    schedule: Schedule,
    *,
    seed: int = 0,
    on_step: Callable[[Step, Training], None] = lambda step, training: None,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Go on from where `training` is to the end of `schedule`. The same seed and steps end in the same weights on one machine.

    `on_step` may save, show, or raise to stop.
    """
    device = training.model.decoder.device
    order = torch.Generator().manual_seed(seed)
    started = clock()
    for batch in batches(vectors, training.scale, schedule.batch, order, skip=training.step):
        spent = 0.0 if schedule.seconds is None else (clock() - started) / schedule.seconds
        done = training.step / schedule.steps if schedule.seconds is None else spent
        if done >= 1:
            return
        step = advance(training, batch.to(device, non_blocking=True), schedule.rate_at(training.step, done), done)
        on_step(step, training)


def advance(training: Training, x: torch.Tensor, rate: float, done: float) -> Step:
    """One step on x (n, dims), centred and scaled."""
    model, optimizer = training.model, training.optimizer
    for group in optimizer.param_groups:
        group["lr"] = rate
    error, active = loss(model, x, training.is_dead)
    optimizer.zero_grad(set_to_none=True)
    error.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    _keep_rows_unit(model)
    optimizer.step()
    model.normalise()
    _note(training, active)
    value = float(error.detach())
    if training.step % KEEP_EVERY == 0:
        training.losses.append(value)
    training.step += 1
    return Step(training.step, done, value, float(training.is_dead.float().mean()))


@torch.no_grad()
def _keep_rows_unit(model: SparseAutoencoder) -> None:
    """Take out of the gradient what would only lengthen rows: it is undone after the step, and Adam would remember it."""
    gradient = model.decoder.grad
    if gradient is not None:
        gradient.sub_(model.decoder * (gradient * model.decoder).sum(dim=1, keepdim=True))


@torch.no_grad()
def _note(training: Training, active: Active) -> None:
    training.unseen += active.n
    training.unseen[active.latents[active.values > 0]] = 0
