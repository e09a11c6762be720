"""From the terms of a query to what the sidecar or Postgres can search with."""

import io
from collections.abc import Sequence
from typing import cast

import numpy as np
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Avg, QuerySet
from django.utils.functional import SimpleLazyObject

from search import fetched_pictures, kinds, pictures, samples, spaces, store
from search.encoders import Picture
from search.media import BadMedia, load
from search.models import Collection, CollectionEntry, Embedding, EmbeddingSpace, Meme
from search.query import AverageTerm, ExactTerm, KindTerm, LikeTerm, PictureTerm, Query, Term, TextTerm, VectorTerm
from search.sidecar import terms as wire
from search.vectors import Vector, combine, to_array

AnyUser = User | AnonymousUser


class NothingToCompare(Exception):
    """The query points nowhere: what it names has no vector yet or is not there for this person, or its terms cancel out."""


def deep(user: AnyUser, query: Query) -> tuple[KindTerm, ...]:
    """The terms that put in order what the others found."""
    found = [term for term in query.directions if isinstance(term, KindTerm) and kinds.has_deep(term.key)]
    space = spaces.active() if found else None
    return () if space is None else tuple(term for term in found if kinds.is_deep(term.key, user, space, term.value))


def summed(query: Query, later: Sequence[Term]) -> tuple[Term, ...]:
    """The terms whose directions are added up: all but the deep ones, `later`, unless the others alone say at most what to
    stay away from."""
    others = tuple(term for term in query.directions if term not in later)
    return others if any(term.weight > 0 for term in others) else query.directions


def compile_terms(user: AnyUser, visible: QuerySet[Meme], query: Query, later: Sequence[Term]) -> list[wire.Term]:
    """One for each of the `summed` terms, of what `user` may see. Raises NothingToCompare."""
    _check_likes(visible, query)
    return [_compile(user, visible, term) for term in summed(query, later)]


def of_tastes(user: AnyUser, query: Query) -> dict[str, wire.VectorTerm]:
    """The directions that other apps have a part in the sum with, by what was written, but for numerous ones."""
    terms = [term for term in summed(query, deep(user, query)) if isinstance(term, KindTerm)]
    found = [term for term in terms if not kinds.is_numerous(term.key)]
    return {
        f"{term.key}:{term.value}": wire.VectorTerm(
            kinds.joined()[term.key].vector(user, _lazy_space(), term.value), term.weight
        )
        for term in found
    }


def _check_likes(visible: QuerySet[Meme], query: Query) -> None:
    wanted = {term.meme_id for term in query.terms if isinstance(term, LikeTerm)}
    missing = wanted - set(visible.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
    if missing:
        raise NothingToCompare(f"There is no meme {min(missing)} here to compare with.")


def _compile(user: AnyUser, visible: QuerySet[Meme], term: Term) -> wire.Term:
    match term:
        case TextTerm(text, weight) | ExactTerm(text, weight):
            return wire.TextTerm(text, weight)
        case LikeTerm(meme_id, weight):
            return wire.MemeTerm(meme_id, weight)
        case PictureTerm(_, weight):
            return wire.PictureTerm(_picture(user, term), weight)
        case VectorTerm(halves, weight):
            return wire.VectorTerm(np.frombuffer(halves, "<f2").astype(np.float32), weight)
        case AverageTerm(name, weight):
            return wire.VectorTerm(_average(user, visible, name), weight)
        case KindTerm(key, value, weight):
            return wire.VectorTerm(kinds.joined()[key].vector(user, _lazy_space(), value), weight)


def _space() -> EmbeddingSpace:
    space = spaces.active()
    if space is None:
        raise NothingToCompare("Nothing here has been read yet; try again in a moment.")
    return space


def _lazy_space() -> EmbeddingSpace:
    """Looked up by those kinds alone that ask it anything."""
    return cast(EmbeddingSpace, SimpleLazyObject(_space))


def _picture(user: AnyUser, term: PictureTerm) -> bytes:
    try:
        return pictures.data(fetched_pictures.keep(term.reference, user) if term.is_address else term.reference)
    except fetched_pictures.NotFetched as error:
        raise NothingToCompare(str(error)) from error
    except FileNotFoundError as error:
        raise NothingToCompare("The picture to search with is not kept here any more: hand it over again.") from error
    except BadMedia as error:
        raise NothingToCompare(f"The picture cannot be searched with. {error.reason}") from error
    except OSError as error:
        if error.errno not in store.FULL:
            raise
        raise NothingToCompare("The media store is full: there is no room to keep this picture.") from error


def _average(user: AnyUser, visible: QuerySet[Meme], name: str) -> Vector:
    """The mean of a collection's memes, a clip counted once."""
    collections = Collection.objects.called(name, user)
    if not collections.exists():
        raise NothingToCompare(f"There is no collection “{name}” here to compare with.")
    members = visible.filter(pk__in=CollectionEntry.objects.filter(collection__in=collections).values("meme"))
    vectors = Embedding.objects.filter(space=_space(), meme__in=members)
    mean = vectors.values("meme").annotate(mean=Avg("vector")).aggregate(all=Avg("mean"))["all"]
    if mean is None:
        raise NothingToCompare(f"The collection “{name}” holds nothing yet that could be compared with.")
    return to_array(mean)


# --- without the sidecar -------------------------------------------------------------------------------------------


def combined(space: EmbeddingSpace, terms: Sequence[wire.Term]) -> Vector | None:
    """The query's direction in `space`, (dims,) of unit norm; None if that takes an encoder not to be loaded here."""
    needs_encoder = any(isinstance(term, wire.TextTerm | wire.PictureTerm) for term in terms)
    if needs_encoder and not spaces.is_light(space):
        return None
    vectors = [_vector(space, term, place) for place, term in enumerate(terms)]
    vector = combine(vectors, [term.weight for term in terms])
    if not vector.any():
        raise NothingToCompare("The terms of this query cancel each other out.")
    return vector


def _vector(space: EmbeddingSpace, term: wire.Term, place: int) -> Vector:
    """Of unit norm."""
    match term:
        case wire.TextTerm(text):
            return np.asarray(spaces.encoder_of(space.name).encode_texts([text])[0])
        case wire.PictureTerm(data):
            return _encoded(space, data, place)
        case wire.MemeTerm(meme_id):
            return _stored(space, meme_id)
        case wire.VectorTerm(given):
            if given.shape != (space.dims,):
                message = f"a vector of this space has {space.dims} numbers, not {given.size}"
                raise wire.BadTerm(message, place)
            return np.asarray(given / np.linalg.norm(given), np.float32)


def _encoded(space: EmbeddingSpace, data: bytes, place: int) -> Vector:
    try:
        image = load(io.BytesIO(data), longest_px=pictures.LONGEST_PX)
    except BadMedia as error:
        raise wire.BadTerm(error.reason, place) from error
    return np.asarray(spaces.encoder_of(space.name).encode_pictures([Picture(image)])[0])


def _stored(space: EmbeddingSpace, meme_id: int) -> Vector:
    """A clip's frames are added up, as the sidecar does."""
    found = samples.searchable(space).filter(meme=meme_id)
    frames = [to_array(vector) for vector in found.values_list("vector", flat=True)]
    if not frames:
        raise NothingToCompare(f"Meme {meme_id} is still being read; try again in a moment.")
    return combine(frames, [1.0] * len(frames))
