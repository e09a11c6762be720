"""A taste written as concepts: what of the library it likes, and what it does not."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User

from rating.models import Taste
from search.concepts import reading
from search.models import Concept, Meme
from search.vectors import to_array

SHOWN, MEMES = 6, 4

Shown = Sequence[tuple[Concept, Sequence[Meme]]]


@dataclass(frozen=True)
class InConcepts:
    """The concepts that point a taste's way most, and away from it, each with memes to see what it is."""

    strongest: Shown
    weakest: Shown


def in_concepts(viewer: User, taste: Taste) -> InConcepts | None:
    """Of what `viewer` may see. None while nothing was learned, of the taste or of the space that it lies in."""
    model = reading.active(taste.space)
    if model is None or taste.direction is None:
        return None
    visible = Meme.objects.listed_for(viewer)
    ends = reading.along(model, to_array(taste.direction), SHOWN)
    strongest, weakest = (reading.with_memes(visible, concepts, MEMES) for concepts in ends)
    return InConcepts(strongest, weakest)
