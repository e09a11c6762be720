"""What the box offers while somebody types: keys, and values that exist among what they may see."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.lookups import IsNull

from search.kinds import joined
from search.models import Collection, Meme, Sighting, Source, Tag, Tagging
from search.query import MAX_LENGTH, Key, speakable
from search.query.cursor import Partial, at_cursor
from search.query.keys import every_key
from search.query.printer import write_value

AnyUser = User | AnonymousUser

MOST = 10
# Sightings that a beginning is looked up in: those of one letter may be a tenth of a million.
SAMPLE = 2000


@dataclass(frozen=True)
class Suggestion:
    """`text` takes the place of the characters from `start` to `end`; `label` and `help` are for people."""

    text: str
    start: int
    end: int
    label: str
    help: str = ""


def suggest(user: AnyUser, text: str, cursor: int) -> list[Suggestion]:
    """What may be meant by what stands before the cursor, the likeliest first; at most MOST, in one question to Postgres.

    Never more than `user` may see: a value that only stands on other people's private memes is not offered.
    """
    partial = at_cursor(speakable(text), cursor) if len(text) <= MAX_LENGTH else None
    if partial is None:
        return []
    if partial.key is None:
        return [_of_key(key, partial) for key in every_key() if _begins(key, partial.typed)]
    return [_of_value(partial.key, value, partial) for value in _values(user, partial.key, partial.typed)]


def _begins(key: Key, typed: str) -> bool:
    return bool(typed) and any(name.startswith(typed.lower()) for name in (key.name, *key.aliases))


def _of_key(key: Key, partial: Partial) -> Suggestion:
    return Suggestion(f"{key.name}:", partial.start, partial.end, f"{key.name}:", f"{key.help}, as in {key.example}")


def _of_value(key: Key, value: str, partial: Partial) -> Suggestion:
    return Suggestion(write_value(key, value), partial.start, partial.end, value)


def _values(user: AnyUser, key: Key, typed: str) -> list[str]:
    kind_name, colon, name = typed.partition(":")
    if key.name == "sort" and colon and (ordering := joined().get(kind_name.lower())):
        return [f"{kind_name}:{value}" for value in ordering.values(user, name)][:MOST]
    if key.form.options:
        return [option for option in key.form.options if option.startswith(typed.lower())]
    if key.name in _LOOKUPS:
        return list(_LOOKUPS[key.name](user, typed))[:MOST]
    kind = joined().get(key.name)
    return [] if kind is None else list(kind.values(user, typed))[:MOST]


def _visible(user: AnyUser) -> QuerySet[Meme]:
    return Meme.objects.visible_to(user)


def _sources(user: AnyUser, typed: str) -> Iterable[str]:
    # In the order of the index of each source's: else Postgres looks for the first one from the beginning of the whole table.
    seen = Sighting.objects.filter(source=OuterRef("pk"), meme__in=_visible(user)).order_by("locator")
    named = Source.objects.filter(_any(seen), name__icontains=typed)
    return named.order_by(_beginnings_first(typed), "name").values_list("name", flat=True).distinct()[:MOST]


def tags(user: AnyUser, typed: str) -> Iterable[str]:
    """Those on what `user` may see, the ones that begin so first; at most MOST."""
    used = Tagging.objects.filter(tag=OuterRef("pk"), meme__in=_visible(user))
    named = Tag.objects.filter(_any(used), name__icontains=typed)
    return named.order_by(_beginnings_first(typed), "name").values_list("name", flat=True)[:MOST]


def _any(rows: QuerySet[Any]) -> IsNull:
    """Whether there is a row, asked for each name by itself: EXISTS would be planned as a join of everything."""
    return IsNull(Subquery(rows.values("pk")[:1]), False)


def _beginnings_first(typed: str) -> Case:
    return Case(When(name__istartswith=typed, then=0), default=1)


def _collections(user: AnyUser, typed: str) -> Iterable[str]:
    """Other people's with their owner's name, for two may have chosen the same one."""
    owner, slash, name = typed.partition("/")
    wanted = Q(name__icontains=typed)
    if owner and slash:
        wanted |= Q(owner__username__iexact=owner, name__istartswith=name)
    found = Collection.objects.visible_to(user).filter(wanted)
    mine_first = Case(When(owner=user.pk, then=0), default=1)
    rows = found.order_by(mine_first, "name", "pk").values_list("owner", "owner__username", "name")[:MOST]
    return [name if owner == user.pk else f"{username}/{name}" for owner, username, name in rows]


def _seen_as(field: Literal["author", "community"]) -> Callable[[AnyUser, str], Iterable[str]]:
    """The commonest values of a field of sightings with a beginning; without one, of the latest sightings."""

    def look(user: AnyUser, typed: str) -> Iterable[str]:
        beginning = Sighting.objects.filter(**{f"{field}__istartswith": typed}).exclude(**{field: ""})
        sample = (beginning if typed else beginning.order_by("-pk"))[:SAMPLE].values("pk")
        seen = Sighting.objects.filter(pk__in=sample, meme__in=_visible(user)).values(field)
        counted = seen.annotate(count=Count("meme", distinct=True)).order_by("-count", field)
        return [row[field] for row in counted[:MOST]]

    return look


_LOOKUPS: dict[str, Callable[[AnyUser, str], Iterable[str]]] = {
    "source": _sources,
    "community": _seen_as("community"),
    "by": _seen_as("author"),
    "tag": tags,
    "in": _collections,
    "average": _collections,
}
