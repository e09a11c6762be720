"""The addresses of the library's pages."""

from django.urls import path

from search.views import media, meme, progress, results, upload

urlpatterns = [
    path("", results.home, name="home"),
    path("m/<int:pk>/", meme.meme, name="meme"),
    path("media/<int:pk>/<str:version>/<str:variant>", media.media, name="media"),
    path("upload/", upload.upload, name="upload"),
    path("states/", progress.states, name="states"),
    path("progress/", progress.progress, name="progress"),
]
