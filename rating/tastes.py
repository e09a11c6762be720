"""Tastes follow answers: each is learned from what one person said on one axis, in the space that search uses."""

import hashlib
from collections.abc import Iterable

import numpy as np
from django.contrib.auth.models import User
from django.db import transaction

from rating import bases, nudging
from rating.bayes import Answers, Basis, Posterior, Prior, fit, from_bytes, prior_alone, to_bytes
from rating.bayes.community import HALF_AND_HALF
from rating.bayes.live import REFIT_EVERY
from rating.evidence import Evidence, evidence
from rating.models import Axis, Taste
from search import spaces
from search.models import EmbeddingSpace
from search.vectors import Vector, to_array

FEW = 100  # answers, whose exact fit takes a fifth of a second with reading the vectors; of 1,000 it is half a second
CAUGHT_UP = 12  # answers that are learned one by one, when as many are new; more are learned in an exact fit


def follow(rater: User, axes: Iterable[int]) -> None:
    """Learn what was just answered, or taken back, on the axes with these ids. Until there is a basis, nothing.

    In milliseconds: exact fits of many answers are left to a task, and done here only where nobody takes tasks.
    """
    behind = [axis for axis in Axis.objects.filter(pk__in=list(axes)) if not _keep_up(rater, axis)]
    if behind and not nudging.nudge("refit", rater.pk, [axis.pk for axis in behind]):
        for axis in behind:
            learn(rater, axis)


def _keep_up(rater: User, axis: Axis) -> bool:
    """Learn what can be learned at once. False if there is more to it, also when the taste is being learned elsewhere."""
    space = spaces.active()
    basis = None if space is None else bases.of(space)
    if space is not None and basis is None:
        nudging.nudge("learn_basis", expires_s=60)  # with it, all tastes
    if space is None or basis is None:
        return True
    with transaction.atomic():
        taste = _locked(rater, axis, space, basis, is_waiting=False)
        if taste is None:
            return False
        said = evidence(rater, axis)
        posterior = _grown(taste, said, space, basis)
        if posterior is None:
            if len(said) > FEW:
                return False
            posterior = _exact(taste, bases.answers(said, space, basis), basis)
        keep(taste, said, posterior, basis)
    return not is_due(posterior, len(said))


def learn(rater: User, axis: Axis, prior: Prior | None = None) -> Taste | None:
    """The taste of `rater` as all standing answers have it; None while nothing can be learned in the active space.

    A few more answers than last time are updates in milliseconds; anything else, and now and then an answer, an exact fit.
    Repeated without new answers, nothing changes. A `prior` is one that was chosen with everybody's: all is fitted to it.
    """
    space = spaces.active()
    basis = None if space is None else bases.of(space)
    if space is None or basis is None:
        return None
    with transaction.atomic():
        taste = _locked(rater, axis, space, basis)
        assert taste is not None  # it was waited for
        said = evidence(rater, axis)
        known = None if prior is not None else _grown(taste, said, space, basis)
        if prior is not None:
            set_prior(taste, prior, is_of_others=True)
            taste.basis = basis.checksum
        if known is None or is_due(known, len(said)):
            known = _exact(taste, bases.answers(said, space, basis), basis)
        elif taste.learned_from == fingerprint(said, basis):
            return taste
        keep(taste, said, known, basis)
    return taste


def _locked(rater: User, axis: Axis, space: EmbeddingSpace, basis: Basis, *, is_waiting: bool = True) -> Taste | None:
    """The row, nobody else's until the transaction ends: two answers at once are learned one after the other.

    None if it is somebody else's now and one is not waiting.
    """
    others = Taste.objects.filter(owner=rater, axis=axis)
    defaults = {"is_shared": others.filter(is_shared=True).exists(), "basis": basis.checksum}
    Taste.objects.get_or_create(owner=rater, axis=axis, space=space, defaults=defaults)
    return others.select_for_update(skip_locked=not is_waiting).filter(space=space).first()


