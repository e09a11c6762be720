"""The tables of the library: memes, where they were seen, and their vectors."""

from search.models.claims import Claim
from search.models.embeddings import Embedding, EmbeddingChange, EmbeddingSpace
from search.models.memes import Meme, MemeQuerySet
from search.models.sources import Sighting, Source

__all__ = [
    "Claim",
    "Embedding",
    "EmbeddingChange",
    "EmbeddingSpace",
    "Meme",
    "MemeQuerySet",
    "Sighting",
    "Source",
]
