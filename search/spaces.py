"""Embedding spaces: one encoder each; a new one is filled beside the old one and takes over when it is complete."""

import logging
from functools import lru_cache

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from search.encoders import Encoder, EncoderError, load
from search.models import Claim, Embedding, EmbeddingSpace, Meme

log = logging.getLogger(__name__)


@lru_cache(maxsize=2)  # the one that serves and the one that is being built
def encoder_of(spec: str) -> Encoder:
    return load(spec, folder=settings.DATA_DIR / "encoders")


def is_light(space: EmbeddingSpace) -> bool:
    """Whether the space's encoder may be loaded into a web process: it needs numpy alone."""
    return space.name == "lite"


_COLUMNS = [field.attname for field in EmbeddingSpace._meta.concrete_fields]
# Without Django's detours: searches by tastes and concepts wait for it.
_ACTIVE = f"SELECT {', '.join(_COLUMNS)} FROM {EmbeddingSpace._meta.db_table} WHERE state = 'active'"


def active() -> EmbeddingSpace | None:
    with connection.cursor() as cursor:
        cursor.execute(_ACTIVE)
        row = cursor.fetchone()
    return None if row is None else EmbeddingSpace.from_db(connection.alias, _COLUMNS, row)


def active_name() -> str | None:
    """Of the active space. Every page asks, and Django would take five times longer than Postgres."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM search_embeddingspace WHERE state = %s", [EmbeddingSpace.State.ACTIVE.value])
        row = cursor.fetchone()
    return None if row is None else str(row[0])


def ensure(spec: str) -> EmbeddingSpace:
    """The space of encoder `spec`, made when missing: active when it is the first, else building beside the active one.

    Every other space that was being built is retired: only the encoder of the settings is wanted. Safe to repeat.
    """
    encoder = encoder_of(spec)
    with transaction.atomic():
        space, _ = EmbeddingSpace.objects.select_for_update().get_or_create(
            name=encoder.spec,
            revision=encoder.revision,
            defaults={"dims": encoder.dims, "reads_text": encoder.reads_text, "state": EmbeddingSpace.State.RETIRED},
        )
        building = EmbeddingSpace.objects.filter(state=EmbeddingSpace.State.BUILDING)
        building.exclude(pk=space.pk).update(state=EmbeddingSpace.State.RETIRED)
        if space.state == EmbeddingSpace.State.RETIRED:
            is_first = not EmbeddingSpace.objects.filter(state=EmbeddingSpace.State.ACTIVE).exists()
            space.state = EmbeddingSpace.State.ACTIVE if is_first else EmbeddingSpace.State.BUILDING
            space.save(update_fields=["state"])
    return space


def in_use() -> list[tuple[EmbeddingSpace, Encoder]]:
    """Active and building spaces with their encoders; one whose encoder cannot be loaded any more is left out."""
    found = []
    for space in EmbeddingSpace.objects.exclude(state=EmbeddingSpace.State.RETIRED).order_by("pk"):
        try:
            encoder = encoder_of(space.name)
        except EncoderError as error:
            log.warning("The encoder of space %s cannot be loaded: %s", space, error)
            continue
        if encoder.revision == space.revision:
            found.append((space, encoder))
    return found


def lacking(space: EmbeddingSpace, memes: QuerySet[Meme] | None = None) -> int:
    """How many active memes, of `memes` if given, still wait for their vector in `space`; not those that were set aside, and
    not those whose bytes have not been here."""
    has_vector = Embedding.objects.filter(space=space, meme=OuterRef("pk"))
    without_media = Q(stage=Claim.Stage.MEDIA)
    without_vector = Q(stage=Claim.Stage.EMBEDDING, space=space)
    failed = Claim.objects.filter(meme=OuterRef("pk")).exclude(failed_at=None)
    set_aside = failed.filter(without_media | without_vector)
    waiting = Meme.objects.all() if memes is None else memes
    return waiting.filter(~Exists(has_vector), ~Exists(set_aside), state=Meme.State.ACTIVE, remote_url="").count()


def would_lose(serving: EmbeddingSpace, space: EmbeddingSpace) -> int:
    """How many memes can be found in `serving` and could not be in `space`: its encoder failed on them, or they came with
    vectors of the other one and their bytes have not been here."""
    here = Embedding.objects.filter(space=serving, meme=OuterRef("pk"))
    there = Embedding.objects.filter(space=space, meme=OuterRef("pk"))
    return Meme.objects.filter(Exists(here), ~Exists(there), state=Meme.State.ACTIVE).count()


def promote_complete() -> bool:
    """Make the building space the active one if nothing lacks in it; search moves over in one transaction.

    A space that would lose what can be found now, because its encoder failed, stays where it is and is said to.
    """
    space = EmbeddingSpace.objects.filter(state=EmbeddingSpace.State.BUILDING).first()
    if space is None or lacking(space):
        return False
    serving = active()
    if serving and (lost := would_lose(serving, space)):
        log.error("%s does not take over from %s: it lacks %d memes that can be found now", space, serving, lost)
        return False
    with transaction.atomic():
        chosen = EmbeddingSpace.objects.select_for_update().get(pk=space.pk)
        if chosen.state != EmbeddingSpace.State.BUILDING:
            return False  # another worker was first
        EmbeddingSpace.objects.filter(state=EmbeddingSpace.State.ACTIVE).update(state=EmbeddingSpace.State.RETIRED)
        chosen.state = EmbeddingSpace.State.ACTIVE
        chosen.save(update_fields=["state"])
    log.info("%s is now the active embedding space", space)
    return True
