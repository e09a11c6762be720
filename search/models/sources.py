"""Where memes come from, and where each was seen."""

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from search.models.memes import Meme


class Source(models.Model):
    """A place memes come from."""

    class Kind(models.TextChoices):
        FOLDER = "folder"
        FEED = "feed"
        REDDIT = "reddit"
        URLS = "urls", "List of addresses"
        DUMP = "dump"
        UPLOAD = "upload"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=200)
    root = models.TextField(
        blank=True, help_text="what makes it this one; a folder's real path is encoded like locators"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "root"], name="source_once")]

    def __str__(self) -> str:
        return self.name


class Sighting(models.Model):
    """A meme seen at a source: where, under which title, by whom, and whether it is still there."""

    meme = models.ForeignKey(Meme, models.CASCADE, related_name="sightings")
    source = models.ForeignKey(Source, models.CASCADE, related_name="sightings")
    # A path below the source's root or an address. Percent-encoded bytes, because file names need not be text.
    locator = models.TextField()
    url = models.URLField(max_length=2000, blank=True)
    title = models.CharField(max_length=300, blank=True)
    author = models.CharField(max_length=200, blank=True)
    community = models.CharField(max_length=200, blank=True)
    score = models.IntegerField(null=True, blank=True, help_text="upvotes at the source")
    comments = models.IntegerField(null=True, blank=True, help_text="how many there are at the source")
    posted_at = models.DateTimeField(null=True, blank=True)
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    modified_ns = models.BigIntegerField(null=True, blank=True, help_text="st_mtime_ns of the file when it was read")
    seen_at = models.DateTimeField(auto_now_add=True)
    # Its own bytes are another meme's that was merged into this one.
    merged_from = models.ForeignKey(Meme, models.SET_NULL, null=True, blank=True, related_name="+")
    missing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "locator"], name="sighting_once")]
        indexes = [
            models.Index(fields=["meme"], condition=Q(missing_since=None), name="sighting_present"),
            models.Index(fields=["source", "-seen_at", "-id"], name="sighting_latest"),  # what a source had lately
            # `by:` and `community:`, whole and, while somebody types, their beginnings; both compare in capitals.
            models.Index(OpClass(Upper("author"), name="text_pattern_ops"), name="sighting_author"),
            models.Index(OpClass(Upper("community"), name="text_pattern_ops"), name="sighting_community"),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.locator}"
