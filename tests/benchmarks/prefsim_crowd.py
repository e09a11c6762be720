"""Several people of PREFSIM-1 in one world, who share some of their taste, half of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rating.bayes import Answers, Posterior, choose_priors, community_variance, fit, fit_community
from tests.benchmarks.prefsim import Rater, utility, z_scored
from tests.benchmarks.prefsim_tastes import Subject, drawn_world, first

PEOPLE = 20
NOISE_SPREAD = 0.25  # some answer more carefully than others: the temperature is times a lognormal


@dataclass(frozen=True, eq=False)
class People:
    """Subjects with random answers of each."""

    subjects: Sequence[Subject]
    answers: Sequence[Answers]

    @classmethod
    def drawn(cls, seed: int, *, shared: float, answers: int) -> People:
        """PEOPLE of world `seed` with the variance `shared` of their tastes in common."""
        world, features = drawn_world(seed)
        rng = np.random.default_rng([3, seed])
        common = utility(world, rng)
        subjects = []
        for number in range(PEOPLE):
            liked = z_scored(np.sqrt(shared) * common + np.sqrt(1 - shared) * utility(world, rng))
            noise = float(np.exp(NOISE_SPREAD * rng.standard_normal()))
            subjects.append(Subject(world, features, Rater(world, 100 * seed + number, liked=liked, noise=noise)))
        return cls(subjects, [subject.random_answers(answers) for subject in subjects])

    def first(self, count: int) -> People:
        return People(self.subjects, [first(answers, count) for answers in self.answers])

    def alone(self) -> float:
        """Mean accuracy of tastes that know nothing of each other."""
        return self._mean([fit(own, subject.prior) for subject, own in zip(self.subjects, self.answers, strict=True)])

    def together(self) -> float:
        """Mean accuracy with priors around the community, as much of it as the evidence says."""
        priors = choose_priors(self.answers, [self.others(place).mean for place in range(len(self.subjects))])
        return self._mean([fit(own, prior) for own, prior in zip(self.answers, priors, strict=True)])

    def newcomers(self) -> float:
        """Mean accuracy for each as if they had answered nothing: the taste of everybody else."""
        return self._mean([self.others(place) for place in range(len(self.subjects))])

    def others(self, place: int) -> Posterior:
        return fit_community([answers for other, answers in enumerate(self.answers) if other != place], self.variance)

    @cached_property
    def variance(self) -> float:
        return community_variance(self.answers)

    def _mean(self, tastes: Sequence[Posterior]) -> float:
        return float(np.mean([one.accuracy(taste) for one, taste in zip(self.subjects, tastes, strict=True)]))
