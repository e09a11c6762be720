"""All that there is to say to somebody about one of their tastes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User

from rating import progress, sharing
from rating.bayes.curves import Accuracy
from rating.beliefs import accuracy_now, guesses
from rating.corrections import corrected, corrected_on
from rating.evidence import chosen
from rating.models import Axis, Taste
from rating.progress import Consistency, Curve
from search.models import Meme

SHOWN = 12
WAYS = (("Instant", "direction"), ("Deep", "deep"))  # as people read them, and as networks are measured


@dataclass(frozen=True)
class Outline:
    """What costs nothing to say."""

    taste: Taste

    @property
    def axis(self) -> Axis:
        return self.taste.axis

    @property
    def term(self) -> str:
        """As its owner writes it in a search."""
        return sharing.written(self.axis.name)

    @property
    def answers(self) -> int:
        return self.taste.answers

    @property
    def milestone(self) -> int | None:
        return progress.milestone(self.taste.answers)

    @property
    def is_shared(self) -> bool:
        return self.taste.is_shared


@dataclass(frozen=True)
class Card(Outline):
    """What there is to say in passing. `accuracy` is the one measured last; None while it is too early to tell."""

    accuracy: Accuracy | None
    loved: Sequence[Meme]


@dataclass(frozen=True)
class Way:
    """How well one of the two, the direction or the networks, predicts the same answers about memes it never saw."""

    name: str
    right: float
    low: float
    high: float


@dataclass(frozen=True)
class Deep:
    """What networks learned of the same person. `ways` is empty while there is too little to test them with."""

    answers: int
    tested: int
    is_used: bool
    ways: Sequence[Way]


@dataclass(frozen=True)
class Portrait(Outline):
    """`accuracy` is None while it is too early to tell, `curve` until it was measured, `deep` while networks learned nothing.

    `corrections`: how many memes it was told about that it was wrong; they are left out of what it would have them be.
    """

    accuracy: Accuracy | None
    curve: Curve | None
    loved: Sequence[Meme]
    hated: Sequence[Meme]
    corrections: int
    deep: Deep | None

    @property
    def consistency(self) -> Consistency:
        """Asked for where it is shown."""
        owner = self.taste.owner
        assert owner is not None  # everybody's has no portrait
        return progress.consistency(owner, self.axis)


def outlines(rater: User) -> list[Outline]:
    """Of all tastes of `rater` of which something is known."""
    return [Outline(taste) for taste in sharing.own(rater)]


def cards(rater: User, axes: Sequence[Axis], count: int) -> list[tuple[Axis, Card | None]]:
    """For each axis, with `count` memes that are believed to be loved; None where nothing is known.

    For these each taste is searched by; everything else is asked in as many queries for all as for one.
    """
    known = {taste.axis_id: taste for taste in sharing.own(rater)}
    curves, said = progress.curves_of(rater, axes), corrected_on(rater, axes)
    return [(axis, _card(rater, known[axis.pk], curves, said, count) if axis.pk in known else None) for axis in axes]


def _card(
    rater: User, taste: Taste, curves: Mapping[int, Curve], said: Mapping[int, Mapping[int, bool]], count: int
) -> Card:
    curve = curves.get(taste.axis_id)
    hated = [pk for pk, is_loved in said[taste.axis_id].items() if not is_loved]
    loved = guesses(rater, taste.axis.name, 1.0, count, without=hated)
    return Card(taste, curve.accuracy if curve else None, loved)


def portrait(rater: User, axis: Axis, count: int = SHOWN) -> Portrait | None:
    """With `count` memes each that it believes they would love, and hate. None while nothing is known."""
    taste = sharing.own(rater).filter(axis=axis).first()
    if taste is None:
        return None
    said = corrected(rater, axis)
    loved, hated = (
        guesses(rater, axis.name, weight, count, without=[pk for pk, loved in said.items() if loved != is_loved])
        for weight, is_loved in ((1.0, True), (-1.0, False))
    )
    accuracy = accuracy_now(rater, axis, taste)
    return Portrait(taste, accuracy, progress.curve(rater, axis), loved, hated, len(said), _deep(rater, taste))


def _deep(rater: User, taste: Taste) -> Deep | None:
    found = chosen(rater, taste.axis, taste.space)
    if found.deep is None:
        return None
    measured = found.deep.metrics
    shares = [(name, measured.get(kind, {}).get("accuracy", {})) for name, kind in WAYS]
    is_known = all(share.get(end) is not None for _, share in shares for end in ("value", "low", "high"))
    ways = [Way(name, share["value"], share["low"], share["high"]) for name, share in shares] if is_known else []
    return Deep(found.deep.answers, measured.get("tested", 0), found.uses_deep, ways)
