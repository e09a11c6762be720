"""What curators say of concepts: what they are called, which nobody needs, which are the same."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from search.concepts import reading
from search.concepts.naming import unique
from search.models import Concept, ConceptModel
from search.models.concepts import NAME_LENGTH

TAKEN = "There is a concept “{}” already: merge the two if they are the same."


class BadName(ValueError):
    """A concept cannot be called that; the message says why."""


class CannotMerge(ValueError):
    """These two cannot be one; the message says why."""


def rename(concept: Concept, name: str) -> Concept:
    """Call it `name`, or with an empty one as it was found. Raises BadName, also for what another one is called."""
    wanted = " ".join(name.lower().split())
    if len(wanted) > NAME_LENGTH or reading.component(wanted) is not None or "\x00" in wanted:
        raise BadName(f"A name has at most {NAME_LENGTH} characters, and is not one of a component.")
    try:
        return _rename(concept, wanted)
    except IntegrityError as error:  # somebody else called another one that at the same moment
        raise BadName(TAKEN.format(wanted or concept.label)) from error


def _rename(concept: Concept, wanted: str) -> Concept:
    with transaction.atomic():
        others = Concept.objects.select_for_update().filter(model=concept.model_id).exclude(pk=concept.pk)
        if wanted and others.filter(label=wanted).exists():
            raise BadName(TAKEN.format(wanted))
        found = concept.name or f"unnamed-{concept.latent}"
        near = set(others.filter(label__startswith=found).values_list("label", flat=True))
        concept.given_name, concept.label = wanted, wanted or unique(found, near | reading.COMPONENT_LABELS)
        concept.save(update_fields=["given_name", "label"])
        _changed(concept)
    return concept


def hide(concept: Concept, *, is_hidden: bool = True) -> Concept:
    """Nobody but curators sees it, and no search finds by it; or again."""
    with transaction.atomic():
        concept.is_hidden = is_hidden
        concept.save(update_fields=["is_hidden"])
        _changed(concept)
    return concept


def merge(concept: Concept, target: Concept) -> Concept:
    """Let `concept` count as `target`; what was merged into it goes along. Repeated, nothing. Raises CannotMerge."""
    if target.model_id != concept.model_id or target.pk == concept.pk:
        raise CannotMerge("A concept can only be merged into another one that was learned with it.")
    with transaction.atomic():
        # Both locked, in one order: two curators must not merge each into the other at once.
        pair = Concept.objects.filter(pk__in=[concept.pk, target.pk]).order_by("pk").select_for_update()
        if any(one.pk == target.pk and one.merged_into_id for one in pair.only("merged_into")):
            raise CannotMerge(f"“{target}” was merged into another one itself.")
        Concept.objects.filter(merged_into=concept).update(merged_into=target)
        concept.merged_into = target
        concept.save(update_fields=["merged_into"])
        _changed(concept)
    return concept


def part(concept: Concept) -> Concept:
    """Take back that it was merged; repeated, nothing."""
    with transaction.atomic():
        concept.merged_into = None
        concept.save(update_fields=["merged_into"])
        _changed(concept)
    return concept


def _changed(concept: Concept) -> None:
    """What processes keep of the dictionary is out of date."""
    ConceptModel.objects.filter(pk=concept.model_id).update(edited_at=timezone.now())
