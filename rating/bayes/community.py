"""The taste of everybody, and how much of it to expect of each person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rating.bayes.answers import Answers, gather
from rating.bayes.posterior import Posterior, Prior, fit

Array = npt.NDArray[np.float64]

# The prior of a person is N(share * community, variance I).
SHARES = (0.0, 0.5, 1.0)
VARIANCES = (0.4, 0.8, 1.5, 3.0)
# With fewer answers of everybody together the evidence is noise: half of the community is expected, half of it not.
ENOUGH = 600
HALF_AND_HALF = (0.5, 1.5)
# Of somebody alone with few answers: weak enough to follow them. Chosen in PREFSIM-1 by 68 raters who are not those of the
# benchmark (100 to 119, 200 to 247): after 100 answers .608 accuracy and .681 AUROC, .001 more than with 1.5 or 6; after
# 300 as good as any. Evidence would say less (.4), which predicts probabilities better and orders worse (.601, .668).
OPEN_VARIANCE = 3.0
# Of the community itself: people who share little have one with small weights.
COMMUNITY_VARIANCES = (0.1, 0.4, 1.5)
# Own evidence, in nats, that it takes to expect something else of a person than of everybody ("strong" after Kass and Raftery
# 1995). One person's answers say little about a prior; everybody's say much.
STRONG = 3.0


def community_variance(people: Sequence[Answers]) -> float:
    """Of COMMUNITY_VARIANCES the one with the largest evidence in all answers together."""
    everybody = gather(people)
    fits = [fit(everybody, Prior.around_nothing(everybody.size, variance)) for variance in COMMUNITY_VARIANCES]
    return COMMUNITY_VARIANCES[int(np.argmax([one.log_evidence for one in fits]))]


def fit_community(people: Sequence[Answers], variance: float | None = None) -> Posterior:
    """One taste (k,) for all answers of `people` together; `variance` by evidence unless given.

    Leave out the person whose prior it becomes: somebody's own answers would count twice.
    """
    variance = community_variance(people) if variance is None else variance
    return fit(gather(people), Prior.around_nothing(people[0].size, variance))


def grid_evidence(answers: Answers, community: Array) -> Array:
    """Laplace log evidence (a, v) of one person's answers for each share and variance of the grid."""
    return np.asarray(
        [[fit(answers, Prior(share * community, variance)).log_evidence for variance in VARIANCES] for share in SHARES]
    )


def prior_alone(answers: Answers) -> Prior:
    """Of somebody without a community: around nothing, the variance by evidence once there is enough of it."""
    if len(answers) < ENOUGH:
        return Prior.around_nothing(answers.size, OPEN_VARIANCE)
    priors = [Prior.around_nothing(answers.size, variance) for variance in VARIANCES]
    return max(priors, key=lambda prior: fit(answers, prior).log_evidence)


def choose_prior(community: Array, own: Array, everybody: Array) -> Prior:
    """Of one person: what the log evidence of `everybody` (a, v), theirs summed, says, unless their `own` strongly objects."""
    best = int(everybody.argmax())
    if own.max() > own.flat[best] + STRONG:
        best = int(own.argmax())
    share, variance = np.unravel_index(best, own.shape)
    return Prior(SHARES[share] * community, VARIANCES[variance])


def choose_priors(people: Sequence[Answers], communities: Sequence[Array]) -> list[Prior]:
    """The prior of each of `people`, given for each the weights (k,) of everybody else.

    A fixed share would hurt people who disagree with the crowd, and everybody where people share nothing.
    """
    if sum(len(answers) for answers in people) < ENOUGH:
        share, variance = HALF_AND_HALF
        return [Prior(share * community, variance) for community in communities]
    evidences = [grid_evidence(*one) for one in zip(people, communities, strict=True)]
    everybody = np.asarray(sum(evidences))
    return [choose_prior(community, own, everybody) for community, own in zip(communities, evidences, strict=True)]
