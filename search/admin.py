"""The administrators' view of the library: to look, to try again, to take out and bring back; nothing is deleted here."""

import re
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from search import claims, states, tasks
from search.locators import readable
from search.models import Claim, Embedding, EmbeddingSpace, Job, Meme, Sighting, Source
from search.states import Action


class LookOnly(admin.ModelAdmin):
    """What the site itself writes. Actions ask for the permission to change it; the pages change nothing."""

    show_full_result_count = False  # counting a large table takes seconds
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        return super().has_change_permission(request)


def not_somebody_elses(request: HttpRequest, meme: str = "") -> Q:
    """What people keep private is private from administrators too."""
    return Q(**{f"{meme}private_to": None}) | Q(**{f"{meme}private_to": request.user.pk})


def counted(rows: QuerySet[Any]) -> Coalesce:
    """How many rows there are in each group of `rows`, as a subquery; 0 where there is none."""
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


def thumbnail(meme: Meme) -> SafeString | str:
    if meme.derived_at is None:
        return ""
    address = reverse("media", args=[meme.pk, meme.sha256[:8], "thumbnail"])
    return format_html('<img src="{}" alt="" loading="lazy" style="max-width: 96px; max-height: 72px">', address)


class SightingInline(admin.TabularInline):
    model = Sighting
    fk_name = "meme"
    fields = ("source", "path", "title", "author", "seen_at", "missing_since")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sighting]:
        return super().get_queryset(request).select_related("source")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def path(self, sighting: Sighting) -> str:
        return readable(sighting.locator)


class ClaimInline(admin.TabularInline):
    model = Claim
    verbose_name_plural = "work in hand, and failures"
    fields = ("stage", "space", "attempts", "leased_until", "failed_at", "reason")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Claim]:
        return super().get_queryset(request).select_related("space")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Meme)
class MemeAdmin(LookOnly):
    list_display = ("picture", "title", "state", "kind", "size_bytes", "added_by", "failures", "created_at")
    list_display_links = ("picture", "title")
    list_filter = (
        "state", "kind", ("derived_at", admin.EmptyFieldListFilter), ("text_read_at", admin.EmptyFieldListFilter),
    )  # fmt: skip
    list_select_related = ("added_by",)
    search_fields = ("sha256", "words")  # read in get_search_results
    search_help_text = "Words of the title or in the picture, or the first six or more digits of the SHA-256"
    exclude = ("words", "text_boxes")
    ordering = ("-pk",)
    inlines = (ClaimInline, SightingInline)
    actions = ("hide", "take_out", "bring_back")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Meme]:
        failed = Claim.objects.filter(meme=OuterRef("pk")).exclude(failed_at=None).order_by().values("meme")
        chosen: QuerySet[Meme] = super().get_queryset(request).filter(not_somebody_elses(request))
        return chosen.defer("text_boxes", "words").annotate(failed_stages=counted(failed))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Meme], search_term: str
    ) -> tuple[QuerySet[Meme], bool]:
        """By full text, which has an index; by hash when it looks like one."""
        wanted = search_term.strip().replace("\x00", "")
        if not wanted:
            return queryset, False
        found = Q(words=wanted)
        if re.fullmatch("[0-9a-f]{6,64}", wanted.lower()):
            found |= Q(sha256__startswith=wanted.lower())
        return queryset.filter(found), False

    @admin.display(description="")
    def picture(self, meme: Meme) -> SafeString | str:
        return thumbnail(meme)

    @admin.display(ordering="failed_stages")
    def failures(self, meme: Any) -> str:
        return str(meme.failed_stages or "")

    @admin.action(description="Hide the chosen memes", permissions=["act"])
    def hide(self, request: HttpRequest, memes: QuerySet[Meme]) -> None:
        self._move(request, memes, [Action.HIDE])

    @admin.action(description="Move the chosen memes to the trash", permissions=["act"])
    def take_out(self, request: HttpRequest, memes: QuerySet[Meme]) -> None:
        self._move(request, memes, [Action.TRASH])

    @admin.action(description="Bring the chosen memes back", permissions=["act"])
    def bring_back(self, request: HttpRequest, memes: QuerySet[Meme]) -> None:
        self._move(request, memes, [Action.RESTORE, Action.SHOW])
        tasks.nudge()

    def _move(self, request: HttpRequest, memes: QuerySet[Meme], actions: list[Action]) -> None:
        assert isinstance(request.user, User)  # the administration lets nobody else in
        chosen = Meme.objects.filter(pk__in=list(memes.values_list("pk", flat=True)))
        if Action.RESTORE in actions:
            chosen = chosen.filter(merged_into=None)  # those are parted again on the page of duplicates
        moved = {pk for action in actions for pk in states.move(chosen, action, request.user)}
        target = states.RULES[actions[-1]].target
        messages.success(request, f"Now {target.label.lower()}: {len(moved)}")


