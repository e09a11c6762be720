"""The administrators' view of what came in, and what could not."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from ingestion.models import Crawl, FailedFind
from search.admin import LookOnly
from search.locators import readable


@admin.register(Crawl)
class CrawlAdmin(LookOnly):
    list_display = (
        "source", "state", "started_at", "finished_at", "started_by", "added", "known", "failed", "missing", "error",
    )  # fmt: skip
    list_filter = ("state", "source")
    list_select_related = ("source", "started_by")
    date_hierarchy = "started_at"
    ordering = ("-pk",)


@admin.register(FailedFind)
class FailedFindAdmin(LookOnly):
    list_display = ("path", "source", "code", "reason", "size_bytes", "failed_at")
    list_filter = ("code", "source")
    list_select_related = ("source",)
    search_fields = ("locator", "reason")
    ordering = ("-failed_at",)
    actions = ("forget",)

    def path(self, find: FailedFind) -> str:
        return readable(find.locator)

    @admin.action(description="Read the chosen files again at the next import", permissions=["act"])
    def forget(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        messages.success(request, f"To be read again: {chosen.delete()[0]}")
