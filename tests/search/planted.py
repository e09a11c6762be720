"""Memes with vectors of their own choice, without pictures."""

from django.contrib.auth.models import User

from search.models import Embedding, EmbeddingSpace, Meme
from search.vectors import Vector
from tests.search.sidecar.mixture import Mixture

DIMS = 32
MIXTURE = Mixture(dims=DIMS, clusters=40)


def plant_space(*, dims: int = DIMS, name: str = "planted", state: str = "active") -> EmbeddingSpace:
    return EmbeddingSpace.objects.create(name=name, revision="1", dims=dims, reads_text=False, state=state)


def plant(space: EmbeddingSpace, vectors: Vector, *, frames: int = 1, owner: User | None = None) -> list[int]:
    """A meme for every `frames` rows of `vectors`; returns their ids in order."""
    facts = {"kind": "image", "format": "png", "width": 8, "height": 8, "size_bytes": 8, "is_stored": True}
    start = Meme.objects.count()
    memes = Meme.objects.bulk_create(
        Meme(sha256=f"{start + number:064x}", title=f"meme {start + number}", private_to=owner, **facts)
        for number in range(len(vectors) // frames)
    )
    Embedding.objects.bulk_create(
        Embedding(space=space, meme=memes[row // frames], frame=row % frames, vector=vector)
        for row, vector in enumerate(vectors)
    )
    return [meme.pk for meme in memes]
