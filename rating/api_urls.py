"""The addresses below /api/v1/rating/."""

from django.urls import path

from rating import api, api_evaluation, api_judging, api_tastes

urlpatterns = [
    path("axes", api.Axes.as_view(), name="api-rating-axes"),
    path("pairs", api.Pairs.as_view(), name="api-rating-pairs"),
    path("fours", api.Fours.as_view(), name="api-rating-fours"),
    path("answers", api.Answers.as_view(), name="api-rating-answers"),
    path("choices", api.Choices.as_view(), name="api-rating-choices"),
    path("undo", api.Undo.as_view(), name="api-rating-undo"),
    path("release", api.Release.as_view(), name="api-rating-release"),
    path("exchange", api.Exchange.as_view(), name="api-rating-exchange"),
    path("tastes", api_tastes.Tastes.as_view(), name="api-rating-tastes"),
    path("tastes/<str:axis>", api_tastes.OneTaste.as_view(), name="api-rating-taste"),
    path("tastes/<str:axis>/corrections", api_tastes.Corrections.as_view(), name="api-rating-corrections"),
    path("tastes/<str:axis>/with/<str:owner>", api_tastes.Agreement.as_view(), name="api-rating-agreement"),
    path("tastes/<str:axis>/evaluation", api_evaluation.Evaluated.as_view(), name="api-rating-evaluation"),
    path("tastes/<str:axis>/sheets", api_evaluation.Sheets.as_view(), name="api-rating-sheets"),
    path("tastes/<str:axis>/versions", api_evaluation.Versions.as_view(), name="api-rating-versions"),
    path(
        "tastes/<str:axis>/versions/<int:number>/activate",
        api_evaluation.Activate.as_view(),
        name="api-rating-activate",
    ),
    path("corrections/<uuid:key>", api_tastes.OneCorrection.as_view(), name="api-rating-correction"),
    path("judge", api_judging.Judge.as_view(), name="api-rating-judge"),
    path("marks/<int:pk>", api_tastes.Marks.as_view(), name="api-rating-marks"),
]
