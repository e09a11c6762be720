"""From a training that has ended to concepts that people use: what they are called and show, how well they stand for memes."""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from search import spaces
from search.concepts import claims, files
from search.concepts.candidates import candidates
from search.concepts.claims import Overtaken
from search.concepts.gathering import Gathered
from search.concepts.inheriting import inherit
from search.concepts.naming import Fit, fit, labels
from search.concepts.packing import pack
from search.concepts.reading import COMPONENT_LABELS
from search.encoders.palette import LOOKS
from search.models import Concept, ConceptActivations, ConceptModel, ConceptPortrait
from search.sae import (
    Checkpoint,
    Portraits,
    Training,
    measure_model,
    neighbours,
    portray,
    principal_axes,
    unexplained_along,
    unexplained_at,
)
from search.sae.model import Active

log = logging.getLogger(__name__)

SHOWN = 36  # memes of each end of a concept: some may be gone, or hidden from whoever looks
NEAR = 12
COMPONENTS = 32  # principal directions to explore along
MEASURED = 20_000  # memes by which the report is made
ROWS_AT_ONCE = 1000  # in one statement
MOST_LOSSES = 400  # points of the curve


def keep(model: ConceptModel, training: Training, gathered: Gathered) -> None:
    """Make what was learned the concepts of its space. All of it or nothing: until then the old ones are in use.

    Raises Overtaken, and OSError when the store is full or away.
    """
    training.model.eval()
    facts, axes = _report(training, gathered)
    claims.hold(model, training.step)
    ConceptActivations.objects.filter(model=model).delete()  # of somebody who died here
    portraits = portray(
        training.model, gathered.vectors, training.scale, shown=SHOWN, on_chunk=_activations(model, gathered)
    )
    file = files.keep(Checkpoint(training.model, training.scale, files.name_of(model.space), {}))
    claims.hold(model, training.step)
    found = _concepts(model, training, portraits, len(gathered.memes))
    shown = _portraits(found, training, portraits, gathered)
    with transaction.atomic():
        _serve(model, file, facts, axes)
        Concept.objects.bulk_create(found, batch_size=ROWS_AT_ONCE)
        ConceptPortrait.objects.bulk_create(
            (_with_key(concept, portrait) for concept, portrait in zip(found, shown, strict=True)),
            batch_size=ROWS_AT_ONCE,
        )
        inherit(model)
        _forget_old(model)
    log.info("learned %s: %s", model, {name: facts[name] for name in ("unexplained", "dead")})


def _serve(model: ConceptModel, file: str, facts: dict[str, Any], axes: npt.NDArray[np.float16]) -> None:
    """Take over from what was in use. Raises Overtaken."""
    old = ConceptModel.objects.filter(space=model.space_id, state=ConceptModel.State.ACTIVE)
    old.update(state=ConceptModel.State.RETIRED)
    is_mine = claims.mine(model).update(
        state=ConceptModel.State.ACTIVE, file=file, facts=facts, components=axes.tobytes(), step=model.step,
        learned_at=timezone.now(), edited_at=timezone.now(), leased_until=None, fault="",
    )  # fmt: skip
    if not is_mine:
        raise Overtaken(str(model))
    model.file = file


def _forget_old(model: ConceptModel) -> None:
    """Of those before it the reports stay."""
    old = ConceptModel.objects.filter(space=model.space_id, state=ConceptModel.State.RETIRED)
    for file in list(old.exclude(file="").exclude(file=model.file).values_list("file", flat=True)):
        transaction.on_commit(lambda file=file: files.let_go(file))  # type: ignore[misc]  # of each its own
    old.update(file="", components=b"")
    Concept.objects.filter(model__in=old).only("pk").delete()  # their directions are not read for that
    ConceptActivations.objects.filter(model__in=old).delete()


# --- what is active ------------------------------------------------------------------------------------------------


def _activations(model: ConceptModel, gathered: Gathered) -> Any:
    """Writes them down, chunk by chunk, with signs of life."""
    due = [timezone.now()]

    def write(start: int, active: Active) -> None:
        write_activations(model, gathered.memes[start : start + active.n], active)
        if (timezone.now() - due[0]).total_seconds() > settings.CLAIM_LEASE_S / 8:
            claims.hold(model, model.step)
            due[0] = timezone.now()

    return write


