"""Looking after memes over HTTP: taking out, bringing back, flagging, deciding about duplicates; and one's preferences."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from search import duplicates, merging, nsfw, preferences, purging, states, tasks
from search.api import as_shown
from search.api_searches import person
from search.models import DuplicatePair, Meme, Preference
from search.serializers import MemeSerializer
from search.states import Action

ACTIONS = (Action.TRASH, Action.RESTORE, Action.HIDE, Action.SHOW, Action.PURGE)


class MoveSerializer(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=[action.value for action in ACTIONS])


class StateSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    state = serializers.CharField(help_text="active, hidden, trashed, missing or purged")
    is_nsfw = serializers.BooleanField()


class FlagSerializer(serializers.Serializer[Any]):
    is_nsfw = serializers.BooleanField()


class OutSerializer(serializers.Serializer[Any]):
    meme = MemeSerializer(source="*")
    state = serializers.CharField(help_text="active, hidden, trashed, missing or purged")
    since = serializers.DateTimeField(source="moved_at")
    by = serializers.CharField(source="moved_by.username", default=None, allow_null=True)


class PreferenceSerializer(serializers.ModelSerializer[Preference]):
    class Meta:
        model = Preference
        fields = ("nsfw",)


class PairSerializer(serializers.ModelSerializer[DuplicatePair]):
    left = MemeSerializer(source="first")
    right = MemeSerializer(source="second")

    class Meta:
        model = DuplicatePair
        fields = ("id", "tier", "distance", "left", "right", "found_at", "decision")
        read_only_fields = fields


class DecisionSerializer(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(choices=DuplicatePair.Decision.choices)


class Pages(LimitOffsetPagination):
    default_limit = 50
    max_limit = 200


def said(meme: Meme) -> Response:
    return Response({"id": meme.pk, "state": meme.state, "is_nsfw": meme.is_nsfw})


class State(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="memes_move",
        summary="Take a meme out, or bring it back",
        description="Curators for what is shared, owners for what is private; to others it is not there. 409 in another state.",
        request=MoveSerializer,
        responses=StateSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        user = person(request)
        meme = get_object_or_404(Meme.objects.in_charge(user), pk=pk)
        asked = MoveSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        action = Action(asked.validated_data["action"])
        if states.role(user, meme) not in states.RULES[action].roles:
            raise NotFound
        if action is Action.PURGE:
            moved = bool(purging.purge(Meme.objects.filter(pk=pk), user))
            meme.refresh_from_db()
        else:
            moved = merging.restore(meme, user) if action is Action.RESTORE else states.move_one(meme, action, user)
        if not moved:
            raise merging.NotMerged(f"This meme is {meme.get_state_display().lower()}: that cannot be done with it.")
        tasks.nudge()
        return said(meme)


class Flag(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="memes_flag",
        summary="Say whether a meme is safe for work",
        request=FlagSerializer,
        responses=StateSerializer,
    )
    def put(self, request: Request, pk: int) -> Response:
        meme = get_object_or_404(Meme.objects.visible_to(request.user), pk=pk)
        if not nsfw.may_say(request.user, meme):
            raise NotFound
        asked = FlagSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        nsfw.say(meme, asked.validated_data["is_nsfw"])
        return said(meme)


class Trash(generics.ListAPIView[Meme]):
    queryset = Meme.objects.none()
    serializer_class = OutSerializer
    pagination_class = Pages
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> QuerySet[Meme]:
        out = Meme.objects.in_charge(person(self.request)).filter(states.taken_out())
        return as_shown(out).select_related("moved_by").order_by("-moved_at", "-pk")

    @extend_schema(operation_id="trash_list", summary="What you can bring back: trashed and hidden memes")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class Preferences(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="preferences_read", summary="What you want to be shown", responses=PreferenceSerializer)
    def get(self, request: Request) -> Response:
        return Response(PreferenceSerializer(preferences.of(person(request))).data)

    @extend_schema(
        operation_id="preferences_keep", summary="Choose it", request=PreferenceSerializer,
        responses=PreferenceSerializer,
    )  # fmt: skip
    def put(self, request: Request) -> Response:
        asked = PreferenceSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        kept = preferences.keep(person(request), nsfw=asked.validated_data.get("nsfw", Preference.Nsfw.BLUR))
        return Response(PreferenceSerializer(kept).data)


class Duplicates(generics.ListAPIView[DuplicatePair]):
    queryset = DuplicatePair.objects.none()
    serializer_class = PairSerializer
    pagination_class = Pages
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> QuerySet[DuplicatePair]:
        pairs = DuplicatePair.objects.open_for(person(self.request))
        return pairs.select_related("first__added_by", "second__added_by")

    @extend_schema(operation_id="duplicates_list", summary="Pairs of memes that may be the same, the surest first")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class Decide(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="duplicates_decide",
        summary="Decide about a pair",
        description="Keeping one merges the other into it. 409 when somebody was first, or one of the two is gone.",
        request=DecisionSerializer,
        responses=PairSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        user = person(request)
        mine = DuplicatePair.objects.filter(first__in=Meme.objects.in_charge(user))
        pair = get_object_or_404(mine.select_related("first", "second"), pk=pk)
        asked = DecisionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        duplicates.decide(pair, DuplicatePair.Decision(asked.validated_data["decision"]), user)
        return Response(PairSerializer(pair, context={"request": request}).data)


class TakeBack(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="duplicates_undo", summary="Take your latest decision back", request=None,
        responses={200: PairSerializer, 404: None},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        pair = duplicates.take_back(person(request))
        if pair is None:
            raise NotFound("There is nothing to take back.")
        return Response(PairSerializer(pair, context={"request": request}).data)
