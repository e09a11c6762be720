"""Which memes may be the same: the same picture, or close in meaning. Found by pull, decided by people."""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from search import agreement, jobs, merging, nearest, spaces
from search.collapse import Looks, are_alike
from search.filters import among
from search.media import hamming
from search.media.hashes import BLANK_PHASH
from search.models import Compared, DuplicatePair, EmbeddingSpace, Meme, Tier
from search.sidecar import terms as wire
from search.sidecar.client import SidecarAway, UnknownMeme

log = logging.getLogger(__name__)

BUDGET_S = 60.0
BATCH = 100
FARTHEST = 6  # of 64 bits; the index finds up to 7
# Vectors of one picture stored twice are at least this close in all encoders tried; of other pictures a few are.
CLOSE = 0.95
NEIGHBOURS = 12  # looked at for each meme
MOST_PAIRS = 5  # for each meme: a picture posted a thousand times is not to be decided upon half a million times

WAITING = """FROM search_meme m
 WHERE m.state = 'active' AND m.remote_url = '' AND {ready}
   AND NOT EXISTS (SELECT 1 FROM search_compared c
                    WHERE c.meme_id = m.id AND c.tier = %(tier)s AND c.space_id IS NOT DISTINCT FROM %(space)s)
"""
CLAIM = f"""
INSERT INTO search_compared (meme_id, tier, space_id)
SELECT m.id, %(tier)s, %(space)s {WAITING}
 ORDER BY m.id LIMIT %(limit)s
    ON CONFLICT DO NOTHING
RETURNING meme_id
"""
READY = {
    Tier.PICTURE: """m.phash IS NOT NULL AND (m.text_read_at IS NOT NULL OR EXISTS (
        SELECT 1 FROM search_claim t WHERE t.meme_id = m.id AND t.stage = 'text' AND t.failed_at IS NOT NULL))""",
    Tier.MEANING: "EXISTS (SELECT 1 FROM search_embedding e WHERE e.space_id = %(space)s AND e.meme_id = m.id)",
}
# A hash has as many ones as zeros, unless so little is in the picture that it says nothing: `search.collapse`.
NEAR = """
SELECT f.id, o.id, bit_count((f.phash # o.phash)::bit(64))
  FROM search_meme f
  JOIN search_meme o ON search_phash_bands(o.phash) && search_phash_probes(f.phash) AND o.id <> f.id
   AND o.state = 'active' AND o.private_to_id IS NOT DISTINCT FROM f.private_to_id
   AND bit_count((f.phash # o.phash)::bit(64)) <= %(farthest)s
 WHERE f.id = ANY(%(ids)s) AND bit_count(f.phash::bit(64)) BETWEEN 8 AND 56
 ORDER BY 1, 3, 2
"""

Near = tuple[int, int, float]  # two ids, and how far apart


class AlreadyDecided(Exception):
    """Somebody was first."""


def compare(*, budget_s: float = BUDGET_S) -> int:
    """Compare every meme that was not compared yet with all others; returns how many were. Safe to kill and to run twice at
    once: a meme is marked as compared in the transaction that keeps its pairs."""
    stop_at = time.monotonic() + budget_s
    done = 0
    with jobs.sweep("duplicates", waiting) as job:
        for step in (compare_pictures, compare_meanings):
            while time.monotonic() < stop_at and (count := step()):
                done += count
                job.advance(count)
        job.has_more = time.monotonic() >= stop_at
    return done


def waiting() -> int:
    """How many memes are to be compared, each in two ways."""
    space = spaces.active()
    counted = 0
    for tier, within in ((Tier.PICTURE, None), *([(Tier.MEANING, space)] if space else [])):
        with connection.cursor() as cursor:
            values = {"tier": tier.value, "space": None if within is None else within.pk}
            cursor.execute(f"SELECT count(*) {WAITING.format(ready=READY[tier])}", values)
            counted += int(cursor.fetchone()[0])
    return counted


def compare_pictures(limit: int = BATCH) -> int:
    """Pair up to `limit` memes with those whose hashes are near and whose words agree; returns how many were compared."""
    with transaction.atomic():
        ids = _claim(Tier.PICTURE, None, limit)
        with connection.cursor() as cursor:
            # Without statistics of what a probe finds, Postgres would rather read the whole table for a batch.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(NEAR, {"ids": ids, "farthest": FARTHEST})
            near = cursor.fetchall()
        _keep(Tier.PICTURE, _same_pictures(near))
    return len(ids)


def _same_pictures(near: Sequence[Near]) -> list[Near]:
    known = _facts({pk for one, other, _ in near for pk in (one, other)})
    looks = {pk: Looks.of(meme.text, meme.color, meme.width, meme.height) for pk, meme in known.items()}
    return [
        (one, other, distance)
        for one, other, distance in near
        if are_alike(looks[one], looks[other], int(distance)) and agreement.agree(known[one].text, known[other].text)
    ]


def _facts(ids: Iterable[int]) -> dict[int, Meme]:
    """Of those whose pictures somebody could look at side by side."""
    fields = ("text", "color", "width", "height", "phash", "private_to_id")
    return Meme.objects.filter(among(sorted(ids)), remote_url="").only(*fields).in_bulk()


