"""What is active, and what comes back."""

import numpy as np
import pytest
import torch

from search.sae import Config, SparseAutoencoder
from search.sae.loss import auxiliary, loss


def model(**changes: object) -> SparseAutoencoder:
    config = Config(**{"dims": 6, "latents": 12, "k": 3, **changes})  # type: ignore[arg-type]  # checked by it
    return SparseAutoencoder(config, torch.Generator().manual_seed(0))


def batch(rows: int = 5) -> torch.Tensor:
    return torch.randn(rows, 6, generator=torch.Generator().manual_seed(1))


def dense(found: SparseAutoencoder, x: torch.Tensor) -> torch.Tensor:
    """By the formula of the paper, every latent written out."""
    pre = (x - found.pre_bias) @ found.encoder.T + found.latent_bias
    least = pre.topk(found.config.k, dim=1).values[:, -1:]
    return torch.where(pre >= least, pre.relu(), 0.0)


def test_the_sparse_way_equals_the_formula_and_so_do_its_gradients() -> None:
    ours, plain = model(), model()
    x = batch()
    recons = ours.decode(ours.encode(x))
    expected = dense(plain, x) @ plain.decoder + plain.pre_bias
    assert torch.allclose(recons, expected, atol=1e-6)
    names = [name for name, _ in ours.named_parameters()]
    gradients = torch.autograd.grad(recons.square().sum(), list(ours.parameters()))
    by_formula = torch.autograd.grad(expected.square().sum(), list(plain.parameters()))
    for name, one, other in zip(names, gradients, by_formula, strict=True):
        assert torch.allclose(one, other, atol=1e-5), name


def test_a_worked_example() -> None:
    small = model(dims=6, latents=12, k=1)
    with torch.no_grad():
        small.encoder.zero_()
        small.encoder[7, 0] = 2.0
        small.decoder[7] = torch.tensor([1.0, 0, 0, 0, 0, 0])
    active = small.encode(torch.tensor([[3.0, 1, 0, 0, 0, 0]]))
    assert active.latents.tolist() == [7]
    assert active.values.tolist() == [6.0]
    assert small.decode(active).tolist() == [[6.0, 0, 0, 0, 0, 0]]


def test_so_many_are_active_in_each_vector_or_in_the_average_of_a_batch() -> None:
    assert torch.bincount(model().encode(batch()).rows).tolist() == [3] * 5
    many = model(is_batch_topk=True).train()
    active = many.encode(batch(40))
    assert len(active.values) == 3 * 40
    assert len(set(torch.bincount(active.rows, minlength=40).tolist())) > 1
    assert active.rows.tolist() == sorted(active.rows.tolist())


def test_vectors_one_by_one_are_judged_by_the_threshold_that_batches_left() -> None:
    many = model(is_batch_topk=True).train()
    for _ in range(50):
        many.encode(batch(200))
    many.eval()
    together = many.encode(batch(200))
    alone = many.encode(batch(200)[17:18])
    assert together.latents[together.rows == 17].tolist() == alone.latents.tolist()
    assert 2.5 < len(together.values) / 200 < 3.5


def test_the_first_latents_reconstruct_by_themselves() -> None:
    nested = model(nested=(4,))
    active = nested.encode(batch())
    narrow = nested.decode(active, 4)
    inside = active.latents < 4
    expected = torch.zeros(5, 6).index_add(
        0, active.rows[inside], active.values[inside, None] * nested.decoder[active.latents[inside]]
    )
    assert torch.allclose(narrow, expected + nested.pre_bias, atol=1e-6)


def test_dead_latents_alone_are_taught_by_the_auxiliary_loss() -> None:
    found = model(aux_k=2)
    dead = torch.zeros(12, dtype=torch.bool)
    dead[[3, 8, 9]] = True
    x = batch()
    [gradient] = torch.autograd.grad(auxiliary(found, x, torch.ones(5, 6), dead), [found.decoder])
    moved = gradient.abs().sum(dim=1) > 0
    assert moved.any()
    assert not moved[~dead].any()


def test_without_dead_latents_the_loss_is_the_error_alone() -> None:
    found = model()
    x = batch()
    error, active = loss(found, x, torch.zeros(12, dtype=torch.bool))
    assert torch.allclose(error, (found.decode(active) - x).square().mean())


def test_rows_of_the_decoder_are_brought_to_unit_norm() -> None:
    found = model()
    with torch.no_grad():
        found.decoder.mul_(3.0)
    found.normalise()
    assert np.allclose(found.decoder.detach().norm(dim=1), 1.0, atol=1e-6)


@pytest.mark.parametrize(
    "sizes",
    [{"k": 0}, {"k": 13}, {"dims": 0}, {"nested": (2,)}, {"nested": (8, 4)}, {"nested": (4, 4)}, {"nested": (12,)}],
)
def test_sizes_that_cannot_be_are_refused(sizes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"cannot be|must rise"):
        model(**sizes)
