"""The addresses of the rating pages."""

from django.urls import path

from rating.views import axes, own, rate

urlpatterns = [
    path("", rate.rate, name="rate"),
    path("beliefs/", rate.believed, name="rate-beliefs"),
    path("undo/", rate.undo, name="rate-undo"),
    path("axes/", axes.axes, name="rate-axes"),
    path("axes/<int:pk>/<str:state>/", axes.move, name="rate-axis"),
    path("answers/", own.answers, name="rate-answers"),
    path("answers/download/", own.download, name="rate-download"),
    path("answers/import/", own.bring_in, name="rate-import"),
    path("answers/forget/", own.forget, name="rate-forget"),
]