def write_activations(model: ConceptModel, memes: npt.NDArray[np.int64], active: Active) -> None:
    """What is active in each of `memes` (n,). What is kept of one already stays."""
    rows, latents, values = (one.cpu().numpy() for one in (active.rows, active.latents, active.values))
    ends = np.searchsorted(rows, np.arange(len(memes) + 1))
    ConceptActivations.objects.bulk_create(
        (
            ConceptActivations(model=model, meme_id=meme, packed=pack(latents[start:stop], values[start:stop]))
            for meme, start, stop in zip(memes.tolist(), ends[:-1], ends[1:], strict=True)
        ),
        batch_size=ROWS_AT_ONCE,
        ignore_conflicts=True,
    )


# --- concepts ------------------------------------------------------------------------------------------------------


def _concepts(model: ConceptModel, training: Training, portraits: Portraits, memes: int) -> list[Concept]:
    alive = np.flatnonzero(portraits.counts).tolist()
    directions = training.model.decoder.detach().cpu().numpy()[alive]
    fits = _fits(model, directions)
    called = labels(fits, alive, COMPONENT_LABELS)
    return [
        Concept(
            model=model, latent=latent, label=label, direction=direction, frequency=portraits.counts[latent] / memes,
            name=fitting.name if fitting.is_good else "", match=fitting.match, margin=fitting.margin,
        )
        for latent, label, direction, fitting in zip(alive, called, directions, fits, strict=True)
    ]  # fmt: skip


def _fits(model: ConceptModel, directions: npt.NDArray[np.float32]) -> Sequence[Fit]:
    # Nobody writes “blue” on a blue picture, but it is what most of its vector says.
    names = candidates(LOOKS if spaces.is_light(model.space) else ())
    if not names:
        return fit(directions, [], directions[:0])
    encoder = spaces.encoder_of(model.space.name)
    parts = []
    for start in range(0, len(names), 256):
        parts.append(encoder.encode_texts(names[start : start + 256]))
        claims.hold(model, model.step)
    return fit(directions, names, np.concatenate(parts))


def _portraits(
    concepts: Sequence[Concept], training: Training, portraits: Portraits, gathered: Gathered
) -> list[ConceptPortrait]:
    directions = training.model.decoder.detach()
    alive = torch.from_numpy(portraits.counts > 0).to(directions.device)
    near, opposite = neighbours(directions, alive, NEAR)
    return [
        ConceptPortrait(
            strongest=_memes(portraits.strongest[concept.latent], gathered),
            farthest=_memes(portraits.farthest[concept.latent], gathered),
            histogram=np.trim_zeros(portraits.histogram[concept.latent], "b").tolist(),
            highest=portraits.highest * np.trim_zeros(portraits.histogram[concept.latent], "b").size
            / portraits.histogram.shape[1],
            near=[latent for latent in near[concept.latent].tolist() if latent >= 0],
            opposite=None if opposite[concept.latent] < 0 else int(opposite[concept.latent]),
        )
        for concept in concepts
    ]  # fmt: skip


def _memes(rows: npt.NDArray[np.int64], gathered: Gathered) -> list[int]:
    found: list[int] = gathered.memes[rows[rows >= 0]].tolist()
    return found


def _with_key(concept: Concept, portrait: ConceptPortrait) -> ConceptPortrait:
    portrait.concept = concept
    return portrait


# --- the report ----------------------------------------------------------------------------------------------------


def _report(training: Training, gathered: Gathered) -> tuple[dict[str, Any], npt.NDArray[np.float16]]:
    """How much of the memes is explained by so many latents, and by as many principal components; and those."""
    model, scale = training.model, training.scale
    step = max(1, len(gathered.memes) // MEASURED)
    sample = np.ascontiguousarray(gathered.vectors[::step])
    measures, _ = measure_model(model, sample, scale)
    active = sorted({k for k in (1, 2, 4, 8, 16, 32) if k < model.config.k} | {model.config.k})
    axes = principal_axes(sample, scale, max(COMPONENTS, model.config.k))
    along = unexplained_along(axes, sample, scale)
    thin = max(1, len(training.losses) // MOST_LOSSES)
    facts = {
        **asdict(measures),
        "curve": [
            {"active": k, "unexplained": round(missed, 5), "components": round(float(along[k - 1]), 5)}
            for k, missed in zip(active, unexplained_at(model, sample, scale, active), strict=True)
            if k <= len(along)
        ],
        "losses": [round(loss, 5) for loss in training.losses[::thin]],
        "losses_every": 10 * thin,
        "measured": len(sample),
    }
    return facts, axes[:, :COMPONENTS].T.astype(np.float16)
