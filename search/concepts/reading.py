"""Looking concepts up: those in use, one by what it is called, what is active in a meme."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.db.models import Q
from pgvector.django import MaxInnerProduct

from search.concepts.packing import unpack, unpack_many
from search.filters import among
from search.models import (
    Concept,
    ConceptActivations,
    ConceptModel,
    ConceptPortrait,
    ConceptQuerySet,
    EmbeddingSpace,
    Meme,
    MemeQuerySet,
)
from search.query import KindTerm
from search.query.printer import write_term
from search.vectors import Vector, combine, halves

KEY = "concept"
_COMPONENT = re.compile(r"component-([1-9][0-9]?)")
COMPONENT_LABELS = frozenset(
    f"component-{number}" for number in range(1, 100)
)  # taken, whether there are as many or not


def active(space: EmbeddingSpace | None = None) -> ConceptModel | None:
    """The dictionary in use, in the space in use or the given one."""
    found = ConceptModel.objects.filter(state=ConceptModel.State.ACTIVE).defer("facts", "components")
    if space is not None:
        return found.filter(space=space).first()
    return found.filter(space__state=EmbeddingSpace.State.ACTIVE).first()


def of(model: ConceptModel) -> ConceptQuerySet:
    """Without their directions, which lists have no use for."""
    return Concept.objects.filter(model=model).defer("direction")


def search(model: ConceptModel, typed: str) -> ConceptQuerySet:
    """Those listed whose labels have `typed` in them; all of them for nothing. The most frequent first."""
    wanted = " ".join(typed.lower().split())
    found = of(model).listed()
    if wanted:
        found = found.filter(Q(label__startswith=wanted) | Q(label__contains=wanted))
    return found.order_by("-frequency", "pk")


def behind(found: ConceptQuerySet, last: Concept | None) -> ConceptQuerySet:
    """What comes after `last` among the most frequent: a page far down costs what the first one does."""
    if last is None:
        return found
    level = Q(frequency=last.frequency, pk__gt=last.pk)
    return found.filter(level | Q(frequency__lt=last.frequency), frequency__lte=last.frequency)


def called(model: ConceptModel, label: str) -> Concept | None:
    """The concept of that label, or what it was merged into; a hidden one is as one that is not there."""
    found = Concept.objects.filter(model=model, label=" ".join(label.lower().split())).first()
    if found is not None and found.merged_into_id:
        found = Concept.objects.filter(pk=found.merged_into_id).first()
    return None if found is None or found.is_hidden else found


# One statement without Django's detours: every search by a concept waits for it.
DIRECTION = """
SELECT halfvec_send(part.direction), part.frequency FROM search_concept named
  JOIN search_conceptmodel model ON model.id = named.model_id AND model.state = 'active'
  JOIN search_embeddingspace space ON space.id = model.space_id AND space.state = 'active'
  JOIN search_concept shown ON shown.id = coalesce(named.merged_into_id, named.id) AND NOT shown.is_hidden
  JOIN search_concept part ON part.id = shown.id OR part.merged_into_id = shown.id
 WHERE named.label = %s"""


def direction(label: str) -> Vector | None:
    """(dims,) in the active space, of the concept that `called` finds, with what was merged into it by how frequent it is;
    None if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(DIRECTION, [" ".join(label.lower().split())])
        parts = cursor.fetchall()
    rows = [halves(bytes(packed)) for packed, _ in parts]
    return combine(rows, [share for _, share in parts]) if parts else None


def principal(space: EmbeddingSpace, place: int) -> Vector | None:
    """(dims,) of the principal direction `place`, from 0; None if there is none."""
    model = ConceptModel.objects.filter(space=space, state=ConceptModel.State.ACTIVE).only("components").first()
    rows = np.frombuffer(model.components, "<f2").reshape(-1, space.dims) if model else np.empty((0, 1))
    return np.asarray(rows[place], np.float32) if place < len(rows) else None


def component(label: str) -> int | None:
    """The place, from 0, of a principal direction, `component-1` being the first; None for what is no name of one."""
    found = _COMPONENT.fullmatch(label.strip().lower())
    return int(found[1]) - 1 if found else None


def term(label: str, weight: float = 1.0) -> str:
    """As it stands in a query."""
    return write_term(KindTerm(KEY, label, weight))


