"""What the concepts in use see in memes that came later, or that somebody keeps private: by pull, like every stage."""

import logging

import numpy as np
import torch
from django.db import IntegrityError, transaction
from django.db.models import Avg, Exists, OuterRef

from search.concepts import files
from search.concepts.finishing import write_activations
from search.models import ConceptActivations, ConceptModel, Embedding, EmbeddingSpace, Meme
from search.sae import BadCheckpoint
from search.sae.portraits import awake
from search.vectors import Packed, unpacked

log = logging.getLogger(__name__)
AT_ONCE = 512  # memes


def fill() -> int:
    """Look at some memes that the concepts in use have not seen; how many those were. Safe to repeat, and at once.

    Nothing is looked at with weights that are gone or belong elsewhere; that is said in the log.
    """
    model = ConceptModel.objects.filter(
        state=ConceptModel.State.ACTIVE, space__state=EmbeddingSpace.State.ACTIVE
    ).select_related("space").first()  # fmt: skip
    if model is None:
        return 0
    seen = ConceptActivations.objects.filter(model=model, meme=OuterRef("meme"))
    lacking = Embedding.objects.filter(~Exists(seen), space=model.space, frame=0, meme__state=Meme.State.ACTIVE)
    ids = list(lacking.order_by("-meme").values_list("meme", flat=True)[:AT_ONCE])
    if not ids:
        return 0
    try:
        checkpoint = files.read(model)
    except (BadCheckpoint, OSError) as error:
        log.warning("new memes have no concepts: %s", error)
        return 0
    rows = Embedding.objects.filter(space=model.space, meme__in=ids).values("meme").annotate(mean=Packed(Avg("vector")))
    found = {meme: bytes(mean) for meme, mean in rows.order_by("meme").values_list("meme", "mean")}
    scaled = checkpoint.scale.apply(unpacked(list(found.values()), model.space.dims))
    with torch.no_grad():
        active = awake(checkpoint.model, torch.from_numpy(scaled))
    try:
        with transaction.atomic():
            write_activations(model, np.array(list(found), np.int64), active)
    except IntegrityError as error:  # a meme, or the dictionary, has gone: next time
        log.info("not kept: %s", error)
        return 0
    return len(found)
