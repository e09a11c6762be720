"""The addresses below /api/v1/rating/."""

from django.urls import path

from rating import api

urlpatterns = [
    path("axes", api.Axes.as_view(), name="api-rating-axes"),
    path("pairs", api.Pairs.as_view(), name="api-rating-pairs"),
    path("fours", api.Fours.as_view(), name="api-rating-fours"),
    path("answers", api.Answers.as_view(), name="api-rating-answers"),
    path("choices", api.Choices.as_view(), name="api-rating-choices"),
    path("undo", api.Undo.as_view(), name="api-rating-undo"),
    path("release", api.Release.as_view(), name="api-rating-release"),
    path("exchange", api.Exchange.as_view(), name="api-rating-exchange"),
]
