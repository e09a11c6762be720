"""The shapes in which the API takes and gives memes."""

from datetime import datetime, tzinfo
from typing import Any

from django.utils.functional import cached_property
from django.utils.timezone import get_current_timezone
from rest_framework import serializers

from search import addresses
from search.locators import readable
from search.models import Meme, Sighting, Source
from search.query import MAX_TERMS
from search.retrieval import MAX_DEPTH, PAGE_SIZE, Hit

MAX_PAGE_SIZE = 200
AS_STORED = (
    "title", "kind", "format", "width", "height", "duration_ms", "size_bytes", "sha256", "color", "text", "is_nsfw",
)  # fmt: skip
BACKENDS = ("newest", "sidecar", "postgres", "words")


class MemeSerializer(serializers.ModelSerializer[Meme]):
    """`url` is this meme in the API, `page` is it on the site. A picture is null until it has been made."""

    url = serializers.HyperlinkedIdentityField(view_name="api-meme")
    page = serializers.HyperlinkedIdentityField(view_name="meme")
    added_by = serializers.CharField(source="added_by.username", read_only=True, default=None, allow_null=True)
    is_private = serializers.SerializerMethodField()
    thumbnail = serializers.SerializerMethodField(help_text="WebP, 512 px; the poster of a clip")
    preview = serializers.SerializerMethodField(help_text="WebP, 1600 px; only of larger originals")
    original = serializers.SerializerMethodField()

    class Meta:
        model = Meme
        fields = (
            "id", "url", "page", "title", "kind", "format", "width", "height", "duration_ms", "size_bytes", "sha256",
            "color", "text", "is_nsfw", "is_private", "added_by", "created_at", "derived_at", "text_read_at",
            "thumbnail", "preview", "original",
        )  # fmt: skip
        read_only_fields = fields

    def get_is_private(self, meme: Meme) -> bool:
        return meme.private_to_id is not None

    def get_thumbnail(self, meme: Meme) -> str | None:
        return self._media(meme, "thumbnail") if meme.derived_at else None

    def get_preview(self, meme: Meme) -> str | None:
        return self._media(meme, "preview") if meme.has_preview else None

    def get_original(self, meme: Meme) -> str:
        return self._media(meme, "original")

    def to_representation(self, meme: Meme) -> dict[str, Any]:
        """What the fields declare, in a tenth of the time that they take: a page may have two hundred memes."""
        return {
            "id": meme.pk,
            "url": self._site + addresses.in_api(meme.pk),
            "page": self._site + addresses.of_page(meme.pk),
            **{name: getattr(meme, name) for name in AS_STORED},
            "is_private": self.get_is_private(meme),
            "added_by": meme.added_by.username if meme.added_by else None,
            "created_at": _written(meme.created_at, self._zone),
            "derived_at": _written(meme.derived_at, self._zone),
            "text_read_at": _written(meme.text_read_at, self._zone),
            "thumbnail": self.get_thumbnail(meme),
            "preview": self.get_preview(meme),
            "original": self.get_original(meme),
        }

    def _media(self, meme: Meme, variant: str) -> str:
        return self._site + addresses.of_media(meme.pk, meme.sha256, variant)

    @cached_property
    def _site(self) -> str:
        """Scheme and host, as whoever asks wrote them."""
        address: str = self.context["request"].build_absolute_uri("/")
        return address.removesuffix("/")

    @cached_property
    def _zone(self) -> tzinfo:
        return get_current_timezone()


def _written(at: datetime | None, zone: tzinfo) -> str | None:
    """As Django REST framework writes dates."""
    if at is None:
        return None
    written = at.astimezone(zone).isoformat()
    return f"{written[:-6]}Z" if written.endswith("+00:00") else written


class SightingSerializer(serializers.ModelSerializer[Sighting]):
    source = serializers.CharField(source="source.name")  # type: ignore[assignment]  # a field's own name in the stubs
    source_kind = serializers.ChoiceField(source="source.kind", choices=Source.Kind.choices)
    path = serializers.SerializerMethodField(help_text="below the folder; empty for other kinds of source")

    class Meta:
        model = Sighting
        fields = (
            "source", "source_kind", "path", "url", "title", "author", "community", "score", "posted_at", "seen_at",
            "missing_since",
        )  # fmt: skip
        read_only_fields = fields

    def get_path(self, sighting: Sighting) -> str:
        return readable(sighting.locator) if sighting.source.kind == Source.Kind.FOLDER else ""


class MemeDetailSerializer(MemeSerializer):
    sightings = SightingSerializer(many=True)

    class Meta(MemeSerializer.Meta):
        fields = (*MemeSerializer.Meta.fields, "sightings")  # type: ignore[assignment]  # one more than the parent has

    def to_representation(self, meme: Meme) -> dict[str, Any]:
        sightings = self.fields["sightings"].to_representation(meme.sightings.all())
        return {**super().to_representation(meme), "sightings": sightings}


