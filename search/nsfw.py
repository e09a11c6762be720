"""What is not safe for work: said by people, by sources, or guessed from the vectors; in that order of trust."""

from collections.abc import Collection, Sequence
from functools import partial

import numpy as np
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from search import jobs, spaces, states
from search.encoders import Encoder
from search.models import Embedding, EmbeddingSpace, Meme, NsfwScore
from search.vectors import Vector

Origin = Meme.NsfwOrigin
BATCH = 2_000

# Several wordings each, as for zero-shot classification in Radford et al., "Learning Transferable Visual Models From
# Natural Language Supervision" (2021): a single one says as much about its wording as about its meaning.
UNSAFE = (
    "a pornographic photo", "explicit nudity", "a naked person", "a sexual act", "hentai", "a photo of gore and blood",
)  # fmt: skip
SAFE = (
    "a photo", "a harmless meme", "a cartoon", "a screenshot of text", "a person wearing clothes", "an animal",
    "a picture with a caption", "food on a plate",
)  # fmt: skip

SCORE = """
INSERT INTO search_nsfwscore (meme_id, space_id, score)
SELECT e.meme_id, e.space_id, max(-(e.vector <#> %(direction)s::halfvec))
  FROM search_embedding e
 WHERE e.space_id = %(space)s AND e.meme_id IN (
    SELECT m.id FROM search_meme m
     WHERE m.state = 'active'
       AND EXISTS (SELECT 1 FROM search_embedding h WHERE h.space_id = %(space)s AND h.meme_id = m.id)
       AND NOT EXISTS (SELECT 1 FROM search_nsfwscore n WHERE n.meme_id = m.id AND n.space_id = %(space)s)
     ORDER BY m.id LIMIT %(limit)s)
 GROUP BY e.meme_id, e.space_id
    ON CONFLICT (meme_id) DO UPDATE SET space_id = excluded.space_id, score = excluded.score
RETURNING meme_id
"""


def may_say(user: User | AnonymousUser, meme: Meme) -> bool:
    """Curators of what is shared, owners of what is theirs, and whoever added it."""
    return is_adder(user, meme) or states.role(user, meme) is not None


def is_adder(user: User | AnonymousUser, meme: Meme) -> bool:
    return user.is_authenticated and meme.added_by_id == user.pk


def say(meme: Meme, is_nsfw: bool) -> None:
    """Somebody has looked: that stands, whatever sources and scores say. Repeated, nothing changes."""
    Meme.objects.filter(pk=meme.pk).update(is_nsfw=is_nsfw, nsfw_origin=Origin.PERSON)
    meme.is_nsfw, meme.nsfw_origin = is_nsfw, Origin.PERSON


def hear(meme_ids: Collection[int]) -> int:
    """A source calls these not safe for work; returns how many are so from now on. People who have looked know better."""
    told = Meme.objects.filter(pk__in=meme_ids).exclude(nsfw_origin__in=[Origin.PERSON, Origin.SOURCE])
    return told.update(is_nsfw=True, nsfw_origin=Origin.SOURCE)


def score() -> int:
    """Give every meme with a vector its score, and believe those above the threshold; returns how many were scored.

    Only in spaces whose encoder knows what pictures mean. Safe to repeat and to run twice at once. A score of another space is
    made anew.
    """
    space = spaces.active()
    if space is None or spaces.is_light(space) or not settings.NSFW_THRESHOLD:
        return 0
    if not _lacking(space).exists():  # asked every minute, and mostly so
        return 0
    toward = direction(spaces.encoder_of(space.name))
    done = 0
    with jobs.sweep("nsfw", partial(lacking, space)) as job:
        while ids := _score(space, toward):
            believe(ids)
            done += len(ids)
            job.advance(len(ids))
    return done


def lacking(space: EmbeddingSpace) -> int:
    """How many memes have a vector in `space` and no score."""
    return _lacking(space).count()


def _lacking(space: EmbeddingSpace) -> QuerySet[Meme]:
    seen, scored = (kind.objects.filter(space=space, meme=OuterRef("pk")) for kind in (Embedding, NsfwScore))
    return Meme.objects.filter(Exists(seen), ~Exists(scored), state=Meme.State.ACTIVE)


def direction(encoder: Encoder) -> Vector:
    """(dims,) float32: its inner product with a vector of unit norm is the mean cosine to UNSAFE less that to SAFE, -1 to 1."""
    unsafe, safe = (np.asarray(encoder.encode_texts(list(texts))).mean(axis=0) for texts in (UNSAFE, SAFE))
    return np.asarray(unsafe - safe, np.float32)


def _score(space: EmbeddingSpace, toward: Vector) -> list[int]:
    text = "[" + ",".join(f"{value:.6g}" for value in toward.tolist()) + "]"
    with connection.cursor() as cursor:
        cursor.execute(SCORE, {"direction": text, "space": space.pk, "limit": BATCH})
        return [pk for (pk,) in cursor.fetchall()]


def believe(meme_ids: Sequence[int]) -> None:
    """Flag what scores above the threshold, and take back flags that only a score had given."""
    threshold = settings.NSFW_THRESHOLD / 1000
    guessed = Meme.objects.filter(Q(nsfw_origin="", is_nsfw=False) | Q(nsfw_origin=Origin.SCORE), pk__in=meme_ids)
    guessed.filter(nsfw_score__score__gte=threshold).update(is_nsfw=True, nsfw_origin=Origin.SCORE)
    guessed.filter(nsfw_score__score__lt=threshold).update(is_nsfw=False, nsfw_origin="")
