"""What training lessens: the error of every width, and the error that dead latents are asked to explain."""

from __future__ import annotations

import torch
from torch import Tensor

from search.sae.model import Active, SparseAutoencoder


def loss(model: SparseAutoencoder, x: Tensor, dead: Tensor) -> tuple[Tensor, Active]:
    """x (n, dims), dead (latents,) bool -> a scalar and what was active.

    Mean squared error per dimension, averaged over the widths; plus `aux_weight` times the error of `aux_k` dead latents in
    explaining what the whole width leaves over (Gao et al. 2024, A.2).
    """
    active = model.encode(x)
    recons = [model.decode(active, width) for width in model.config.widths]
    error = torch.stack([(recon - x).square().mean() for recon in recons]).mean()
    if model.config.aux_k and bool(dead.any()):
        error = error + model.config.aux_weight * auxiliary(model, x, (x - recons[-1]).detach(), dead)
    return error, active


def auxiliary(model: SparseAutoencoder, x: Tensor, rest: Tensor, dead: Tensor) -> Tensor:
    """How badly the dead latents that come nearest to being active explain `rest` (n, dims); a scalar."""
    places = dead.nonzero().squeeze(1)
    pre = (x - model.pre_bias) @ model.encoder[places].T + model.latent_bias[places]
    values, chosen = pre.relu().topk(min(model.config.aux_k, len(places)), dim=1, sorted=False)
    guess = torch.einsum("nk,nkd->nd", values, model.decoder[places[chosen]])
    return (guess - rest).square().mean()
