"""A taste that learns while somebody answers: a quick update for each answer, an exact fit now and then."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rating.bayes.answers import Answers, gather
from rating.bayes.posterior import Posterior, Prior, fit

Array = npt.NDArray[np.float64]

# The updates look at each answer where the taste stood when it came; an exact fit looks at all of them again.
REFIT_EVERY = 10


class Learner:
    """Answers one by one. `posterior` is always current, and exact after each REFIT_EVERY answers.

    What is kept is the answers; a taste made anew from the same answers and `refit()` is the same taste. One picked among
    r + 1 and pairs may be mixed, if r is always the same. Not safe for use by two threads.
    """

    def __init__(self, prior: Prior, answers: Answers | None = None) -> None:
        self.prior = prior
        self._answers = Answers(len(prior.mean)) if answers is None else answers
        self._new: list[Answers] = []
        self.posterior: Posterior = fit(self._answers, prior)

    @property
    def answers(self) -> Answers:
        self._answers, self._new = gather([self._answers, *self._new]), []
        return self._answers

    def add_pair(self, difference: Array, target: float) -> None:
        """`difference` (k,): features of the left meme less the right one's; `target`: see SOFT_TARGETS."""
        self._add(
            Answers(len(difference), difference[None], np.asarray([target])),
            self.posterior.with_pair(difference, target),
        )

    def add_best(self, others: Array) -> None:
        """`others` (r, k): features of those not picked, each less those of the picked one."""
        self._add(Answers(others.shape[-1], best=others[None]), self.posterior.with_best(others))

    def add(self, answers: Answers) -> None:
        """Any number at once, and an exact fit."""
        self._new.append(answers)
        self.refit()

    def _add(self, answer: Answers, updated: Posterior) -> None:
        self._new.append(answer)
        self.posterior = updated
        if len(self._new) >= REFIT_EVERY:
            self.refit()

    def refit(self, prior: Prior | None = None) -> None:
        """The exact posterior of all answers, from where the taste stands; with another prior if one is given."""
        self.prior = self.prior if prior is None else prior
        self.posterior = fit(self.answers, self.prior, start=self.posterior.mean)
