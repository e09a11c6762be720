"""The addresses of the curation pages."""

from django.urls import path

from rating.views import dashboard, grid, queues, triage

urlpatterns = [
    path("", queues.queues, name="curation"),
    path("new/", queues.add, name="queue-add"),
    path("verdicts/", dashboard.verdicts, name="curation-verdicts"),
    path("added/", dashboard.added, name="curation-added"),
    path("failures/", dashboard.failures, name="curation-failures"),
    path("failures/mend/", dashboard.mend, name="curation-mend"),
    path("undo/", triage.undo, name="curation-undo"),
    path("<int:pk>/", triage.triage, name="queue"),
    path("<int:pk>/grid/", grid.grid, name="queue-grid"),
    path("<int:pk>/rule/", queues.change, name="queue-change"),
]