def fingerprint(said: Evidence, basis: Basis, *, without: tuple[int, int] = (0, 0)) -> str:
    """A hash of the answers and the coordinates; `without` so many of the last pairs and the last fours."""
    pairs, fours = max(len(said.targets) - without[0], 0), max(len(said.picked) - without[1], 0)
    digest = hashlib.sha256(f"{basis.checksum} {pairs} {fours}".encode())
    for part in (said.left[:pairs], said.right[:pairs], said.targets[:pairs], said.picked[:fours], said.others[:fours]):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def _grown(taste: Taste, said: Evidence, space: EmbeddingSpace, basis: Basis) -> Posterior | None:
    """What was kept with the few answers that came since, none or up to CAUGHT_UP of one kind; None if there is more to it."""
    if taste.basis != basis.checksum or not taste.posterior:
        return None
    for count in range(CAUGHT_UP + 1):
        for without in ((count, 0), (0, count)):
            if taste.learned_from == fingerprint(said, basis, without=without):
                posterior = from_bytes(bytes(taste.posterior), basis.size)
                added = bases.answers(_last(said, *without), space, basis)
                for pair, target in zip(added.pairs, added.targets, strict=True):
                    posterior = posterior.with_pair(pair, float(target))
                for others in added.best:
                    posterior = posterior.with_best(others)
                return posterior
    return None


def is_due(posterior: Posterior, answers: int) -> bool:
    """Whether it is time for an exact fit: the more answers there are, the longer that takes and the less it changes."""
    return posterior.updates >= max(REFIT_EVERY, answers // FEW)


def _last(said: Evidence, pairs: int, fours: int) -> Evidence:
    one, other = slice(len(said.targets) - pairs, None), slice(len(said.picked) - fours, None)
    return Evidence(said.left[one], said.right[one], said.targets[one], said.picked[other], said.others[other])


def _exact(taste: Taste, answers: Answers, basis: Basis) -> Posterior:
    """Fitted to all answers; the prior is the one chosen with everybody's, or else what can be expected of a newcomer."""
    if not (taste.is_prior_of_others and taste.basis == basis.checksum):
        set_prior(taste, _newcomers(taste, basis) or prior_alone(answers), is_of_others=False)
    return fit(answers, prior_of(taste, basis))


def _newcomers(taste: Taste, basis: Basis) -> Prior | None:
    """Half of what everybody likes: nobody's taste is in everybody's before their prior was chosen with it."""
    everybody = Taste.objects.filter(owner=None, axis=taste.axis_id, space=taste.space_id, basis=basis.checksum).first()
    if everybody is None:
        return None
    share, variance = HALF_AND_HALF
    return Prior(share * from_bytes(bytes(everybody.posterior), basis.size).mean, variance)


def posterior(rater: User, axis: Axis, space: EmbeddingSpace, basis: Basis) -> Posterior:
    """What is known of the taste of `rater`; of somebody without one, what can be expected."""
    taste = Taste.objects.filter(owner=rater, axis=axis, space=space, basis=basis.checksum).first()
    if taste is not None and taste.posterior:
        return from_bytes(bytes(taste.posterior), basis.size)
    nothing = Answers(basis.size)
    unknown = Taste(owner=rater, axis=axis, space=space)
    return fit(nothing, _newcomers(unknown, basis) or prior_alone(nothing))


def prior_of(taste: Taste, basis: Basis) -> Prior:
    if not taste.prior_mean:
        return Prior.around_nothing(basis.size, taste.prior_variance)
    return Prior(np.frombuffer(bytes(taste.prior_mean), "<f8"), taste.prior_variance)


def set_prior(taste: Taste, prior: Prior, *, is_of_others: bool) -> None:
    taste.prior_mean = np.ascontiguousarray(prior.mean, "<f8").tobytes() if prior.mean.any() else b""
    taste.prior_variance, taste.is_prior_of_others = prior.variance, is_of_others


def keep(taste: Taste, said: Evidence, posterior: Posterior, basis: Basis) -> None:
    taste.answers, taste.learned_from = len(said), fingerprint(said, basis)
    point(taste, posterior, basis)
    taste.save()


def point(taste: Taste, posterior: Posterior, basis: Basis) -> None:
    """Without answers a taste points nowhere, whatever is expected of it."""
    direction = basis.direction(posterior.mean)
    length = float(np.linalg.norm(direction))
    taste.direction = direction / length if length > 0 and taste.answers else None
    taste.posterior, taste.basis = to_bytes(posterior), basis.checksum


def direction(owner: User | None, axis: Axis, space: EmbeddingSpace) -> Vector | None:
    """(dims,) of unit norm in `space`; None if nothing is known there. What was learned in another space is learned anew."""
    kept = Taste.objects.filter(owner=owner, axis=axis, space=space)
    if owner is not None and not kept.exists():
        learn(owner, axis)
    found = kept.values_list("direction", flat=True).first()
    return None if found is None else to_array(found)


def share(owner: User, axis: Axis, *, is_shared: bool) -> None:
    """Let others search by the taste, or no longer; before anything is learned it changes nothing."""
    Taste.objects.filter(owner=owner, axis=axis).update(is_shared=is_shared)
