"""Searches that people keep under names of their own."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from search.models import SavedSearch
from search.query import BadQuery, parse, speakable

NAME_LENGTH = 200
DEFAULT_NAME_LENGTH = 60


class NameTaken(Exception):
    """Another search of the same person has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"You have another search called “{name}”.")


def of(user: User) -> QuerySet[SavedSearch]:
    """The latest first."""
    return SavedSearch.objects.filter(owner=user).order_by("-created_at", "-pk")


def keep(user: User, query: str, name: str = "") -> tuple[SavedSearch, bool]:
    """The search, and whether it is new: without a name, one that `user` has kept already stays as it is.

    Its own text is its name then, with a number if that is taken. Raises BadQuery, and NameTaken for a name that was given.
    """
    text = speakable(query).strip()
    if parse(text).is_empty():
        raise BadQuery("There is nothing to save: this search asks for nothing.")
    if name.strip():
        return _create(user, text, _clean(name)), True
    known = of(user).filter(query=text).first()
    return (known, False) if known else (_create(user, text, _free_name(user, text)), True)


def rename(search: SavedSearch, name: str) -> None:
    """Raises NameTaken. An empty name changes nothing."""
    cleaned = _clean(name)
    if not cleaned:
        return
    try:
        with transaction.atomic():
            SavedSearch.objects.filter(pk=search.pk).update(name=cleaned)
    except IntegrityError as error:
        raise NameTaken(cleaned) from error
    search.name = cleaned


def _create(user: User, text: str, name: str) -> SavedSearch:
    try:
        with transaction.atomic():
            return SavedSearch.objects.create(owner=user, name=name, query=text)
    except IntegrityError as error:
        raise NameTaken(name) from error


def _clean(name: str) -> str:
    return " ".join(speakable(name).split())[:NAME_LENGTH].strip()


def _free_name(user: User, text: str) -> str:
    """Two windows may choose the same one; then the later is told that it is taken."""
    base = _clean(text)
    base = base if len(base) <= DEFAULT_NAME_LENGTH else base[: DEFAULT_NAME_LENGTH - 1] + "…"
    taken = {name.upper() for name in of(user).filter(name__istartswith=base).values_list("name", flat=True)}
    names = [base, *(f"{base} ({number})" for number in range(2, len(taken) + 2))]
    return next(name for name in names if name.upper() not in taken)
