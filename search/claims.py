"""Who works on what: leases on (meme, stage), so that a stage may run twice at once, or be killed, and nothing is lost."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from search.models import Claim, EmbeddingSpace, Meme

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 5  # then the meme is set aside with its reason
RETRY_AFTER_S = 20  # doubled with each attempt

# What a stage still lacks. Each is served by the partial index of the same name, or by the unique index of embeddings.
LACKS = {
    Claim.Stage.MEDIA: "m.derived_at IS NULL AND m.remote_url = ''",
    Claim.Stage.TEXT: "m.text_read_at IS NULL AND m.derived_at IS NOT NULL AND m.remote_url = ''",
    Claim.Stage.EMBEDDING: """m.derived_at IS NOT NULL
        AND (NOT %(needs_text)s OR m.text_read_at IS NOT NULL OR EXISTS (
            SELECT 1 FROM search_claim t WHERE t.meme_id = m.id AND t.stage = 'text' AND t.failed_at IS NOT NULL))
        AND NOT EXISTS (SELECT 1 FROM search_embedding e WHERE e.space_id = %(space)s AND e.meme_id = m.id)""",
}

CLAIM = """
INSERT INTO search_claim (meme_id, stage, space_id, attempts, leased_until, reason)
SELECT m.id, %(stage)s, %(space)s, 1, now() + %(lease_s)s * interval '1 second', ''
FROM search_meme m
LEFT JOIN search_claim c ON c.meme_id = m.id AND c.stage = %(stage)s AND c.space_id IS NOT DISTINCT FROM %(space)s
WHERE m.state = 'active' AND {lacks} AND (c.id IS NULL OR (c.failed_at IS NULL AND c.leased_until < now()))
ORDER BY m.id LIMIT %(limit)s
ON CONFLICT (meme_id, stage, space_id) DO UPDATE
SET attempts = search_claim.attempts + 1, leased_until = excluded.leased_until
WHERE search_claim.failed_at IS NULL AND search_claim.leased_until < now()
RETURNING meme_id, attempts
"""

LACKING = """
SELECT count(*) FROM search_meme m WHERE m.state = 'active' AND {lacks} AND NOT EXISTS (
    SELECT 1 FROM search_claim c WHERE c.meme_id = m.id AND c.stage = %(stage)s AND c.failed_at IS NOT NULL)
"""


def claim(
    stage: Claim.Stage, limit: int, *, space: EmbeddingSpace | None = None, needs_text: bool = False
) -> list[Meme]:
    """Lease up to `limit` active memes that lack the result of `stage`; whoever comes second gets other ones.

    A meme whose worker died MAX_ATTEMPTS times is set aside instead of killing the next worker too.
    """
    values = {
        "stage": stage.value,
        "space": None if space is None else space.pk,
        "needs_text": needs_text,
        "lease_s": settings.CLAIM_LEASE_S,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM.format(lacks=LACKS[stage]), values)
        claimed = cursor.fetchall()
    deadly = [pk for pk, attempts in claimed if attempts > MAX_ATTEMPTS]
    for pk in deadly:
        fail(pk, stage, f"Given up: the worker died or failed on it {MAX_ATTEMPTS} times.", space=space)
    return list(Meme.objects.filter(pk__in={pk for pk, _ in claimed} - set(deadly)).order_by("pk"))


def lacking(stage: Claim.Stage) -> int:
    """How many active memes wait for `stage`, which is not the one of vectors; not those that were set aside."""
    with connection.cursor() as cursor:
        cursor.execute(LACKING.format(lacks=LACKS[stage]), {"stage": stage.value})
        return int(cursor.fetchone()[0])


def fail(meme_id: int, stage: Claim.Stage, reason: str, *, space: EmbeddingSpace | None = None) -> None:
    """Set the meme aside for this stage, with the reason curators will read; `retry` brings it back."""
    Claim.objects.filter(meme=meme_id, stage=stage, space=space).update(failed_at=timezone.now(), reason=reason[:2000])


def postpone(meme_id: int, stage: Claim.Stage, reason: str, *, space: EmbeddingSpace | None = None) -> None:
    """Something passing went wrong: try again later, and later still, up to MAX_ATTEMPTS times."""
    found = Claim.objects.filter(meme=meme_id, stage=stage, space=space)
    for held in found:
        delay_s = RETRY_AFTER_S * 2 ** (held.attempts - 1)
        held.leased_until = timezone.now() + timedelta(seconds=delay_s)
        held.reason = reason[:2000]
        held.save(update_fields=["leased_until", "reason"])


def release(meme_ids: Sequence[int], stage: Claim.Stage, *, space: EmbeddingSpace | None = None) -> None:
    """Give leases back untouched: the work could not be tried at all."""
    Claim.objects.filter(meme__in=meme_ids, stage=stage, space=space, failed_at=None).delete()


def retry(failures: QuerySet[Claim] | None = None) -> int:
    """Forget every failure, or those among `failures`, so that the stages try again. Returns how many."""
    chosen = Claim.objects.all() if failures is None else failures
    return chosen.exclude(failed_at=None).delete()[0]
