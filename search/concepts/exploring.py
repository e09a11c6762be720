"""A walk through the library: at every stop five looks along one direction, two steps back to two steps forward."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from search import retrieval
from search.concepts import reading
from search.concepts.apart import splitting
from search.concepts.reading import KEY
from search.hits import Detail
from search.kinds import AnyUser
from search.models import ConceptModel, Meme
from search.query import BadQuery, KindTerm, Query
from search.sidecar.terms import BadTerm

LOOKS = (-2, -1, 0, 1, 2)
STEP = 0.6  # weight of one: two of them outweigh what the walk began with
SHOWN = 12  # memes of a look
SPLIT = 60  # memes by which the next direction is chosen
LONGEST = 12  # stops: each may add a term


@dataclass(frozen=True)
class Stop:
    """Where somebody went: so many steps along a direction."""

    label: str
    steps: int


@dataclass(frozen=True)
class Walk:
    """From a query, past some stops, now looking along `along`."""

    start: Query
    stops: tuple[Stop, ...] = ()
    along: str = ""

    def at(self, steps: int = 0) -> Query:
        """What is searched for, so many steps further along."""
        weights: dict[str, float] = {}
        for stop in (*self.stops, Stop(self.along, steps)):
            if stop.label:
                weights[stop.label] = round(weights.get(stop.label, 0.0) + STEP * stop.steps, 2)
        terms = tuple(KindTerm(KEY, label, weight) for label, weight in weights.items() if weight)
        return replace(self.start, terms=(*self.start.terms, *terms))

    def after(self, steps: int) -> "Walk":
        """Having gone so many steps along; where to look next is still open. Of a long way the beginning is part of where it
        starts: the place is the same."""
        stops = (*self.stops, Stop(self.along, steps))
        return Walk(Walk(self.start, stops[:-LONGEST]).at(), stops[-LONGEST:])

    def before(self, place: int) -> "Walk":
        """As it was at the stop `place`, from 0, before it was decided there."""
        return Walk(self.start, self.stops[:place], self.stops[place].label)

    @property
    def labels(self) -> list[str]:
        return [*(stop.label for stop in self.stops), *([self.along] if self.along else [])]


@dataclass(frozen=True)
class Look:
    """What lies so many steps along; `trouble` says why nothing does."""

    steps: int
    query: Query
    memes: Sequence[Meme] = ()
    trouble: str = ""


def looks(user: AnyUser, walk: Walk) -> list[Look]:
    """Five, from the farthest back to the farthest forward."""
    return [_look(user, steps, walk.at(steps)) for steps in LOOKS]


def _look(user: AnyUser, steps: int, query: Query) -> Look:
    try:
        found = retrieval.search(user, query, limit=SHOWN, detail=Detail(has_match=False, has_tastes=False))
    except (retrieval.NothingToCompare, BadQuery, BadTerm) as error:
        return Look(steps, query, trouble=str(error))
    return Look(steps, query, [hit.meme for hit in found.hits])


def next_direction(user: AnyUser, model: ConceptModel, walk: Walk) -> str:
    """The concept that splits what is there best, of those not taken yet; any, where nothing splits it.

    Raises NothingToCompare, BadQuery and BadTerm for a start that cannot be searched for.
    """
    bare = Detail(columns=(), has_match=False, has_tastes=False)
    found = retrieval.search(user, walk.at(), limit=SPLIT, detail=bare)
    marks = splitting(model, [hit.meme.pk for hit in found.hits], without=set(walk.labels))
    return marks[0].concept.label if marks else random_direction(model, walk)


def random_direction(model: ConceptModel, walk: Walk) -> str:
    """A concept, named ones before others; a component where there is none left."""
    listed = reading.of(model).listed().exclude(label__in=walk.labels)
    for some in (listed.exclude(name="", given_name=""), listed):
        if count := some.count():
            # In the order of an index: neither all labels nor an order by chance are read for one.
            label = some.order_by("pk").values_list("label", flat=True)[random.randrange(count) :].first()
            if label is not None:
                return label
    return next_component(walk)


def next_component(walk: Walk) -> str:
    """The principal direction after the last one that was taken."""
    taken = [place for label in walk.labels if (place := reading.component(label)) is not None]
    return f"component-{(max(taken) + 1) % 32 + 1 if taken else 1}"
