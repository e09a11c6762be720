"""The addresses of judging a picture."""

from django.urls import path

from rating.views import dank

urlpatterns = [
    path("", dank.dank, name="dank"),
    path("popularity/", dank.model, name="popularity"),
]
