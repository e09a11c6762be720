"""Learning planted factors, stopping and going on."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from search.sae import BadVectors, Schedule, Step, Training, begin, load_training, measure_model, save_training, train
from search.sae.measures import unexplained_by_components
from tests.search.sae.planted import CPU, config, factors, trained, vectors


def recovered(training: Training) -> float:
    cosines = factors() @ training.model.decoder.detach().numpy().T
    return float((cosines.max(axis=1) > 0.9).mean())


@pytest.mark.parametrize(
    "changes", [{}, {"is_batch_topk": True}, {"nested": (16,)}], ids=["top-k", "batch top-k", "nested"]
)
def test_planted_factors_are_found_again(changes: dict[str, Any]) -> None:
    training = trained(500, **changes)
    measures, counts = measure_model(training.model, vectors(1000, seed=5), training.scale)
    assert recovered(training) > 0.9
    assert measures.unexplained < 0.1
    assert counts.sum() == pytest.approx(1000 * measures.active)
    assert sum(measures.histogram) == (counts > 0).sum()
    by_components = unexplained_by_components(vectors(), vectors(1000, seed=5), training.scale, 2)
    assert measures.unexplained < by_components / 2


def test_the_same_seed_ends_in_the_same_weights() -> None:
    one, two = trained(60), trained(60)
    assert torch.equal(one.model.encoder, two.model.encoder)
    assert one.losses == two.losses


def test_stopped_and_taken_up_again_it_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    def kill(step: Step, training: Training) -> None:
        if step.number == 40:
            save_training(training, tmp_path, space="lite-1")
        if step.number == 45:
            raise Killed

    data, schedule = vectors(), Schedule(steps=80, batch=256)
    straight = begin(config(), data, device=CPU, generator=torch.Generator().manual_seed(0))
    train(straight, data, schedule)
    killed = begin(config(), data, device=CPU, generator=torch.Generator().manual_seed(0))
    with pytest.raises(Killed):
        train(killed, data, schedule, on_step=kill)
    again = load_training(tmp_path, space="lite-1", device=CPU)
    assert again.step == 40
    train(again, data, schedule)
    for name, tensor in straight.model.state_dict().items():
        assert torch.equal(tensor, again.model.state_dict()[name]), name
    assert straight.losses == again.losses


def test_vectors_are_read_from_a_memory_map(tmp_path: Path) -> None:
    whole = vectors().astype(np.float16)
    np.save(tmp_path / "v.npy", whole)
    mapped = np.load(tmp_path / "v.npy", mmap_mode="r")
    one, two = trained(30, mapped), trained(30, whole)
    assert torch.equal(one.model.encoder, two.model.encoder)


def test_latents_that_fall_silent_count_as_dead() -> None:
    training = trained(60, dead_after=300)
    assert 0 < float(training.is_dead.float().mean()) < 1
    assert training.is_dead.sum() == (training.unseen >= 300).sum()


def test_the_rate_rises_stays_and_falls() -> None:
    schedule = Schedule(steps=1000, rate=1.0, warm_up=100, decay=0.3)
    assert schedule.rate_at(0, 0.0) == pytest.approx(0.01)
    assert schedule.rate_at(500, 0.5) == 1.0
    assert schedule.rate_at(850, 0.85) == pytest.approx(0.5)


def broken(value: float) -> np.ndarray:
    data = vectors()
    data[4321, 7] = value
    return data


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (broken(np.nan), "Vector 4321"),
        (broken(np.inf), "Vector 4321"),
        (np.ones((500, 24), np.float32), "the same"),
        (np.zeros((500, 24), np.float32), "the same"),
        (vectors(100), "too few"),
        (np.zeros((0, 24), np.float32), "rows of numbers"),
        (np.zeros(24, np.float32), "rows of numbers"),
    ],
    ids=["nan", "infinite", "constant", "zero", "too few", "none", "flat"],
)
def test_vectors_of_which_nothing_can_be_learned_are_refused(data: np.ndarray, says: str) -> None:
    with pytest.raises(BadVectors, match=says):
        begin(config(), data, device=CPU, generator=torch.Generator())


def test_duplicates_do_not_break_training() -> None:
    training = trained(50, np.repeat(vectors(60), 10, axis=0))
    assert np.isfinite(training.losses).all()


def test_vectors_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="7 dimensions"):
        begin(config(), np.ones((500, 7), np.float32), device=CPU, generator=torch.Generator())
