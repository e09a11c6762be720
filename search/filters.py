"""From the filters of a query to one condition on memes."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from itertools import zip_longest
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.postgres.search import SearchQuery
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, TextField, Value
from django.utils import timezone

from search import grams, scales
from search.models import Collection, CollectionEntry, Meme, Sighting, Source, Tag, Tagging
from search.query import BadQuery, Bounds, Filter, Query
from search.wording import stands_within

AnyUser = User | AnonymousUser


class _IsAnyOf(Func):
    """`id = ANY(array)`."""

    template = "(%(expressions)s::bigint[]))"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def among(ids: Sequence[int]) -> Q:
    """Memes with these ids. As one text: a thousand numbers take Django and Postgres longer than the search."""
    return Q(_IsAnyOf(F("pk"), Value(as_literal(ids), output_field=TextField())))


def as_literal(ids: Sequence[int]) -> str:
    """As Postgres writes arrays."""
    return f"{{{','.join(map(str, ids))}}}"


def condition(user: AnyUser, query: Query) -> Q:
    """What a meme must fulfil, beside being visible. Raises BadQuery for a collection that `user` cannot see, and
    NothingToCompare for a taste."""
    found = Q()
    for phrase in query.phrases:
        found &= _says(phrase)
    for phrase in query.banned:
        found &= ~_says(phrase)
    for together in _seen_together(query.filters):
        found &= _seen(*(_SEEN[part.key](part) for part in together))
    for part in query.filters:
        found &= _condition(user, part)
    return found


def _says(phrase: str) -> Q:
    words = Q(words=SearchQuery(phrase, config="simple", search_type="phrase"))
    if not (stands_within(phrase) and grams.can_be_found(phrase)):
        return words
    # Each from its own index, once: as one condition, of every meme looked at the parts would have to be found again.
    return Q(
        pk__in=Meme.objects.filter(words).values("pk").union(Meme.objects.filter(grams.contains(phrase)).values("pk"))
    )


def _condition(user: AnyUser, part: Filter) -> Q:
    if part.key in _SEEN:
        return ~_seen(_SEEN[part.key](part)) if part.is_negated else Q()
    if part.key == "in":
        found = _in_collections(user, part)
    elif part.key in _CONDITIONS:
        found = _CONDITIONS[part.key](part)
    else:
        found = scales.condition(user, part)
    return ~found if part.is_negated else found


# --- where it was seen ---------------------------------------------------------------------------------------------


def _seen_together(filters: Iterable[Filter]) -> Iterable[list[Filter]]:
    """`source:reddit by:bob` is one posting by bob at reddit. A second `by:` asks for another posting."""
    wanted = [part for part in filters if part.key in _SEEN and not part.is_negated]
    by_key = [[part for part in wanted if part.key == key] for key in _SEEN]
    for together in zip_longest(*by_key):
        yield [part for part in together if part is not None]


def _seen(*conditions: Q) -> Q:
    return Q(Exists(Sighting.objects.filter(*conditions, meme=OuterRef("pk"))))


def _at_source(part: Filter) -> Q:
    named = _any_of("name__iexact", part) | Q(kind__in=[text.lower() for text in _texts(part)])
    return Q(source__in=Source.objects.filter(named))


def _any_of(lookup: str, part: Filter) -> Q:
    found = Q()
    for text in _texts(part):
        found |= Q(**{lookup: text})
    return found


def _texts(part: Filter) -> list[str]:
    return [str(value) for value in part.values]


_SEEN: dict[str, Callable[[Filter], Q]] = {
    "source": _at_source,
    "community": lambda part: _any_of("community__iexact", part),
    "by": lambda part: _any_of("author__iexact", part),
}


# --- what it is ----------------------------------------------------------------------------------------------------


def _in_collections(user: AnyUser, part: Filter) -> Q:
    wanted: list[int] = []
    for name in _texts(part):
        found = list(Collection.objects.called(name, user).values_list("pk", flat=True))
        if not found:
            raise BadQuery(f"There is no collection “{name}” here.", part.at)
        wanted += found
    return Q(Exists(CollectionEntry.objects.filter(collection__in=wanted, meme=OuterRef("pk"))))


def _tagged(part: Filter) -> Q:
    tags = Tag.objects.filter(_any_of("name__iexact", part))
    return Q(Exists(Tagging.objects.filter(tag__in=tags, meme=OuterRef("pk"))))


def _bounded(field: str, part: Filter) -> Q:
    found = Q()
    for value in part.values:
        assert isinstance(value, Bounds)
        low = Q() if value.low is None else Q(**{f"{field}__gte": value.low})
        found |= low if value.high is None else low & Q(**{f"{field}__lte": value.high})
    return found


def _midnight(part: Filter) -> datetime:
    (day,) = part.values
    assert isinstance(day, date)
    return datetime.combine(day, time.min, timezone.get_current_timezone())


def _has(part: Filter) -> Q:
    facts = {"text": ~Q(text=""), "sound": Q(has_sound=True), "title": ~Q(title="")}
    found = Q()
    for text in _texts(part):
        found |= facts[text]
    return found


def _nsfw(part: Filter) -> Q:
    conditions: dict[Any, Q] = {"no": Q(is_nsfw=False), "only": Q(is_nsfw=True), "any": Q()}
    return conditions[part.values[0]]


_CONDITIONS: dict[str, Callable[[Filter], Q]] = {
    "type": lambda part: Q(kind__in=_texts(part)),
    "tag": _tagged,
    "before": lambda part: Q(dated_at__lt=_midnight(part)),
    "after": lambda part: Q(dated_at__gte=_midnight(part)),
    "width": lambda part: _bounded("width", part),
    "height": lambda part: _bounded("height", part),
    "size": lambda part: _bounded("size_bytes", part),
    "has": _has,
    "nsfw": _nsfw,
}
