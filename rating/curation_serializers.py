"""The shapes in which the API takes and gives queues, what waits in them, and verdicts."""

from typing import Any

from rest_framework import serializers

from rating.curation.names import LONGEST
from rating.curation.selections import MOST_PICKED
from rating.models import CurationQueue, Verdict
from rating.serializers import ShownMemeSerializer
from search.query import MAX_LENGTH

TAB = r"^[\w-]{1,40}$"
MOST_TAKEN = 64


class QueueSerializer(serializers.ModelSerializer[CurationQueue]):
    """A rule: which memes wait, by whose taste. `is_shared`: by all curators."""

    axis = serializers.CharField(source="axis.name", read_only=True)
    is_shared = serializers.SerializerMethodField()

    class Meta:
        model = CurationQueue
        fields = (
            "id", "name", "is_shared", "state", "query", "max_age_days", "axis", "best_percent", "skips_duplicates",
            "daily_limit", "tags", "name_pattern", "trouble",
        )  # fmt: skip
        read_only_fields = fields

    def get_is_shared(self, queue: CurationQueue) -> bool:
        return queue.private_to_id is None


class TakeSerializer(serializers.Serializer[Any]):
    tab = serializers.RegexField(TAB, help_text="any name, kept by the tab: no two tabs get the same")
    count = serializers.IntegerField(default=12, min_value=1, max_value=MOST_TAKEN)


class SeenSerializer(serializers.Serializer[Any]):
    url = serializers.URLField()
    place = serializers.CharField(source="source.name")


class BesideSerializer(serializers.Serializer[Any]):
    meme = ShownMemeSerializer()
    tier = serializers.CharField(help_text="picture: the same one; meaning: close to it")
    distance = serializers.FloatField()


class ItemSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="item.pk")
    meme = ShownMemeSerializer()
    percentile = serializers.FloatField(source="item.percentile", help_text="of the library that it beats")
    name = serializers.CharField(help_text="what it is called if it is kept without a name")
    seen = SeenSerializer(allow_null=True, help_text="where it was found on the web")
    beside = BesideSerializer(many=True, help_text="what the library holds that may be the same")


class QueueCountsSerializer(serializers.Serializer[Any]):
    waiting = serializers.IntegerField()
    today = serializers.IntegerField(help_text="decided by you")


class ItemsSerializer(serializers.Serializer[Any]):
    items = ItemSerializer(many=True)
    counts = QueueCountsSerializer()
    is_held_elsewhere = serializers.BooleanField(help_text="what is left is being looked at, and may return")


class DecisionSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=Verdict.Outcome.choices)
    key = serializers.UUIDField(help_text="made by whoever decides: sent again with the same key, it counts once")


class VerdictSerializer(DecisionSerializer):
    item = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    name = serializers.CharField(
        default="", allow_blank=True, max_length=LONGEST, trim_whitespace=True, help_text="of what is kept"
    )
    took_ms = serializers.IntegerField(required=False, allow_null=True, min_value=0)


class UndoneVerdictsSerializer(serializers.Serializer[Any]):
    """What waits again; all empty when there was nothing. Of many that were decided at once `item` is none."""

    key = serializers.UUIDField(allow_null=True)
    queue = serializers.IntegerField(allow_null=True)
    outcome = serializers.CharField(allow_null=True)
    count = serializers.IntegerField()
    item = ItemSerializer(allow_null=True)


class SelectionSerializer(serializers.Serializer[Any]):
    """Some that were picked, or all that match."""

    items = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        required=False,
        allow_null=True,
        max_length=MOST_PICKED,
        help_text="none: all that match",
    )
    q = serializers.CharField(default="", allow_blank=True, max_length=MAX_LENGTH, help_text="filters of a search")
    least_percentile = serializers.FloatField(default=0.0, min_value=0, max_value=100)
    up_to = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=2**63 - 1, help_text="what counting gave"
    )


class CountedSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    up_to = serializers.IntegerField(
        help_text="names those that were counted: what comes in later is not decided unseen"
    )


class DecideManySerializer(SelectionSerializer, DecisionSerializer):
    """All that match are decided about as counted: with its `count` and `up_to`."""

    count = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=2**63 - 1,
        help_text="what counting gave: when more match now, nothing is decided",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("items") is None and None in (attrs.get("count"), attrs.get("up_to")):
            raise serializers.ValidationError("Pick items, or count what matches and send its count and up_to along.")
        return attrs


class DecidedSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()


class NamesSerializer(serializers.Serializer[Any]):
    q = serializers.CharField(default="", allow_blank=True, max_length=LONGEST)


class OfferedSerializer(serializers.Serializer[Any]):
    names = serializers.ListField(child=serializers.CharField())
