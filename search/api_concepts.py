"""Concepts over HTTP: the same functions as the pages. To steer by one is to search with `concept:` in the query."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from search.concepts import reading
from search.models import Concept, ConceptPortrait, Meme
from search.serializers import MAX_PAGE_SIZE, MemeSerializer

PAGE_SIZE = 60
MOST_SHOWN = 24
FIELDS = ("id", "label", "term", "is_named", "frequency", "match", "margin")


class ConceptsSerializer(serializers.Serializer[Any]):
    q = serializers.CharField(default="", allow_blank=True, max_length=100, help_text="what the name has in it")
    limit = serializers.IntegerField(default=PAGE_SIZE, min_value=1, max_value=MAX_PAGE_SIZE)
    after = serializers.IntegerField(required=False, min_value=1, help_text="`next` of the page before")


class ConceptSerializer(serializers.ModelSerializer[Concept]):
    """`term` is how it stands in a query; `frequency` the share of memes that have it."""

    term = serializers.SerializerMethodField()
    is_named = serializers.BooleanField(read_only=True)

    class Meta:
        model = Concept
        fields = FIELDS
        read_only_fields = fields

    def get_term(self, concept: Concept) -> str:
        return reading.term(concept.label)


class ConceptPageSerializer(serializers.Serializer[Any]):
    results = ConceptSerializer(many=True)
    next = serializers.IntegerField(allow_null=True)


class ConceptDetailSerializer(ConceptSerializer):
    """`strongest` and `farthest`, at its two ends, are memes that you may see; `histogram` counts memes from 0 to `highest`."""

    strongest = MemeSerializer(many=True)
    farthest = MemeSerializer(many=True)
    near = ConceptSerializer(many=True)
    histogram = serializers.ListField(child=serializers.IntegerField())
    highest = serializers.FloatField()

    class Meta:
        model = Concept
        fields = (*FIELDS, "strongest", "farthest", "near", "histogram", "highest")
        read_only_fields = fields


class Concepts(APIView):
    @extend_schema(
        operation_id="concepts_list",
        summary="What was learned to see in the library, the commonest first",
        parameters=[ConceptsSerializer],
        responses=ConceptPageSerializer,
    )
    def get(self, request: Request) -> Response:
        asked = ConceptsSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        model = reading.active()
        if model is None:
            return Response({"results": [], "next": None})
        last = Concept.objects.filter(model=model, pk=given.get("after", 0)).first()
        page = list(reading.behind(reading.search(model, given["q"]), last)[: given["limit"] + 1])
        shown = page[: given["limit"]]
        following = shown[-1].pk if len(page) > given["limit"] else None
        return Response({"results": ConceptSerializer(shown, many=True).data, "next": following})


class OneConcept(APIView):
    @extend_schema(
        operation_id="concepts_read",
        summary="One of them, with the memes at its ends",
        responses=ConceptDetailSerializer,
    )
    def get(self, request: Request, pk: int) -> Response:
        model = reading.active()
        found = get_object_or_404(Concept.objects.listed().filter(model=model), pk=pk)
        portrait = ConceptPortrait.objects.filter(concept=found).first()
        if portrait is None:
            raise NotFound
        visible = Meme.objects.listed_for(request.user).select_related("added_by")
        near = reading.of(found.model).listed().filter(latent__in=portrait.near)
        context = {"request": request}
        ends = {
            name: MemeSerializer(reading.memes_of(visible, ids, MOST_SHOWN), many=True, context=context).data
            for name, ids in (("strongest", portrait.strongest), ("farthest", portrait.farthest))
        }
        by_latent = {one.latent: one for one in near}
        order = [by_latent[latent] for latent in portrait.near if latent in by_latent]
        return Response({
            **ConceptSerializer(found).data, **ends, "near": ConceptSerializer(order, many=True).data,
            "histogram": portrait.histogram, "highest": portrait.highest,
        })  # fmt: skip