# --- all of a dictionary, as arrays --------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Table:
    """By latent: `frequency` (latents,), 0 where it is dead; `shown` (latents,) the latent that it counts as, -1 for one that
    is hidden."""

    frequency: npt.NDArray[np.float32]
    shown: npt.NDArray[np.int64]


def table(model: ConceptModel) -> Table:
    """Kept by each process until a curator changes something."""
    return _table(model.pk, model.edited_at.isoformat(), model.latents)


@lru_cache(maxsize=2)
def _table(pk: int, edited: str, latents: int) -> Table:
    frequency, shown = np.zeros(latents, np.float32), np.full(latents, -1, np.int64)
    rows = Concept.objects.filter(model=pk).values_list("latent", "frequency", "is_hidden", "merged_into__latent")
    merged: list[tuple[int, int]] = []
    for latent, share, is_hidden, target in rows:
        frequency[latent] = share
        counts_as: int | None = target  # the stubs take it for a number always
        if counts_as is not None:
            merged.append((latent, counts_as))
        elif not is_hidden:
            shown[latent] = latent
    for latent, target in merged:
        shown[latent] = shown[target]
        frequency[target] = max(frequency[target], frequency[latent])
    return Table(frequency, shown)


# --- what is seen in memes -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """A concept in a meme; `share` of the strongest one that is there."""

    concept: Concept
    value: float
    share: float


def seen_in(model: ConceptModel, meme: Meme, most: int = 12) -> list[Seen]:
    """The most active first; nothing while nobody has looked."""
    row = ConceptActivations.objects.filter(model=model, meme=meme).values_list("packed", flat=True).first()
    if row is None:
        return []
    latents, values = unpack(row)
    shown = table(model).shown[latents]
    strongest: dict[int, float] = {}
    for latent, value in zip(shown.tolist(), values.tolist(), strict=True):
        if latent >= 0:
            strongest[latent] = max(value, strongest.get(latent, 0.0))
    ranked = sorted(strongest.items(), key=lambda item: -item[1])[:most]
    found = {concept.latent: concept for concept in of(model).filter(latent__in=[latent for latent, _ in ranked])}
    return [Seen(found[latent], value, value / max(ranked[0][1], 1e-6)) for latent, value in ranked if latent in found]


def activations(
    model: ConceptModel, meme_ids: Sequence[int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float32], int]:
    """Places among those of `meme_ids` that were looked at, rising, latents and values, each (a,); and how many those are.

    Latents that were merged count as what they were merged into; hidden ones are left out. The caller asks who may see them.
    """
    rows = ConceptActivations.objects.filter(model=model, meme__in=list(meme_ids))
    packed = list(rows.order_by().values_list("packed", flat=True))
    places, latents, values = unpack_many(packed)
    shown = table(model).shown[latents]
    kept = shown >= 0
    return places[kept], shown[kept], values[kept], len(packed)


def memes_of(visible: MemeQuerySet, ids: Sequence[int], most: int) -> list[Meme]:
    """In the order of `ids`, those of `visible`, at most so many."""
    found = {meme.pk: meme for meme in visible.filter(among(ids)).defer("text_boxes", "words")}
    return [found[pk] for pk in ids if pk in found][:most]


def with_memes(visible: MemeQuerySet, concepts: Sequence[Concept], most: int) -> list[tuple[Concept, list[Meme]]]:
    """Each concept with the strongest memes of `visible`, in one question for all."""
    strongest = dict(ConceptPortrait.objects.filter(concept__in=concepts).values_list("concept", "strongest"))
    wanted = list({pk for ids in strongest.values() for pk in ids[: 4 * most]})
    found = {meme.pk: meme for meme in memes_of(visible, wanted, len(wanted))}
    return [
        (concept, [found[pk] for pk in strongest.get(concept.pk, []) if pk in found][:most]) for concept in concepts
    ]


def along(model: ConceptModel, direction: Vector, most: int) -> tuple[list[Concept], list[Concept]]:
    """direction (dims,) -> the concepts that point its way most, and those that point away most."""
    cosines = of(model).listed().annotate(away=MaxInnerProduct("direction", direction))
    return list(cosines.filter(away__lt=0).order_by("away")[:most]), list(
        cosines.filter(away__gt=0).order_by("-away")[:most]
    )
