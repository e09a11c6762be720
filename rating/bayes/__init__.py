"""Instant taste: linear Bradley-Terry on principal components, with a Laplace posterior. Numpy alone, no Django."""

from rating.bayes.acquisition import POLICIES, Draw, choose, draw_pairs, draw_targets
from rating.bayes.answers import SOFT_TARGETS, Answers, gather
from rating.bayes.basis import BadBasis, Basis, learn_basis
from rating.bayes.community import (
    choose_prior,
    choose_priors,
    community_variance,
    fit_community,
    grid_evidence,
    prior_alone,
)
from rating.bayes.live import Learner
from rating.bayes.posterior import Posterior, Prior, fit
from rating.bayes.storage import BadPosterior, from_bytes, to_bytes

__all__ = [
    "POLICIES",
    "SOFT_TARGETS",
    "Answers",
    "BadBasis",
    "BadPosterior",
    "Basis",
    "Draw",
    "Learner",
    "Posterior",
    "Prior",
    "choose",
    "choose_prior",
    "choose_priors",
    "community_variance",
    "draw_pairs",
    "draw_targets",
    "fit",
    "fit_community",
    "from_bytes",
    "gather",
    "grid_evidence",
    "learn_basis",
    "prior_alone",
    "to_bytes",
]
