"""The addresses of the pages about tastes."""

from django.urls import path

from rating.views import comparing, evaluation, registry, sheets, tastes

urlpatterns = [
    path("", tastes.tastes, name="tastes"),
    path("<str:axis>/", tastes.taste, name="taste"),
    path("<str:axis>/correct/", tastes.correct, name="taste-correct"),
    path("<str:axis>/undo/", tastes.take_back, name="taste-undo"),
    path("<str:axis>/share/", tastes.share, name="taste-share"),
    path("<str:axis>/evaluation/", evaluation.evaluated, name="taste-evaluation"),
    path("<str:axis>/sheet/", sheets.sheet, name="taste-sheet"),
    path("<str:axis>/sheet/begin/", sheets.begin, name="taste-sheet-begin"),
    path("<str:axis>/sheet/<int:pk>/", sheets.result, name="taste-sheet-result"),
    path("<str:axis>/sheet/<int:pk>/finish/", sheets.finish, name="taste-sheet-finish"),
    path("<str:axis>/sheet/<int:pk>/discard/", sheets.discard, name="taste-sheet-discard"),
    path("<str:axis>/versions/", registry.versions, name="taste-versions"),
    path("<str:axis>/versions/<int:number>/activate/", registry.activate, name="taste-version-activate"),
    path("<str:axis>/with/<str:owner>/", comparing.compared, name="taste-compare"),
]
