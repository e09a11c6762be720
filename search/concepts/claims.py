"""Who learns the concepts of a space: one worker at a time, for as long as it gives signs of life; and when it is due."""

import shutil
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from search import spaces
from search.models import ConceptActivations, ConceptModel, Embedding, EmbeddingSpace, Meme

FEWEST = 256  # memes: with fewer, concepts would be single pictures
GROWN = 1.5  # times as many memes as those that were learned from
UNSETTLED = 0.02  # of the memes may still wait for their vectors
# Of a first import that goes on, what is learned is soon out of date: so long nothing came, or much more than is needed.
QUIET_S, MUCH_MORE = 60, 4
MAX_ATTEMPTS = 5


class Overtaken(Exception):
    """Another worker learns it by now, or nobody is to: its row or its space has gone."""


class TooFew(Exception):
    """There is too little to learn from; the message says how much is needed."""


def vectors_for_all(space: EmbeddingSpace) -> QuerySet[Embedding]:
    """Of what everybody may see: what concepts are, are called and show must tell nothing of what somebody keeps private."""
    return Embedding.objects.filter(space=space, meme__state=Meme.State.ACTIVE, meme__private_to=None)


def is_due(space: EmbeddingSpace) -> bool:
    """Whether nothing was learned of `space` yet, or the library has grown since the last time, whether that went well or not;
    not while memes still wait for their vectors, and not for the first time while they keep coming."""
    count = vectors_for_all(space).filter(frame=0).count()
    last = ConceptModel.objects.filter(space=space).order_by("-pk").first()
    if last is None:
        is_enough = count >= FEWEST and (count >= MUCH_MORE * FEWEST or _is_quiet())
    else:
        is_enough = count >= max(FEWEST, GROWN * last.memes)
    return is_enough and spaces.lacking(space) <= UNSETTLED * count


def _is_quiet() -> bool:
    latest = Meme.objects.order_by("-pk").values_list("created_at", flat=True).first()
    return latest is None or latest < timezone.now() - timedelta(seconds=QUIET_S)


def ask(space: EmbeddingSpace) -> ConceptModel:
    """Have the concepts of `space` learned now, due or not; what is being learned already is what was asked for.

    Raises TooFew.
    """
    count = vectors_for_all(space).filter(frame=0).count()
    if count < FEWEST:
        raise TooFew(
            f"Concepts are learned from {FEWEST} memes or more; {count} that all may see have been read so far."
        )
    with transaction.atomic():
        # Those who ask at once take turns; whoever ends a run meanwhile needs none.
        EmbeddingSpace.objects.select_for_update(no_key=True).get(pk=space.pk)
        learning = ConceptModel.objects.filter(space=space, state=ConceptModel.State.LEARNING).first()
        return learning or ConceptModel.objects.create(space=space, memes=count)


def take_next() -> ConceptModel | None:
    """What is to be learned of the active space, for the caller alone; None if nothing is, or somebody is at it.

    What killed its worker too often has failed.
    """
    space = spaces.active()
    if space is None:
        return None
    model = ConceptModel.objects.filter(space=space, state=ConceptModel.State.LEARNING).select_related("space").first()
    if model is None and is_due(space):
        model = ask(space)
    if model is None or not _take(model):
        return None
    if model.attempts > MAX_ATTEMPTS:
        fail(model, f"Given up: the worker died on it {MAX_ATTEMPTS} times. {model.fault}".strip())
        return None
    return model


def _take(model: ConceptModel) -> bool:
    now = timezone.now()
    until = now + timedelta(seconds=settings.CLAIM_LEASE_S)
    free = ConceptModel.objects.filter(pk=model.pk, state=ConceptModel.State.LEARNING)
    rows = (free.filter(leased_until=None) | free.filter(leased_until__lt=now)).update(
        leased_until=until, attempts=F("attempts") + 1
    )
    model.refresh_from_db()
    return bool(rows) and model.leased_until == until


def mine(model: ConceptModel) -> QuerySet[ConceptModel]:
    """The row, while it is this worker's to learn: nobody else has the same end of a lease."""
    wanted = EmbeddingSpace.objects.exclude(state=EmbeddingSpace.State.RETIRED)
    return ConceptModel.objects.filter(
        pk=model.pk, state=ConceptModel.State.LEARNING, leased_until=model.leased_until, space__in=wanted
    )


def hold(model: ConceptModel, step: int) -> None:
    """A sign of life. Raises Overtaken."""
    until = timezone.now() + timedelta(seconds=settings.CLAIM_LEASE_S)
    if not mine(model).update(leased_until=until, step=step):
        raise Overtaken(str(model))
    model.leased_until, model.step = until, step


def pause(model: ConceptModel, step: int) -> None:
    """Let whoever comes next go on from `step`: this worker has other things to do."""
    mine(model).update(leased_until=None, attempts=0, step=step, fault="")


def note(model: ConceptModel, error: Exception) -> None:
    """What went wrong, to be told if all who try meet with it; without the places of files, as everybody reads it."""
    said = error.strerror if isinstance(error, OSError) else None
    mine(model).update(fault=f"The last time: {said or type(error).__name__}.")


def fail(model: ConceptModel, fault: str) -> None:
    """Nothing is learned this time; the concepts that were there stay in use."""
    learning = ConceptModel.objects.filter(pk=model.pk, state=ConceptModel.State.LEARNING)
    if learning.update(state=ConceptModel.State.FAILED, fault=fault[:2000], leased_until=None):
        ConceptActivations.objects.filter(model=model.pk).delete()
    forget_work(model.pk)


def fail_retired() -> None:
    """What was being learned of a space that is not used any more has failed. Repeated, nothing."""
    for model in ConceptModel.objects.filter(
        state=ConceptModel.State.LEARNING, space__state=EmbeddingSpace.State.RETIRED
    ):
        fail(model, "The space was retired while its concepts were being learned: another encoder serves now.")


def folder_of(pk: int) -> Path:
    """Where this machine keeps what it works with."""
    return Path(settings.DATA_DIR) / "concepts" / str(pk)


def forget_work(pk: int) -> None:
    shutil.rmtree(folder_of(pk), ignore_errors=True)


def forget_old_work() -> None:
    """What this machine keeps of what was learned, or given up, on another one."""
    here = {int(path.name) for path in folder_of(0).parent.glob("[0-9]*") if path.name.isdigit()}
    learning = ConceptModel.objects.filter(state=ConceptModel.State.LEARNING) if here else ConceptModel.objects.none()
    for pk in here - set(learning.values_list("pk", flat=True)):
        forget_work(pk)
