"""The addresses at which programs made for other search engines ask; each 404 unless it is switched on."""

from django.urls import path, re_path

from search import api_clip, api_mse

urlpatterns = [
    path("api/mse/", api_mse.Backend.as_view(), name="mse-backend"),
    re_path(
        r"^api/mse/thumbnails/(?P<pk>[0-9]{1,18})-(?P<version>[0-9a-f]{8})(?P<size>jpeg[lh])\.webp$",
        api_mse.Thumbnail.as_view(),
        name="mse-thumbnail",
    ),
    path("indices-list", api_clip.Indices.as_view(), name="clip-indices"),
    path("knn-service", api_clip.Knn.as_view(), name="clip-knn"),
]
