"""What curators said of concepts outlives them: the closest ones of the next dictionary are called and hidden alike."""

import numpy as np

from search.concepts.naming import unique
from search.concepts.reading import COMPONENT_LABELS
from search.models import Concept, ConceptModel
from search.vectors import to_array

SAME = 0.7  # cosine, from which on two directions pass for one


def inherit(model: ConceptModel) -> None:
    """Say of the concepts of `model` what was said of those that were in use before it in the same space."""
    before = Concept.objects.filter(model__space=model.space_id, model__state=ConceptModel.State.RETIRED)
    told = before.exclude(given_name="", is_hidden=False, merged_into=None)
    said = list(told.select_related("merged_into").order_by("pk"))
    wanted = {concept.pk: concept for concept in said}
    wanted |= {concept.merged_into.pk: concept.merged_into for concept in said if concept.merged_into}
    if not wanted:
        return
    heirs = _heirs(list(wanted.values()), list(Concept.objects.filter(model=model).order_by("pk")))
    used = {*Concept.objects.filter(model=model).values_list("label", flat=True), *COMPONENT_LABELS}
    for old in wanted.values():
        heir = heirs.get(old.pk)
        if heir is None:
            continue
        if old.given_name:
            used.discard(heir.label)
            heir.given_name, heir.label = old.given_name, unique(old.given_name, used)
            used.add(heir.label)
        heir.is_hidden = heir.is_hidden or old.is_hidden  # of two that have become one, either was not to be seen
        heir.save(update_fields=["given_name", "label", "is_hidden"])
    _merge(said, heirs)


def _merge(said: list[Concept], heirs: dict[int, Concept]) -> None:
    merged = [(heirs.get(old.pk), heirs.get(old.merged_into_id)) for old in said if old.merged_into_id]
    targets = {target.pk for _, target in merged if target is not None}
    for heir, target in merged:
        if heir is not None and target is not None and heir.pk not in targets:  # else there would be chains, or circles
            heir.merged_into = target
            heir.save(update_fields=["merged_into"])


def _heirs(old: list[Concept], new: list[Concept]) -> dict[int, Concept]:
    """By the key of the old one: the closest new one, if it is close enough."""
    theirs = np.stack([to_array(concept.direction) for concept in new])
    found = {}
    for concept in old:
        cosines = theirs @ to_array(concept.direction)
        best = int(np.argmax(cosines))
        if cosines[best] >= SAME:
            found[concept.pk] = new[best]
    return found
