"""The addresses of the library's pages."""

from django.urls import path, re_path

from search.views import (
    builder,
    duplicates,
    media,
    meme,
    pictures,
    preferences,
    progress,
    results,
    searches,
    states,
    upload,
)

urlpatterns = [
    path("", results.home, name="home"),
    path("m/<int:pk>/", meme.meme, name="meme"),
    path("m/<int:pk>/move/<str:action>/", states.move, name="meme-move"),
    path("m/<int:pk>/nsfw/<str:answer>/", states.say_nsfw, name="meme-nsfw"),
    path("trash/", states.trash, name="trash"),
    path("duplicates/", duplicates.review, name="duplicates"),
    path("duplicates/undo/", duplicates.undo, name="duplicates-undo"),
    path("duplicates/<int:pk>/<str:decision>/", duplicates.decide, name="duplicate-decide"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("media/<int:pk>/<str:version>/<str:variant>", media.media, name="media"),
    path("advanced/", builder.builder, name="builder"),
    path("searches/", searches.searches, name="searches"),
    path("searches/ask/", searches.ask, name="search-ask"),
    path("searches/save/", searches.save, name="search-save"),
    path("searches/<int:pk>/rename/", searches.rename, name="search-rename"),
    path("searches/<int:pk>/delete/", searches.delete, name="search-delete"),
    path("searches/forget/", searches.forget, name="history-forget"),
    path("random/", searches.shuffle, name="shuffle"),
    path("surprise/", searches.surprise, name="surprise"),
    path("picture/", pictures.picture, name="picture"),
    re_path(r"^picture/(?P<token>[A-Za-z0-9_-]{16,64})\.webp$", pictures.preview, name="picture-preview"),
    path("upload/", upload.upload, name="upload"),
    path("states/", progress.states, name="states"),
    path("progress/", progress.progress, name="progress"),
]
