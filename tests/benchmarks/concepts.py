"""Concepts: a sparse autoencoder on planted factors beside the original one in the same processor time, and steering by it."""

from __future__ import annotations

import time

import numpy as np
import torch

from search.sae import (
    Config,
    Schedule,
    SparseAutoencoder,
    Training,
    begin,
    measure_model,
    train,
    unexplained_by_components,
)
from tests.benchmarks.concepts_steering import cost, raised
from tests.benchmarks.report import Figure, Report, figure, main
from tests.benchmarks.saesim import Planted, plant, recovered
from tests.benchmarks.saesim_reference import Original, train_original

LATENTS, K = 2048, 24
SECONDS, QUICK_SECONDS = 75.0, 12.0
COUNT, QUICK_COUNT = 100_000, 30_000


def measure(quick: bool) -> Report:
    torch.set_num_threads(1)
    seconds = QUICK_SECONDS if quick else SECONDS
    planted = plant(0, QUICK_COUNT if quick else COUNT)
    reference = measure_original(planted, seconds)
    figures = [figure(f"the original: {name}", value, "") for name, value in reference.items()]
    variants = {"top-k": Config(planted.vectors.shape[1], LATENTS, K)}
    if not quick:
        variants["batch top-k"] = Config(planted.vectors.shape[1], LATENTS, K, is_batch_topk=True)
        variants["nested"] = Config(planted.vectors.shape[1], LATENTS, K, nested=(256, 768))
    for name, config in variants.items():
        is_bound = name == "top-k"
        training = learn(config, planted, seconds)
        figures += measure_ours(name, training, planted, reference, is_bound)
        if is_bound:
            figures.append(raised(training, planted))
    figures += cost(quick)
    left_out = "the full time, most vectors, batch top-k, nested widths" if quick else ""
    sizes: dict[str, int | float | str] = {"vectors": len(planted.vectors), "dims": planted.vectors.shape[1]}
    sizes |= {"latents": LATENTS, "k": K, "processor seconds each": seconds}
    return Report("Concepts", figures, sizes, left_out)


def measure_original(planted: Planted, seconds: float) -> dict[str, float]:
    model = train_original(torch.from_numpy(planted.vectors), LATENTS, K, seconds)
    return _measure_original(model, planted)


@torch.no_grad()
def _measure_original(model: Original, planted: Planted) -> dict[str, float]:
    x = torch.from_numpy(planted.held_out)
    missed, woken = 0.0, torch.zeros(LATENTS, dtype=torch.bool)
    for rows in torch.split(x, 2048):
        latents = model.latents(rows)
        missed += float((model.down(latents) - rows).square().sum())
        woken |= (latents > 0).any(dim=0)
    total = float((x - torch.from_numpy(planted.vectors.mean(axis=0))).square().sum())
    found, precise = recovered(planted.factors, model.down.weight.T.numpy(), woken.numpy())
    return {
        "variance unexplained": missed / total,
        "factors recovered": found,
        "living latents that are a factor": precise,
        "dead latents": float((~woken).float().mean()),
    }


def learn(config: Config, planted: Planted, seconds: float) -> Training:
    training = begin(config, planted.vectors, device=torch.device("cpu"), generator=torch.Generator().manual_seed(0))
    train(training, planted.vectors, Schedule(seconds=seconds), clock=time.process_time)
    return training


def measure_ours(
    name: str, training: Training, planted: Planted, reference: dict[str, float], is_bound: bool
) -> list[Figure]:
    measures, counts = measure_model(training.model, planted.held_out, training.scale)
    found, precise = recovered(planted.factors, _directions(training.model), counts > 0)
    by_components = unexplained_by_components(
        planted.vectors, planted.held_out, training.scale, training.model.config.k
    )
    return [
        figure(
            f"{name}: variance unexplained, to the original's",
            measures.unexplained,
            "",
            reference=reference["variance unexplained"],
            bound="<= 0.75" if is_bound else "",
        ),
        figure(
            f"{name}: variance unexplained, to as many components", measures.unexplained, "", reference=by_components
        ),
        _more(f"{name}: factors recovered, more than the original", found, reference["factors recovered"], is_bound),
        figure(f"{name}: dead latents", measures.dead, "", bound="<= 0.2" if is_bound else ""),
        figure(f"{name}: factors recovered", found, ""),
        figure(f"{name}: living latents that are a factor", precise, ""),
        figure(f"{name}: active in a vector", measures.active, ""),
        figure(f"{name}: epochs", training.step * Schedule().batch / len(planted.vectors), ""),
    ]


def _more(name: str, found: float, reference: float, is_bound: bool) -> Figure:
    return figure(name, found - reference, "", bound=">= 0.25" if is_bound else "")


def _directions(model: SparseAutoencoder) -> np.ndarray:
    return model.decoder.detach().numpy()


if __name__ == "__main__":
    main(measure, __doc__)
