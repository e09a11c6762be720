"""The addresses below /api/v1/curation/."""

from django.urls import path

from rating import api_curation as api

urlpatterns = [
    path("queues", api.Queues.as_view(), name="api-curation-queues"),
    path("queues/<int:pk>/items", api.Items.as_view(), name="api-curation-items"),
    path("queues/<int:pk>/count", api.Count.as_view(), name="api-curation-count"),
    path("queues/<int:pk>/decide", api.DecideMany.as_view(), name="api-curation-decide"),
    path("verdicts", api.Verdicts.as_view(), name="api-curation-verdicts"),
    path("undo", api.UndoVerdicts.as_view(), name="api-curation-undo"),
    path("release", api.ReleaseItems.as_view(), name="api-curation-release"),
    path("names", api.Names.as_view(), name="api-curation-names"),
]
