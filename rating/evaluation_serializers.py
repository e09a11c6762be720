"""The shapes in which the API tells how good a taste is."""

from typing import Any

from rest_framework import serializers


class IntervalSerializer(serializers.Serializer[Any]):
    """`low` to `high` is where it lies with 95 % confidence."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class PrecisionSerializer(serializers.Serializer[Any]):
    """Of the best `count`, this share is good."""

    count = serializers.IntegerField()
    right = IntervalSerializer()


class OfVerdictsSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="memes that were kept or rejected, and never taught this version")
    good = serializers.IntegerField(help_text="of them kept")
    left_out = serializers.IntegerField(help_text="judged too, but they taught this version")
    auroc = IntervalSerializer(allow_null=True, help_text="null with one kind alone")
    precision = PrecisionSerializer(many=True)


class OfComparisonsSerializer(serializers.Serializer[Any]):
    """Measures are left out while nothing was tested."""

    tested = serializers.IntegerField()
    accuracy = IntervalSerializer(required=False)
    auroc = IntervalSerializer(required=False)
    log_loss = serializers.FloatField(required=False, allow_null=True, help_text="in nats: knowing nothing costs 0.693")
    calibration_error = serializers.FloatField(required=False, allow_null=True)


class SeriesSerializer(serializers.Serializer[Any]):
    """A value for each x, null where there is none."""

    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name; serializers have a property
    values = serializers.ListField(child=serializers.FloatField(allow_null=True))
    style = serializers.ChoiceField(choices=["line", "bars", "dots", "dashes"])  # type: ignore[assignment]  # a name that the stubs have too
    low = serializers.ListField(child=serializers.FloatField(allow_null=True))
    high = serializers.ListField(child=serializers.FloatField(allow_null=True))


class PlotMarkSerializer(serializers.Serializer[Any]):
    x = serializers.FloatField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name that the stubs have too


class PlotSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    x_label = serializers.CharField()
    y_label = serializers.CharField()
    x = serializers.ListField(child=serializers.FloatField())
    series = SeriesSerializer(many=True)
    note = serializers.CharField()
    marks = PlotMarkSerializer(many=True)
    is_share = serializers.ListField(child=serializers.BooleanField(), help_text="x, y: from 0 to 1")


class EvaluationSerializer(serializers.Serializer[Any]):
    axis = serializers.CharField()
    owner = serializers.CharField()
    version = serializers.IntegerField(allow_null=True, help_text="of the networks; null: the direction")
    verdicts = OfVerdictsSerializer()
    comparisons = OfComparisonsSerializer()
    plots = PlotSerializer(many=True)


class EvaluatedSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, required=False, help_text="of the networks; without it, the direction"
    )
    owner = serializers.CharField(
        max_length=150, required=False, help_text="somebody who shares this taste; without it, you"
    )


class MeasuredVersionSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(allow_null=True, help_text="of the networks; null: the direction")
    count = serializers.IntegerField(help_text="memes of the sheet that never taught it")
    auroc = IntervalSerializer(allow_null=True, help_text="null with too few, or one kind alone")


class SheetSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    chosen_by = serializers.IntegerField(
        allow_null=True, help_text="the version that chose the memes; null: the direction"
    )
    count = serializers.IntegerField()
    good = serializers.IntegerField()
    curve = PlotSerializer()
    versions = MeasuredVersionSerializer(many=True)


class AgainstSerializer(serializers.Serializer[Any]):
    """Beside the version followed before it, on answers given since that was trained."""

    version = serializers.IntegerField()
    tested = serializers.IntegerField()
    gain = IntervalSerializer(
        allow_null=True, help_text="in nats, by which the new one is better; null: too few to tell"
    )


class VersionSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    trained_at = serializers.DateTimeField()
    answers = serializers.IntegerField()
    answers_on_all_axes = serializers.IntegerField()
    is_followed = serializers.BooleanField(help_text="of all versions, it is the one that counts")
    is_used = serializers.BooleanField(help_text="rankings on this axis go by it: it is better than the direction")
    waits_because = serializers.CharField()
    fault = serializers.CharField(help_text="why it cannot be used")
    metrics = serializers.JSONField(help_text="cross-validated, of the networks (`deep`) and of the `direction`")
    against = AgainstSerializer(allow_null=True)
    epochs = serializers.IntegerField(allow_null=True)
    losses = serializers.ListField(child=serializers.FloatField(), help_text="after each epoch, in nats")
