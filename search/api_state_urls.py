"""The addresses below /api/v1/ for those who look after memes."""

from django.urls import path

from search import api_states

urlpatterns = [
    path("memes/<int:pk>/state", api_states.State.as_view(), name="api-state"),
    path("memes/<int:pk>/nsfw", api_states.Flag.as_view(), name="api-nsfw"),
    path("trash", api_states.Trash.as_view(), name="api-trash"),
    path("preferences", api_states.Preferences.as_view(), name="api-preferences"),
    path("duplicates", api_states.Duplicates.as_view(), name="api-duplicates"),
    path("duplicates/<int:pk>", api_states.Decide.as_view(), name="api-duplicate"),
    path("duplicates/undo", api_states.TakeBack.as_view(), name="api-duplicates-undo"),
]