def compare_meanings(limit: int = BATCH) -> int:
    """Pair up to `limit` memes with those whose vectors are close; returns how many were compared. None while the sidecar is
    away: comparing with all vectors in Postgres would take it from everybody else. Memes that it does not know yet wait for
    another time, without holding up the others."""
    space = spaces.active()
    if space is None:
        return 0
    try:
        with transaction.atomic():
            ids = _claim(Tier.MEANING, space, limit)
            neighbours = {pk: close for pk in ids if (close := _neighbours(space, pk)) is not None}
            Compared.objects.filter(tier=Tier.MEANING, space=space, meme__in=set(ids) - set(neighbours)).delete()
            _keep(Tier.MEANING, _same_meanings(neighbours))
    except SidecarAway as error:
        log.info("meanings are compared later: %s", error)
        return 0
    return len(neighbours)


def _neighbours(space: EmbeddingSpace, pk: int) -> list[Near] | None:
    """The memes close to this one; None while the sidecar does not know it in this space."""
    try:
        answer = nearest.sidecar().search([wire.MemeTerm(pk)], NEIGHBOURS)
    except UnknownMeme:
        return None
    if answer.space_id != space.pk:
        raise SidecarAway("it still answers in another space")
    close = answer.scores >= np.float32(CLOSE)
    found = zip(answer.ids[close].tolist(), answer.scores[close].tolist(), strict=True)
    return [(pk, other, 1.0 - min(score, 1.0)) for other, score in found if other != pk]


def _same_meanings(neighbours: Mapping[int, Sequence[Near]]) -> list[Near]:
    found = [near for of_one in neighbours.values() for near in of_one]
    known = _facts({pk for one, other, _ in found for pk in (one, other)})
    return [near for near in found if _may_mean_the_same(known.get(near[0]), known.get(near[1]))]


def _may_mean_the_same(one: Meme | None, other: Meme | None) -> bool:
    """One template with two captions is two memes, however close."""
    if one is None or other is None or one.private_to_id != other.private_to_id:
        return False
    hashes = [BLANK_PHASH if meme.phash is None else meme.phash for meme in (one, other)]
    is_template = BLANK_PHASH not in hashes and hamming(*hashes) <= 2 * FARTHEST
    return not is_template or agreement.agree(one.text, other.text)


def _claim(tier: Tier, space: EmbeddingSpace | None, limit: int) -> list[int]:
    values = {"tier": tier.value, "space": None if space is None else space.pk, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM.format(ready=READY[tier]), values)
        return [pk for (pk,) in cursor.fetchall()]


def _keep(tier: Tier, near: Iterable[Near]) -> None:
    """The nearest few of each meme; a pair that is known stays as it is, with what was decided."""
    counted: dict[int, int] = {}
    pairs = []
    for one, other, distance in near:
        counted[one] = counted.get(one, 0) + 1
        if counted[one] <= MOST_PAIRS:
            pairs.append(
                DuplicatePair(first_id=min(one, other), second_id=max(one, other), tier=tier, distance=distance)
            )
    DuplicatePair.objects.bulk_create(pairs, ignore_conflicts=True)


# --- what people decide --------------------------------------------------------------------------------------------


def decide(pair: DuplicatePair, decision: DuplicatePair.Decision, by: User) -> None:
    """Keep what `by` decided about an open pair; keeping one of the two merges the other into it.

    Raises AlreadyDecided, and what merging raises; then nothing is changed. Whether they may is asked of `open_for`.
    """
    with transaction.atomic():
        waiting = DuplicatePair.objects.filter(pk=pair.pk, decision="")
        if not waiting.update(decision=decision, decided_by=by, decided_at=timezone.now()):
            raise AlreadyDecided("Somebody else was first to decide about these two.")
        if decision in (DuplicatePair.Decision.LEFT, DuplicatePair.Decision.RIGHT):
            kept, gone = (
                (pair.first, pair.second) if decision == DuplicatePair.Decision.LEFT else (pair.second, pair.first)
            )
            DuplicatePair.objects.filter(pk=pair.pk).update(merge=merging.merge(kept, gone, by))
    pair.refresh_from_db()


def take_back(by: User) -> DuplicatePair | None:
    """Undo the latest decision of `by` that still stands, about memes in their charge; the pair is open again. None when there
    is none (more).

    Raises merging.NotUndone when what was merged cannot be parted any more.
    """
    with transaction.atomic():
        theirs = DuplicatePair.objects.filter(decided_by=by, first__in=Meme.objects.in_charge(by))
        latest = theirs.exclude(decision="").order_by("-decided_at", "-pk")
        pair = latest.select_for_update(of=("self",)).first()
        if pair is None:
            return None
        if pair.merge is not None:
            merging.undo(pair.merge, by)
        pair.decision, pair.decided_by, pair.decided_at, pair.merge = "", None, None, None
        pair.save(update_fields=["decision", "decided_by", "decided_at", "merge"])
    return pair
