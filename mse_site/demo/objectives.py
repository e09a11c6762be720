"""What the demo model is trained to do, as losses over one batch of pictures and texts."""

import torch
import torch.nn.functional as F
from torch import Tensor


def rank_texts(logits: Tensor, truth: Tensor, left_out: Tensor | None = None) -> Tensor:
    """Cross-entropy of each picture against all texts, shared evenly by the texts that are true of it.

    logits: (pictures, texts); truth: the same shape, bool; left_out: pairs that are neither right nor wrong.
    Pictures of which no text is true are skipped. Contrastive loss with several positives: Khosla et al. 2020,
    arXiv:2004.11362, equation 2.
    """
    if left_out is not None:
        logits = logits.masked_fill(left_out & ~truth, float("-inf"))
    rows = truth.any(dim=1)
    if not rows.any():
        return logits.new_zeros(())
    chances = F.log_softmax(logits[rows], dim=1)
    share = truth[rows].float()
    return -(chances.masked_fill(~truth[rows], 0.0).sum(dim=1) / share.sum(dim=1)).mean()


def rank_pictures(logits: Tensor, truth: Tensor, left_out: Tensor | None = None) -> Tensor:
    """The same for each text against all pictures of the batch."""
    return rank_texts(logits.T, truth.T, None if left_out is None else left_out.T)


def tell_apart(logits: Tensor, truth: Tensor, bias: Tensor) -> Tensor:
    """Sigmoid loss of each pair, right and wrong pairs weighing the same (Zhai et al. 2023, arXiv:2303.15343)."""
    losses = F.binary_cross_entropy_with_logits(logits + bias, truth.float(), reduction="none")
    right = losses[truth].mean() if truth.any() else losses.new_zeros(())
    return (right + losses[~truth].mean()) / 2


def subtract_terms(pictures: Tensor, names: Tensor, things: Tensor, scale: Tensor) -> Tensor:
    """Ranks the batch by "a -b", for pictures that have both a and b: those with a alone first, those with b below.

    pictures: (n, d) and names: (things, d), unit rows; things: (n, things) bool.
    """
    both = torch.nonzero(things.sum(dim=1) >= 2).flatten()
    if not len(both):
        return pictures.new_zeros(())
    pairs = torch.stack([torch.nonzero(row).flatten()[torch.randperm(int(row.sum()))[:2]] for row in things[both]])
    queries = F.normalize(names[pairs[:, 0]] - names[pairs[:, 1]], dim=1)
    truth = things[:, pairs[:, 0]] & ~things[:, pairs[:, 1]]
    return rank_pictures(scale * pictures @ queries.T, truth)
