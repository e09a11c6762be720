"""The addresses below /api/v1/ about long work."""

from django.urls import path

from search import api_jobs

urlpatterns = [
    path("jobs", api_jobs.Jobs.as_view(), name="api-jobs"),
    path("jobs/<int:pk>", api_jobs.JobDetail.as_view(), name="api-job"),
    path("jobs/<int:pk>/cancel", api_jobs.Cancel.as_view(), name="api-job-cancel"),
    path("jobs/<int:pk>/retry", api_jobs.Retry.as_view(), name="api-job-retry"),
]
