"""Looking after memes over HTTP: taking out, bringing back, flagging, deciding about duplicates; and one's preferences."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from search import duplicates, merging, nsfw, preferences, purging, states, tasks
from search.api import as_shown
from search.api_posts import read
from search.api_searches import person
from search.models import DuplicatePair, Meme, Preference
from search.serializers import MemeSerializer
from search.states import Action

Row = TypeVar("Row", bound=Model)
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


class Listed(generics.ListAPIView[Row]):
    """A page of what the one who asks may see."""

    pagination_class = Pages
    permission_classes = [IsAuthenticated]


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
        action = Action(read(MoveSerializer, request.data)["action"])
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
        nsfw.say(meme, read(FlagSerializer, request.data)["is_nsfw"])
        return said(meme)


@extend_schema_view(
    get=extend_schema(operation_id="trash_list", summary="What you can bring back: trashed and hidden memes")
)
class Trash(Listed[Meme]):
    queryset = Meme.objects.none()
    serializer_class = OutSerializer

    def get_queryset(self) -> QuerySet[Meme]:
        out = Meme.objects.in_charge(person(self.request)).filter(states.taken_out())
        return as_shown(out).select_related("moved_by").order_by("-moved_at", "-pk")


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
        wanted = read(PreferenceSerializer, request.data).get("nsfw", Preference.Nsfw.BLUR)
        kept = preferences.keep(person(request), nsfw=wanted)
        return Response(PreferenceSerializer(kept).data)


@extend_schema_view(
    get=extend_schema(operation_id="duplicates_list", summary="Pairs of memes that may be the same, the surest first")
)
class Duplicates(Listed[DuplicatePair]):
    queryset = DuplicatePair.objects.none()
    serializer_class = PairSerializer

    def get_queryset(self) -> QuerySet[DuplicatePair]:
        pairs = DuplicatePair.objects.open_for(person(self.request))
        return pairs.select_related("first__added_by", "second__added_by")


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
        decision = DuplicatePair.Decision(read(DecisionSerializer, request.data)["decision"])
        duplicates.decide(pair, decision, user)
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
