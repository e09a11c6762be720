"""The memes: one row for each picture or clip, by content."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from search import addresses
from search.curators import is_curator
from search.models.preferences import Preference

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


def _words(config: str) -> CombinedExpression:
    """Title and text, with a word between them that nobody types: a phrase must not begin in one and end in the other."""
    gap = SearchVector(Value("xgapx"), config=config)
    return SearchVector("title", config=config) + gap + SearchVector("text", config=config)


# What stands between title and text. Nobody types it, so no part of a word begins in one and ends in the other.
UNIT_SEPARATOR = "\x1f"


def folded(*texts: F | Value) -> Func:
    """In lower case, without accents, compatibility forms made plain."""
    # Django compares these by their order: as a migration writes them.
    return Func(*texts, arg_joiner=" || ", function="search_folded", output_field=TextField())


def grams(text: Func) -> Func:
    """The pieces by which a part of a folded text is found: three letters, or one and two where no spaces are written."""
    return Func(text, function="search_grams", output_field=ArrayField(TextField()))


def bands(phash: F) -> Func:
    """The four quarters of a perceptual hash, each with its number: of two hashes at most seven bits apart, one quarter is at
    most one bit apart."""
    return Func(phash, function="search_phash_bands", output_field=ArrayField(models.IntegerField()))


def said() -> Func:
    """Title and text of a meme, folded."""
    return folded(F("title"), Value(UNIT_SEPARATOR), F("text"))


class _IsListed(Func):
    """Whether a meme is safe for work, or this person does not mind. Postgres looks that up once for all rows.

    One expression: a subquery of Django's would be put together anew for every question of a page, of which this is a part.
    """

    template = "(NOT %(expressions)s))"
    arg_joiner = (
        f" OR NOT EXISTS (SELECT FROM {Preference._meta.db_table}"
        f" WHERE nsfw = '{Preference.Nsfw.HIDE.value}' AND user_id = "
    )
    output_field = models.BooleanField()


class MemeQuerySet(models.QuerySet["Meme"]):
    def visible_to(self, user: User | AnonymousUser) -> MemeQuerySet:
        """What `user` may see: active memes that are shared or their own; nothing for strangers unless the site is public."""
        active = self.filter(state=Meme.State.ACTIVE)
        if user.is_authenticated:
            return active.filter(Q(private_to=None) | Q(private_to=user.pk))
        return active.filter(private_to=None) if settings.PUBLIC_LIBRARY else active.none()

    def listed_for(self, user: User | AnonymousUser) -> MemeQuerySet:
        """What lists and queues show `user`: all they may see, but for what is not safe for work if they want that left out."""
        visible = self.visible_to(user)
        if not user.is_authenticated:
            return visible
        return visible.filter(_IsListed(F("is_nsfw"), Value(user.pk)))

    def in_charge(self, user: User | AnonymousUser) -> MemeQuerySet:
        """Memes in any state that `user` may take out and bring back: their own private ones; shared ones, as a curator."""
        if not user.is_authenticated:
            return self.none()
        own = Q(private_to=user.pk)
        return self.filter(own | Q(private_to=None) if is_curator(user) else own)


class Meme(models.Model):
    """One picture or clip, by content."""

    class Kind(models.TextChoices):
        IMAGE = "image"
        ANIMATION = "animation"
        VIDEO = "video"

    class State(models.TextChoices):
        ACTIVE = "active"
        HIDDEN = "hidden"
        TRASHED = "trashed"
        MISSING = "missing"  # every place it was read from has lost it
        PURGED = "purged"

    class NsfwOrigin(models.TextChoices):
        SOURCE = "source", "where it was seen"
        PERSON = "person", "somebody here"
        SCORE = "score", "how close it is to words for it"

    sha256 = models.CharField("SHA-256 of the bytes, hex", max_length=64)
    # None: everybody who may read the library. The same bytes may be private to one person and shared as well.
    private_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="private_memes"
    )
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    # `search.states` alone changes these four.
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    moved_from = models.CharField("state before that", max_length=10, choices=State.choices, blank=True)
    moved_at = models.DateTimeField("in this state since", null=True, blank=True)
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=300, blank=True)

    # Facts of the bytes, known before the row exists.
    kind = models.CharField(max_length=10, choices=Kind.choices)
    format = models.CharField(max_length=10)
    width = models.PositiveIntegerField(help_text="pixels, after EXIF orientation")
    height = models.PositiveIntegerField(help_text="pixels, after EXIF orientation")
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    size_bytes = models.PositiveBigIntegerField()
    has_sound = models.BooleanField(default=False)
    is_stored = models.BooleanField(help_text="the bytes are in the media store, not only in a folder of their owner")

    # A meme that came in a dump has no bytes here until somebody gets them; until then its hash is that of this address.
    remote_url = models.URLField(
        max_length=2000,
        blank=True,
        default="",
        db_default="",
        help_text="where its bytes are, until they have been here",
    )

    # What the stages find out. Each stage asks for the rows in which its own date is missing.
    derived_at = models.DateTimeField("thumbnails made", null=True, blank=True)
    has_preview = models.BooleanField(default=False, help_text="a 1600 px version exists")
    frame_count = models.PositiveSmallIntegerField(
        default=1, help_text="vectors per space: frames of a clip, 1 for a still"
    )
    phash = models.BigIntegerField("perceptual hash", null=True, blank=True)
    color = models.CharField("dominant colour", max_length=7, blank=True)
    text_read_at = models.DateTimeField(null=True, blank=True)
    text = models.TextField("text found in the picture", blank=True)
    text_boxes = models.JSONField(
        default=list, blank=True, help_text="[{text, score, quad}], quad in 0..1 of the picture"
    )
    # Both as written and stemmed: a template's code such as RE16 must survive, and "cats" must find "cat".
    words = models.GeneratedField(
        expression=_words("simple") + _words("english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    is_nsfw = models.BooleanField("not safe for work", default=False)
    nsfw_origin = models.CharField("who says so", max_length=10, choices=NsfwOrigin.choices, blank=True)

    # What its sightings say, kept level by triggers: every search by date or score would have to visit all of them.
    dated_at = models.DateTimeField(
        db_default=Now(), editable=False, help_text="when it was first posted; added, while nobody knows"
    )
    top_score = models.IntegerField(null=True, editable=False, help_text="most upvotes it had anywhere")

    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Meme]] = MemeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sha256", "private_to"], name="meme_once_per_owner", nulls_distinct=False),
        ]
        indexes = [
            models.Index(fields=["-id"], condition=Q(state="active"), name="meme_newest"),  # the page without a query
            models.Index(
                fields=["id"], condition=Q(derived_at=None, state="active", remote_url=""), name="meme_lacks_media"
            ),
            models.Index(
                fields=["id"], condition=Q(text_read_at=None, state="active", remote_url=""), name="meme_lacks_text"
            ),
            # Whose bytes are still to be got.
            models.Index(fields=["id"], condition=Q(state="active") & ~Q(remote_url=""), name="meme_remote"),
            # Near hashes: `search.duplicates`. What waits to be entered would be read by every probe.
            GinIndex(bands(F("phash")), name="meme_phash_bands", fastupdate=False),
            models.Index(
                fields=["moved_at"], condition=Q(state="trashed"), name="meme_trashed"
            ),  # the trash, the purge
            # What the purge has still to remove from the media store.
            models.Index(
                fields=["id"],
                condition=Q(state="purged") & (Q(is_stored=True) | ~Q(derived_at=None)),
                name="meme_remains",
            ),
            models.Index(fields=["kind", "-id"], condition=Q(state="active"), name="meme_kind"),  # `type:video` alone
            models.Index(fields=["-id"], condition=Q(is_nsfw=True, state="active"), name="meme_nsfw"),  # `nsfw:only`
            # `sort:new`, `sort:old`, `before:` and `after:`
            models.Index(fields=["-dated_at", "-id"], condition=Q(state="active"), name="meme_dated"),
            models.Index(fields=["-size_bytes", "-id"], condition=Q(state="active"), name="meme_size"),  # `sort:size`
            # `sort:score`
            models.Index(
                F("top_score").desc(nulls_last=True), F("id").desc(), condition=Q(state="active"), name="meme_top_score"
            ),
            GinIndex(fields=["words"], name="meme_words"),
            # Parts of words. At most 512 kB wait to be entered: a search reads all that waits. Entering each meme by itself
            # takes more than twice as long.
            GinIndex(grams(said()), name="meme_grams", gin_pending_list_limit=512),
        ]

    def __str__(self) -> str:
        return self.title or f"meme {self.pk}"

    def get_absolute_url(self) -> str:
        return addresses.of_page(self.pk)
