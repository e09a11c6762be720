"""The administrators' view of what came in, and what could not."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from ingestion import subscriptions, tasks
from ingestion.models import Crawl, FailedFind, Subscription
from search.admin import LookOnly
from search.locators import readable


@admin.register(Subscription)
class SubscriptionAdmin(LookOnly):
    """Adding and changing is on the site's own page, which says for each kind what it needs."""

    list_display = (
        "source", "mode", "every_min", "is_paused", "parked_at", "not_before", "news_at", "last_error", "added_by",
    )  # fmt: skip
    list_filter = ("mode", "is_paused", "source__kind")
    list_select_related = ("source", "added_by")
    search_fields = ("source__name", "source__root")
    ordering = ("source__name",)
    actions = ("read", "pause", "resume")

    @admin.action(description="Read the chosen sources now", permissions=["act"])
    def read(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        assert isinstance(request.user, User)  # nobody else has the permission
        asked = sum(tasks.ask(one.source, request.user) for one in chosen.select_related("source"))
        messages.success(request, f"To be read as soon as a worker is free: {asked}")

    @admin.action(description="Pause the chosen sources", permissions=["act"])
    def pause(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        for one in chosen.select_related("source"):
            subscriptions.pause(one.source)

    @admin.action(description="Resume the chosen sources", permissions=["act"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        for one in chosen.select_related("source"):
            subscriptions.resume(one.source)


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

    @admin.action(description="Try the chosen ones again at the next run", permissions=["act"])
    def forget(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        messages.success(request, f"To be read again: {subscriptions.forget_failures(chosen)}")
