"""The tables of the library: memes, where they were seen, their vectors, and what people gather and search for."""

from search.models.claims import Claim
from search.models.collections import Collection, CollectionEntry, CollectionQuerySet, Tag, Tagging
from search.models.concepts import Concept, ConceptActivations, ConceptModel, ConceptPortrait, ConceptQuerySet
from search.models.duplicates import Compared, DuplicatePair, DuplicateQuerySet, Merge, Tier
from search.models.embeddings import Embedding, EmbeddingChange, EmbeddingSpace, NsfwScore
from search.models.jobs import Job, JobQuerySet
from search.models.memes import Meme, MemeQuerySet
from search.models.preferences import Preference
from search.models.searches import PastSearch, SavedSearch
from search.models.sources import Sighting, Source

__all__ = [
    "Claim",
    "Collection",
    "CollectionEntry",
    "CollectionQuerySet",
    "Compared",
    "Concept",
    "ConceptActivations",
    "ConceptModel",
    "ConceptPortrait",
    "ConceptQuerySet",
    "DuplicatePair",
    "DuplicateQuerySet",
    "Embedding",
    "EmbeddingChange",
    "EmbeddingSpace",
    "Job",
    "JobQuerySet",
    "Meme",
    "MemeQuerySet",
    "Merge",
    "NsfwScore",
    "PastSearch",
    "Preference",
    "SavedSearch",
    "Sighting",
    "Source",
    "Tag",
    "Tagging",
    "Tier",
]