class MatchSerializer(serializers.Serializer[Any]):
    """Where the words of the query stand."""

    html = serializers.CharField(help_text="a line of the text or title, safe, the words in <mark>")
    source = serializers.ChoiceField(choices=("title", "text"))  # type: ignore[assignment]  # a field's own name in the stubs
    is_all = serializers.BooleanField(help_text="whether all words of the query stand in the meme")


class HitSerializer(serializers.Serializer[Any]):
    meme = MemeSerializer()
    score = serializers.FloatField(
        source="similarity",
        allow_null=True,
        help_text="cosine of the meme and the query; null where words alone answer",
    )
    match = MatchSerializer(allow_null=True)
    tastes = serializers.DictField(
        child=serializers.FloatField(), help_text="what each taste or other kind of term added, by how it was written"
    )
    alike = serializers.IntegerField(help_text="further memes that are the same picture; ask with `alike` for them")
    position = serializers.IntegerField(help_text="in the ranking; those of memes that have gone are left out")

    def to_representation(self, hit: Hit) -> dict[str, Any]:
        """What the fields declare, as for memes."""
        return {
            "meme": self.fields["meme"].to_representation(hit.meme),
            "score": hit.similarity,
            "match": None if hit.match is None else self.fields["match"].to_representation(hit.match),
            "tastes": dict(hit.tastes),
            "alike": hit.alike,
            "position": hit.position,
        }


class ResultsSerializer(serializers.Serializer[Any]):
    results = HitSerializer(source="hits", many=True)
    next_offset = serializers.IntegerField(allow_null=True, help_text="null at the end")
    key = serializers.CharField(help_text="to give with next_offset: the next page goes on in the same order")
    weaker_from = serializers.IntegerField(
        allow_null=True, help_text="the position from which on results may be chance; null when none is known to be"
    )
    backend = serializers.ChoiceField(choices=BACKENDS, help_text="what answered")
    note = serializers.CharField(help_text="what is not as usual; empty otherwise")
    took_ms = serializers.FloatField()


class SearchSerializer(serializers.Serializer[Any]):
    """What a search is asked with."""

    q = serializers.CharField(default="", allow_blank=True, trim_whitespace=False, help_text="empty: the newest memes")
    e = serializers.ListField(
        child=serializers.CharField(),
        default=list,
        max_length=MAX_TERMS,
        help_text="a raw embedding: 16-bit floats in URL-safe base64, with ^ and a weight when that is not 1",
    )
    offset = serializers.IntegerField(default=0, min_value=0, max_value=MAX_DEPTH)
    limit = serializers.IntegerField(default=PAGE_SIZE, min_value=1, max_value=MAX_PAGE_SIZE)
    key = serializers.CharField(
        default="", allow_blank=True, help_text="of the page before, kept for a quarter of an hour"
    )
    alike = serializers.IntegerField(
        default=None, allow_null=True, min_value=1, help_text="show this result and those that are the same picture"
    )


class SimilarSerializer(serializers.Serializer[Any]):
    limit = serializers.IntegerField(default=24, min_value=1, max_value=MAX_PAGE_SIZE)


class UploadSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)  # the library says what is wrong with an empty one
    private = serializers.BooleanField(default=False, help_text="for your own eyes only")
    anyway = serializers.BooleanField(default=False, help_text="though it was taken out, if you may bring it back")


class ProgressSerializer(serializers.Serializer[Any]):
    memes = serializers.IntegerField()
    media = serializers.IntegerField(help_text="memes whose pictures were made, or were given up")
    text = serializers.IntegerField(help_text="memes whose text was read, or was given up")
    embedded = serializers.IntegerField(help_text="memes that can be found by meaning, or were given up")
    failed = serializers.IntegerField()
    is_complete = serializers.BooleanField()


class SidecarSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=("ready", "starting", "waiting", "away"))
    memes = serializers.IntegerField(
        allow_null=True, help_text="in its index, private ones too: for administrators alone"
    )
    vectors = serializers.IntegerField(allow_null=True)
    loading = serializers.FloatField(allow_null=True, help_text="share of an index that is being loaded, 0 to 1")
    lag_s = serializers.FloatField(allow_null=True, help_text="how far it may be behind the database")
    note = serializers.CharField()


class StatusSerializer(serializers.Serializer[Any]):
    progress = ProgressSerializer()
    encoder = serializers.CharField(help_text="that search uses now; empty before the first one is ready")
    building = serializers.CharField(help_text="that will take over when it is complete; usually empty")
    sidecar = SidecarSerializer()
