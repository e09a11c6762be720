"""The addresses of the pages about tastes."""

from django.urls import path

from rating.views import comparing, evaluation, tastes

urlpatterns = [
    path("", tastes.tastes, name="tastes"),
    path("<str:axis>/", tastes.taste, name="taste"),
    path("<str:axis>/correct/", tastes.correct, name="taste-correct"),
    path("<str:axis>/undo/", tastes.take_back, name="taste-undo"),
    path("<str:axis>/share/", tastes.share, name="taste-share"),
    path("<str:axis>/evaluation/", evaluation.evaluated, name="taste-evaluation"),
    path("<str:axis>/with/<str:owner>/", comparing.compared, name="taste-compare"),
]