@admin.register(Claim)
class ClaimAdmin(LookOnly):
    """Shows failures first: what could not be read, and why."""

    list_display = ("picture", "meme", "stage", "attempts", "failed_at", "reason")
    list_filter = ("stage", ("failed_at", admin.EmptyFieldListFilter))
    list_select_related = ("meme",)
    search_fields = ("reason", "meme__sha256__startswith", "meme__title")
    ordering = (F("failed_at").desc(nulls_last=True), "-pk")
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Claim]:
        chosen = super().get_queryset(request).filter(not_somebody_elses(request, "meme__"))
        return chosen.defer("meme__text_boxes", "meme__words", "meme__text")

    @admin.display(description="")
    def picture(self, claim: Claim) -> SafeString | str:
        return thumbnail(claim.meme)

    @admin.action(description="Try the chosen failures again", permissions=["act"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Claim]) -> None:
        again = claims.retry(Claim.objects.filter(pk__in=list(chosen.values_list("pk", flat=True))))
        tasks.nudge()
        messages.success(request, f"To be tried again: {again}")


@admin.register(Source)
class SourceAdmin(LookOnly):
    list_display = ("name", "kind", "folder", "memes", "missing", "created_at")
    list_filter = ("kind",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        seen = Sighting.objects.filter(source=OuterRef("pk")).order_by().values("source")
        missing = seen.exclude(missing_since=None)
        sources: QuerySet[Source] = super().get_queryset(request)
        return sources.annotate(seen=counted(seen), gone=counted(missing))

    def folder(self, source: Source) -> str:
        return readable(source.root)

    def memes(self, source: Any) -> int:
        return int(source.seen)

    def missing(self, source: Any) -> int:
        return int(source.gone)


@admin.register(Sighting)
class SightingAdmin(LookOnly):
    list_display = ("meme", "source", "path", "title", "author", "seen_at", "missing_since")
    list_filter = ("source", ("missing_since", admin.EmptyFieldListFilter))
    list_select_related = ("meme", "source")
    search_fields = ("locator", "title", "meme__sha256__startswith")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sighting]:
        chosen = super().get_queryset(request).filter(not_somebody_elses(request, "meme__"))
        return chosen.defer("meme__text_boxes", "meme__words", "meme__text")

    def path(self, sighting: Sighting) -> str:
        return readable(sighting.locator)


@admin.register(EmbeddingSpace)
class EmbeddingSpaceAdmin(LookOnly):
    list_display = ("name", "revision", "dims", "state", "vectors", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[EmbeddingSpace]:
        rows = Embedding.objects.filter(space=OuterRef("pk")).order_by().values("space")
        spaces: QuerySet[EmbeddingSpace] = super().get_queryset(request)
        return spaces.annotate(held=counted(rows))

    def vectors(self, space: Any) -> int:
        return int(space.held)


@admin.register(Job)
class JobAdmin(LookOnly):
    list_display = (
        "kind", "about", "state", "done", "total", "rate", "started_by", "started_at", "finished_at", "result", "error",
    )  # fmt: skip
    list_filter = ("state", "kind")
    list_select_related = ("started_by",)
    search_fields = ("about", "error")
    date_hierarchy = "started_at"
    ordering = ("-pk",)
