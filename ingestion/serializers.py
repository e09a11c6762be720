"""The shapes in which the API takes and gives sources and their runs."""

from typing import Any

from rest_framework import serializers

from ingestion.forms import FORMS
from ingestion.listing import Line
from ingestion.models import Crawl, FailedFind, Subscription
from ingestion.source_form import INTERVALS, SourceForm
from ingestion.trying import Tried
from search.locators import readable
from search.models import Source

STATES = ("running", "paused", "parked", "waiting", "failed", "new", "ok")
# The forms know what is allowed; as choices, these would be types of their own in the schema.
KINDS = ", ".join(sorted(FORMS))
MODES = ", ".join(Subscription.Mode.values)
MINUTES = f"one of {', '.join(str(minutes) for minutes, _ in INTERVALS)}"


class CrawlSerializer(serializers.ModelSerializer[Crawl]):
    started_by = serializers.CharField(source="started_by.username", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Crawl
        fields = (
            "id", "source", "state", "started_at", "finished_at", "started_by", "added", "known", "failed", "missing",
            "error",
        )  # fmt: skip
        read_only_fields = fields


class SourceSerializer(serializers.Serializer[Line]):
    """One source with its schedule, how it stands and its latest run; `options` are those of its kind."""

    id = serializers.IntegerField(source="source.pk")
    kind = serializers.CharField(source="source.kind", help_text=KINDS)
    name = serializers.CharField(source="source.name")
    options = serializers.SerializerMethodField()
    mode = serializers.CharField(source="subscription.mode", help_text=MODES)
    every_min = serializers.IntegerField(source="subscription.every_min")
    least_min = serializers.IntegerField(source="subscription.least_min")
    most_min = serializers.IntegerField(source="subscription.most_min")
    crontab = serializers.CharField(source="subscription.crontab")
    is_paused = serializers.BooleanField(source="subscription.is_paused")
    parked_at = serializers.DateTimeField(source="subscription.parked_at", allow_null=True)
    state = serializers.ChoiceField(choices=STATES)
    last_error = serializers.CharField(source="subscription.last_error")
    next_at = serializers.DateTimeField(allow_null=True)
    memes = serializers.IntegerField()
    failed = serializers.IntegerField(help_text="finds that could not be taken in")
    latest = CrawlSerializer(allow_null=True)

    def get_options(self, line: Line) -> dict[str, Any]:
        return {**line.subscription.options, **FORMS[line.source.kind].shown(line.source)}


class WantedSourceSerializer(serializers.Serializer[Any]):
    """A source as it is wanted. What is left out is as it was, or as the page offers it."""

    kind = serializers.CharField(required=False, help_text=f"{KINDS}; it cannot be changed later")
    name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    address = serializers.CharField(required=False, allow_blank=True, help_text="feed, or urls: of a text file")
    addresses = serializers.CharField(required=False, allow_blank=True, help_text="urls: one on each line")
    place = serializers.CharField(required=False, help_text="reddit: r/memes+funny or u/somebody/m/name")
    depth = serializers.IntegerField(required=False, help_text="reddit: newest posts to look at")
    since = serializers.CharField(required=False, allow_blank=True, help_text="reddit: a date")
    path = serializers.CharField(required=False, help_text="folder, dump: below MSE_FOLDERS")
    space = serializers.IntegerField(required=False, help_text="dump: the space that its vectors lie in")
    fetches_pictures = serializers.BooleanField(required=False, help_text="dump: whether its pictures are got too")
    mode = serializers.CharField(required=False, help_text=MODES)
    every_min = serializers.IntegerField(required=False, help_text=MINUTES)
    least_min = serializers.IntegerField(required=False, help_text=MINUTES)
    most_min = serializers.IntegerField(required=False, help_text=MINUTES)
    crontab = serializers.CharField(required=False, allow_blank=True)
    is_paused = serializers.BooleanField(required=False)

    def as_form(self, source: Source | None = None) -> SourceForm:
        """The form of the page, valid. Raises ValidationError."""
        kind = source.kind if source else self.validated_data.get("kind")
        if kind not in FORMS:
            raise serializers.ValidationError({"kind": [f"One of {KINDS}."]})
        empty = FORMS[kind](source=source)
        known = {name: empty.get_initial_for_field(field, name) for name, field in empty.fields.items()}
        form = FORMS[kind]({**known, **self.validated_data}, source=source)
        if not form.is_valid():
            raise serializers.ValidationError(
                {
                    "non_field_errors" if name == "__all__" else name: [str(one) for one in said]
                    for name, said in form.errors.items()
                }
            )
        return form


class TriedSerializer(serializers.Serializer[Tried]):
    title = serializers.CharField()
    author = serializers.CharField()
    address = serializers.CharField()
    posted_at = serializers.DateTimeField(allow_null=True)
    score = serializers.IntegerField(allow_null=True)
    problem = serializers.CharField(help_text="why its picture could not be had")


class TrialSerializer(serializers.Serializer[Any]):
    """`problem` says why there are no `finds`."""

    finds = TriedSerializer(many=True)
    problem = serializers.CharField()


class FailureSerializer(serializers.ModelSerializer[FailedFind]):
    locator = serializers.SerializerMethodField()

    class Meta:
        model = FailedFind
        fields = ("id", "locator", "code", "reason", "attempts", "failed_at")
        read_only_fields = fields

    def get_locator(self, find: FailedFind) -> str:
        return readable(find.locator)


class AskedSerializer(serializers.Serializer[Any]):
    """`is_asked` is false when the queue of work is away."""

    is_asked = serializers.BooleanField()
