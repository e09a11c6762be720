"""The addresses of the pages about sources."""

from django.urls import path

from ingestion import views

urlpatterns = [
    path("", views.sources, name="sources"),
    path("add/<str:kind>/", views.add, name="source-add"),
    path("<int:pk>/", views.source, name="source"),
    path("<int:pk>/edit/", views.edit, name="source-edit"),
    path("<int:pk>/crawl/", views.crawl, name="source-crawl"),
    path("<int:pk>/pause/", views.pause, name="source-pause"),
    path("<int:pk>/resume/", views.resume, name="source-resume"),
    path("<int:pk>/retry/", views.retry, name="source-retry"),
    path("<int:pk>/remove/", views.remove, name="source-remove"),
]
