"""The shapes in which the API takes and gives questions and answers."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from rating.models import Axis, Candidate, Comparison, FourCandidate
from rating.policies import DEFAULT, POLICIES
from search.models import Meme
from search.query import MAX_LENGTH
from search.templatetags.memes import alt

MOST_TAKEN = 64  # candidates at once; a tab asks for more while it still has some


class AxisSerializer(serializers.ModelSerializer[Axis]):
    class Meta:
        model = Axis
        fields = ("name", "question", "state")
        read_only_fields = ("state",)

    def validate_name(self, name: str) -> str:
        return " ".join(name.split())


class ShownMemeSerializer(serializers.ModelSerializer[Meme]):
    """What is needed to show a meme at once, as large as a window."""

    page = serializers.CharField(source="get_absolute_url", read_only=True)
    picture = serializers.SerializerMethodField(help_text="up to 1600 px, or the clip itself")
    poster = serializers.SerializerMethodField(help_text="WebP, 512 px")
    alt = serializers.SerializerMethodField()

    class Meta:
        model = Meme
        fields = ("id", "page", "kind", "width", "height", "color", "is_nsfw", "picture", "poster", "alt")
        read_only_fields = fields

    def get_picture(self, meme: Meme) -> str:
        is_large = meme.has_preview and meme.kind == Meme.Kind.IMAGE
        return self._address(meme, "preview" if is_large else "original")

    def get_poster(self, meme: Meme) -> str:
        return self._address(meme, "thumbnail")

    def get_alt(self, meme: Meme) -> str:
        return alt(meme)

    def _address(self, meme: Meme, variant: str) -> str:
        return reverse("media", args=[meme.pk, meme.sha256[:8], variant])


class QuestionSerializer(serializers.Serializer[Any]):
    """Memes in the order in which they are to be shown: left and right, or first to fourth."""

    token = serializers.UUIDField(help_text="an answer names it")
    memes = ShownMemeSerializer(many=True)


class CountsSerializer(serializers.Serializer[Any]):
    today = serializers.IntegerField()
    ever = serializers.IntegerField()


class QuestionsSerializer(serializers.Serializer[Any]):
    questions = QuestionSerializer(many=True)
    counts = CountsSerializer()
    is_held_elsewhere = serializers.BooleanField(help_text="what is left is shown in another tab, and returns")


class WantedSerializer(serializers.Serializer[Any]):
    """What somebody wants to be asked about."""

    tab = serializers.RegexField(r"^[\w-]{1,40}$", help_text="any name, kept by the tab: no two tabs get the same")
    count = serializers.IntegerField(default=8, min_value=1, max_value=MOST_TAKEN)
    q = serializers.CharField(default="", allow_blank=True, max_length=MAX_LENGTH, help_text="empty: everything")
    policy = serializers.ChoiceField(choices=sorted(POLICIES), default=DEFAULT, help_text="who chooses pairs")


class TabSerializer(serializers.Serializer[Any]):
    tab = serializers.RegexField(r"^[\w-]{1,40}$")


class SentSerializer(serializers.Serializer[Any]):
    """What every answer is sent with."""

    token = serializers.UUIDField()
    key = serializers.UUIDField(help_text="made by whoever sends it: sent again with the same key, it counts once")
    took_ms = serializers.IntegerField(required=False, allow_null=True, min_value=0)


class AnswerSerializer(SentSerializer):
    outcomes = serializers.DictField(
        child=serializers.ChoiceField(choices=Comparison.Outcome.choices), help_text="by the name of the axis"
    )


class ChoiceSerializer(SentSerializer):
    best = serializers.DictField(
        child=serializers.IntegerField(min_value=0, max_value=4, allow_null=True),
        help_text="by the name of the axis: the place of the best, 1 to 4, 0 for none of them, null for skipped",
    )


class TakenSerializer(serializers.Serializer[Any]):
    is_new = serializers.BooleanField(help_text="false when it was there already")


class UndoSerializer(serializers.Serializer[Any]):
    key = serializers.UUIDField(required=False, allow_null=True, help_text="of the answer; without it, the newest")
    tab = serializers.RegexField(r"^[\w-]{0,40}$", default="", allow_blank=True, help_text="that shows it again")


class UndoneSerializer(serializers.Serializer[Any]):
    """What was taken back, to be asked again; without a mode if nobody asked it; all null when there was nothing."""

    key = serializers.UUIDField(allow_null=True)
    mode = serializers.ChoiceField(choices=["pairs", "fours"], allow_null=True)
    question = QuestionSerializer(allow_null=True)
    said = serializers.DictField(help_text="outcome, or best place, by the name of the axis")


class BadLineSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    reason = serializers.CharField()


class ImportSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True, help_text="JSON lines; CSV of pairs if its name ends in .csv")


class ImportedSerializer(serializers.Serializer[Any]):
    added = serializers.IntegerField()
    known = serializers.IntegerField()
    bad_count = serializers.IntegerField()
    bad = BadLineSerializer(many=True, help_text="the first thousand")


class ExportSerializer(serializers.Serializer[Any]):
    form = serializers.ChoiceField(choices=["jsonl", "csv"], default="jsonl")


def as_question(candidate: Candidate, memes: dict[int, Meme]) -> dict[str, Any]:
    return {"token": candidate.token, "memes": [memes[pk] for pk in candidate.meme_ids]}


def as_mode(candidate: Candidate) -> str:
    return "fours" if isinstance(candidate, FourCandidate) else "pairs"
