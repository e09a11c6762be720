"""The addresses below /api/v1/ that belong to sources."""

from django.urls import path

from ingestion import api

urlpatterns = [
    path("sources", api.Sources.as_view(), name="api-sources"),
    path("sources/try", api.Try.as_view(), name="api-source-try"),
    path("sources/<int:pk>", api.SourceDetail.as_view(), name="api-source"),
    path("sources/<int:pk>/crawl", api.CrawlNow.as_view(), name="api-source-crawl"),
    path("sources/<int:pk>/failures", api.Failures.as_view(), name="api-source-failures"),
    path("crawls", api.Crawls.as_view(), name="api-crawls"),
]
