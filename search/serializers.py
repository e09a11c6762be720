"""The shapes in which the API takes and gives memes."""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from operator import attrgetter
from typing import Any

from django.utils.functional import cached_property
from django.utils.timezone import get_current_timezone
from rest_framework import serializers

from search import addresses, parts
from search.locators import readable
from search.models import Meme, Sighting, Source
from search.parts import OF_HIT, OF_MEME, Parts
from search.query import MAX_TERMS
from search.retrieval import MAX_DEPTH, PAGE_SIZE, Hit, Results

MAX_PAGE_SIZE = 200
OF_MATCH = ("html", "source", "is_all")
OF_RESULTS = ("next_offset", "key", "weaker_from", "backend", "note", "took_ms")
BACKENDS = ("newest", "sidecar", "postgres", "words")


class MemeSerializer(serializers.ModelSerializer[Meme]):
    """`url` is this meme in the API, `page` is it on the site. A picture is null until it has been made."""

    url = serializers.HyperlinkedIdentityField(view_name="api-meme")
    page = serializers.HyperlinkedIdentityField(view_name="meme")
    added_by = serializers.CharField(source="added_by.username", read_only=True, default=None, allow_null=True)
    is_private = serializers.SerializerMethodField()
    thumbnail = serializers.SerializerMethodField(help_text="WebP, 512 px; the poster of a clip")
    preview = serializers.SerializerMethodField(help_text="WebP, 1600 px; only of larger originals")
    original = serializers.SerializerMethodField(help_text="none while `remote_url` says where it is")

    class Meta:
        model = Meme
        fields = tuple(OF_MEME)
        read_only_fields = fields

    def get_is_private(self, meme: Meme) -> bool:
        return meme.private_to_id is not None

    def get_thumbnail(self, meme: Meme) -> str | None:
        return self._media(meme, "thumbnail") if meme.derived_at else None

    def get_preview(self, meme: Meme) -> str | None:
        return self._media(meme, "preview") if meme.has_preview else None

    def get_original(self, meme: Meme) -> str | None:
        return None if meme.remote_url else self._media(meme, "original")

    def of_hit(self) -> Callable[[Hit], dict[str, Any]]:
        """`to_representation` of the meme of a hit, for hundreds of them."""
        writers = self._writers

        def written(hit: Hit) -> dict[str, Any]:
            meme = hit.meme
            return {name: write(meme) for name, write in writers}

        return written

    def to_representation(self, meme: Meme) -> dict[str, Any]:
        """What the fields declare, in a tenth of the time that they take: a page may have two hundred memes. Of it, what the
        context's `parts` ask for."""
        return {name: write(meme) for name, write in self._writers}

    @cached_property
    def _writers(self) -> list[tuple[str, Callable[[Meme], Any]]]:
        special: dict[str, Callable[[Meme], Any]] = {
            "url": lambda meme: self._site + addresses.in_api(meme.pk),
            "page": lambda meme: self._site + addresses.of_page(meme.pk),
            "is_private": self.get_is_private,
            "added_by": lambda meme: meme.added_by.username if meme.added_by_id and meme.added_by else None,
            **{name: self._date(name) for name in ("created_at", "derived_at", "text_read_at")},
            "thumbnail": self.get_thumbnail,
            "preview": self.get_preview,
            "original": self.get_original,
        }
        wanted = self.context.get("parts", Parts()).of_meme
        return [(name, special.get(name) or attrgetter(name)) for name in OF_MEME if wanted is None or name in wanted]

    def _date(self, name: str) -> Callable[[Meme], str | None]:
        zone = get_current_timezone()
        return lambda meme: _written(getattr(meme, name), zone)

    def _media(self, meme: Meme, variant: str) -> str:
        return self._media_pattern.format(meme.id, meme.sha256[:8], variant)

    @cached_property
    def _media_pattern(self) -> str:
        return self._site + addresses.media_pattern()

    @cached_property
    def _site(self) -> str:
        """Scheme and host, as whoever asks wrote them."""
        address: str = self.context["request"].build_absolute_uri("/")
        return address.removesuffix("/")


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
        fields = (*MemeSerializer.Meta.fields, "sightings")

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
        return self.all_of([hit])[0]

    def all_of(self, hits: Sequence[Hit]) -> list[dict[str, Any]]:
        writers = self._writers
        return [{name: write(hit) for name, write in writers} for hit in hits]

    @cached_property
    def _writers(self) -> list[tuple[str, Callable[[Hit], Any]]]:
        memes = MemeSerializer(context=self.context)
        known: dict[str, Callable[[Hit], Any]] = {
            "meme": memes.of_hit(),
            "score": attrgetter("similarity"),
            "match": lambda hit: None if hit.match is None else {name: getattr(hit.match, name) for name in OF_MATCH},
            "tastes": lambda hit: dict(hit.tastes),
            "alike": attrgetter("alike"),
            "position": attrgetter("position"),
        }
        return [(name, known[name]) for name in self.context.get("parts", Parts()).of_hit]


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

    def to_representation(self, found: Results) -> dict[str, Any]:
        """What the fields declare, as for hits."""
        of_hit = HitSerializer(context=self.context)
        facts = {name: getattr(found, name) for name in OF_RESULTS}
        return {"results": of_hit.all_of(found.hits), **facts}


class PartsField(serializers.CharField):
    """What of each result is wanted, read as `search.parts.Parts`."""

    def __init__(self) -> None:
        known = ", ".join([*OF_HIT, *(f"meme.{name}" for name in OF_MEME)])
        super().__init__(
            default="", allow_blank=True, help_text=f"of each result, with commas between: {known}; empty: all"
        )

    def get_default(self) -> Any:
        return Parts()

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Blank text, which fields of text do not read at all, asks for everything too."""
        return super().run_validation(data) or Parts()

    def to_internal_value(self, data: Any) -> Any:
        try:
            return parts.read(super().to_internal_value(data))
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error


class LongField(serializers.CharField):
    """An embedding has two thousand characters, and each is looked at in Python whether it is half of a pair or none at all,
    which no character of ASCII is."""

    def run_validators(self, value: Any) -> None:
        if not value.isascii() or "\0" in value:
            super().run_validators(value)


class SearchSerializer(serializers.Serializer[Any]):
    """What a search is asked with."""

    q = LongField(default="", allow_blank=True, trim_whitespace=False, help_text="empty: the newest memes")
    e = serializers.ListField(
        child=LongField(),
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

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "fields": PartsField()}  # which as an attribute would hide those of the class


class SimilarSerializer(serializers.Serializer[Any]):
    limit = serializers.IntegerField(default=24, min_value=1, max_value=MAX_PAGE_SIZE)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "fields": PartsField()}


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
