"""What everybody likes, and how much of it to expect of each person: learned now and then, of all answers together."""

import hashlib
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction

from rating import bases, tastes
from rating.bayes import Answers, Basis, choose_priors, community_variance, fit_community
from rating.evidence import Evidence, evidence
from rating.models import Axis, Choice, Comparison, Taste
from search import spaces
from search.models import EmbeddingSpace

# The taste of two people is no community: each of them could tell the other's by leaving out their own.
FEWEST = 3
MOST = 100  # people, those who answered most: everybody's prior takes a fit to all the others


@dataclass(frozen=True, eq=False)
class Person:
    """Somebody who answered, with what they said."""

    rater: User
    said: Evidence
    answers: Answers


def learn_basis() -> bool:
    """For the space that search uses, if it is time. True if there is a new one."""
    space = spaces.active()
    return space is not None and bases.learn(space)


def learn(axis: Axis) -> None:
    """Every taste on `axis` in the active space, with priors chosen together. Without new answers nothing changes."""
    space = spaces.active()
    basis = None if space is None else bases.of(space)
    if space is None or basis is None:
        return
    people = _people(axis, space, basis)
    if len(people) < FEWEST:
        _disband(axis, space)
        for person in people:
            tastes.learn(person.rater, axis)
        return
    whole = " ".join(f"{person.rater.pk}:{tastes.fingerprint(person.said, basis)}" for person in people)
    learned_from = hashlib.sha256(whole.encode()).hexdigest()
    if not Taste.objects.filter(owner=None, axis=axis, space=space, learned_from=learned_from).exists():
        _learn(people, axis, space, basis, learned_from)


def _disband(axis: Axis, space: EmbeddingSpace) -> None:
    """Nothing of others stays in anybody's prior."""
    here = Taste.objects.filter(axis=axis, space=space)
    here.filter(owner=None).delete()
    here.filter(is_prior_of_others=True).update(is_prior_of_others=False, learned_from="")


def _learn(people: list[Person], axis: Axis, space: EmbeddingSpace, basis: Basis, learned_from: str) -> None:
    said = [person.answers for person in people]
    variance = community_variance(said)  # one person more or less hardly changes it, and each choice takes three fits
    everybody = fit_community(said, variance)
    others = [fit_community(said[:place] + said[place + 1 :], variance).mean for place in range(len(said))]
    priors = choose_priors(said, others)
    with transaction.atomic():
        for person, prior in zip(people, priors, strict=True):
            tastes.learn(person.rater, axis, prior)
        taste, _ = Taste.objects.get_or_create(owner=None, axis=axis, space=space)
        taste.answers = sum(map(len, said))
        taste.learned_from = learned_from
        tastes.point(taste, everybody, basis)
        taste.save()
        _part(people, axis, space)


def _part(people: list[Person], axis: Axis, space: EmbeddingSpace) -> None:
    """Whoever is no longer among `people` has no prior that was chosen with them: theirs is a newcomer's again."""
    here = Taste.objects.filter(axis=axis, space=space, is_prior_of_others=True).exclude(owner=None)
    apart = list(here.exclude(owner__in=[person.rater for person in people]).values_list("owner", flat=True))
    here.filter(owner__in=apart).update(is_prior_of_others=False, learned_from="")
    for rater in User.objects.filter(pk__in=apart):
        tastes.learn(rater, axis)


def _people(axis: Axis, space: EmbeddingSpace, basis: Basis) -> list[Person]:
    """By id, of those who said something about memes that have a vector."""
    raters = {
        rater
        for kind in (Comparison, Choice)
        for rater in kind.objects.standing().filter(axis=axis).order_by().values_list("rater", flat=True).distinct()
    }
    found = []
    for rater in User.objects.filter(pk__in=raters, is_active=True):
        said = evidence(rater, axis)
        answers = bases.answers(said, space, basis)
        if len(answers):
            found.append(Person(rater, said, answers))
    found.sort(key=lambda person: (-len(person.answers), person.rater.pk))
    return found[:MOST]
