"""The shapes in which the API gives tastes, and takes what is said about them."""

from typing import Any

from rest_framework import serializers

from rating.serializers import ShownMemeSerializer


class AccuracySerializer(serializers.Serializer[Any]):
    """Shares, 0 to 1, of pairs kept apart to test it; `low` to `high` is likely."""

    tested = serializers.IntegerField()
    right = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class PointSerializer(serializers.Serializer[Any]):
    answers = serializers.IntegerField()
    accuracy = AccuracySerializer()


class GainSerializer(serializers.Serializer[Any]):
    """By how much `right` grew since there were `since` answers."""

    since = serializers.IntegerField()
    by = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class CurveSerializer(serializers.Serializer[Any]):
    answers = serializers.IntegerField(help_text="when it was measured")
    tested = serializers.IntegerField()
    needed = serializers.IntegerField(help_text="tests that it takes for there to be points")
    points = PointSerializer(many=True)
    gain = GainSerializer(allow_null=True)


class OwnTasteSerializer(serializers.Serializer[Any]):
    axis = serializers.CharField(source="axis.name")
    term = serializers.CharField(help_text="as it is written in a search")
    answers = serializers.IntegerField()
    milestone = serializers.IntegerField(allow_null=True, help_text="the next round number of answers")
    is_shared = serializers.BooleanField(help_text="others may search by it and compare it with theirs")


class WaySerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="`Instant`, learned at every answer, or `Deep`, by networks")
    right = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class DeepSerializer(serializers.Serializer[Any]):
    """What networks learned, beside what is learned at every answer, both tested on the same answers."""

    answers = serializers.IntegerField()
    tested = serializers.IntegerField()
    is_used = serializers.BooleanField(help_text="searches go by the networks")
    ways = WaySerializer(many=True, help_text="empty while there is too little to test them with")


class MeasuredShareSerializer(serializers.Serializer[Any]):
    """`share`, 0 to 1, of `count` answers; `low` to `high` is likely."""

    count = serializers.IntegerField()
    share = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class ConsistencySerializer(serializers.Serializer[Any]):
    """How steadily you answer."""

    same = MeasuredShareSerializer(
        allow_null=True, help_text="answered the same when asked again with the sides swapped"
    )
    left = MeasuredShareSerializer(allow_null=True, help_text="of the better ones those on the left: half is no bias")


class TasteSerializer(OwnTasteSerializer):
    accuracy = AccuracySerializer(allow_null=True, help_text="null while it is too early to tell")
    curve = CurveSerializer(allow_null=True, help_text="measured now and then; null before")
    consistency = ConsistencySerializer()
    deep = DeepSerializer(allow_null=True, help_text="null while networks have learned nothing")
    loved = ShownMemeSerializer(many=True, help_text="the memes it believes you would love most")
    hated = ShownMemeSerializer(many=True)


class OfferedTasteSerializer(serializers.Serializer[Any]):
    axis = serializers.CharField(source="axis.name")
    owner = serializers.CharField(source="name", help_text="`everyone` for everybody's")
    term = serializers.CharField()


class TastesSerializer(serializers.Serializer[Any]):
    own = OwnTasteSerializer(many=True)
    offered = OfferedTasteSerializer(many=True, help_text="everybody's, and what others share")


class ShareSerializer(serializers.Serializer[Any]):
    is_shared = serializers.BooleanField()


class CorrectionSerializer(serializers.Serializer[Any]):
    meme = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    is_loved = serializers.BooleanField(help_text="false: hated")
    key = serializers.UUIDField(help_text="made by whoever sends it: sent again with the same key, it counts once")


class ApartSerializer(serializers.Serializer[Any]):
    meme = ShownMemeSerializer()
    mine = serializers.FloatField(help_text="the share of the library, 0 to 1, that you would like less")
    theirs = serializers.FloatField()


class AgreementSerializer(serializers.Serializer[Any]):
    memes = serializers.IntegerField(help_text="on which it was measured")
    correlation = serializers.FloatField(help_text="of ranks (Spearman): 1 the same order, -1 the opposite one")
    low = serializers.FloatField()
    high = serializers.FloatField()
    only_mine = ApartSerializer(many=True, help_text="what you like and they do not")
    only_theirs = ApartSerializer(many=True)


class MarkSerializer(serializers.Serializer[Any]):
    """Where a meme stands by one taste."""

    axis = serializers.CharField(source="axis.name")
    owner = serializers.CharField(source="name", help_text="you, or `everyone`")
    score = serializers.FloatField(help_text="standard deviations above the library's mean")
    beaten = serializers.FloatField(help_text="the share of the library, 0 to 1, that this taste likes less")
    is_deep = serializers.BooleanField(help_text="said by networks, which know you better than a direction does")
